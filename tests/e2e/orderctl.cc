#include "tests/e2e/orderctl.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace waybill::e2e {

namespace {

// What lets a user in who is a customer and an operator.
std::map<std::string, std::string> Credentials(System& system, const std::string& user) {
  if (!system.doors().secure()) return {{"WAYBILL_USER", user}};
  return {{"WAYBILL_TLS_CA", system.doors().ca_file()},
          {"WAYBILL_TOKEN_FILE",
           system.Write(user + ".token", system.doors().Token(user, "operator"))}};
}

std::map<std::string, std::string> KafkaConfigFile(System& system) {
  std::string properties;
  for (const auto& [key, value] : system.KafkaLogin("operator")) {
    absl::StrAppend(&properties, key, "=", value, "\n");
  }
  if (properties.empty()) return {};
  return {{"WAYBILL_KAFKA_CONFIG", system.Write("operator.conf", properties)}};
}

}  // namespace

std::map<std::string, std::string> OrderctlEnvironment(System& system, const std::string& user) {
  const auto conninfo = [&](const std::string& database) {
    return system.Db(database).Conninfo("waybill") + system.PostgresTls();
  };
  std::map<std::string, std::string> environment = {
      {"WAYBILL_ORDERS_ADDR", system.Address(kOrderSvc)},
      {"WAYBILL_PAYMENTS_ADDR", system.Address(kPaymentSvc)},
      {"WAYBILL_INVENTORY_ADDR", system.Address(kInventorySvc)},
      {"WAYBILL_NOTIFICATIONS_ADDR", system.Address(kNotificationSvc)},
      {"WAYBILL_ORDERS_DB", conninfo("orders")},
      {"WAYBILL_PAYMENTS_DB", conninfo("payments")},
      {"WAYBILL_INVENTORY_DB", conninfo("inventory")},
      {"WAYBILL_NOTIFICATIONS_DB", conninfo("notifications")},
      {"WAYBILL_SANDBOX_DB", system.Db("sandbox").Conninfo("waybill")},
      {"WAYBILL_KAFKA", system.Brokers()},
      {"WAYBILL_TOPIC_PREFIX", system.topics().prefix()},
      {"WAYBILL_MAIL_DIR", system.MailFolder()}};
  environment.merge(Credentials(system, user));
  environment.merge(KafkaConfigFile(system));
  return environment;
}

test::Finished Orderctl::Run(std::vector<std::string> arguments, const std::string& user) const {
  arguments.insert(arguments.begin(), test::BinaryPath("orderctl"));
  return test::RunToEnd(arguments, OrderctlEnvironment(system_, user));
}

std::string Orderctl::Output(const std::vector<std::string>& arguments, const std::string& user,
                             int status) const {
  const test::Finished finished = Run(arguments, user);
  EXPECT_EQ(finished.status, status) << absl::StrJoin(arguments, " ") << "\n" << finished.output;
  return finished.output;
}

}  // namespace waybill::e2e
