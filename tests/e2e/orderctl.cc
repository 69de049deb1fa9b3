#include "tests/e2e/orderctl.h"

#include <gtest/gtest.h>

#include "absl/strings/str_join.h"

namespace waybill::e2e {

std::map<std::string, std::string> OrderctlEnvironment(System& system) {
  const kafka::KafkaConfig& kafka = system.topics().config();
  return {{"WAYBILL_ORDERS_ADDR", system.Address(kOrderSvc)},
          {"WAYBILL_PAYMENTS_ADDR", system.Address(kPaymentSvc)},
          {"WAYBILL_INVENTORY_ADDR", system.Address(kInventorySvc)},
          {"WAYBILL_NOTIFICATIONS_ADDR", system.Address(kNotificationSvc)},
          {"WAYBILL_ORDERS_DB", system.Db("orders").Conninfo("waybill")},
          {"WAYBILL_PAYMENTS_DB", system.Db("payments").Conninfo("waybill")},
          {"WAYBILL_INVENTORY_DB", system.Db("inventory").Conninfo("waybill")},
          {"WAYBILL_NOTIFICATIONS_DB", system.Db("notifications").Conninfo("waybill")},
          {"WAYBILL_SANDBOX_DB", system.Db("sandbox").Conninfo("waybill")},
          {"WAYBILL_KAFKA", kafka.brokers},
          {"WAYBILL_TOPIC_PREFIX", kafka.topic_prefix},
          {"WAYBILL_MAIL_DIR", system.MailFolder()}};
}

test::Finished Orderctl::Run(std::vector<std::string> arguments, const std::string& user) const {
  arguments.insert(arguments.begin(), test::BinaryPath("orderctl"));
  std::map<std::string, std::string> environment = OrderctlEnvironment(system_);
  environment["WAYBILL_USER"] = user;
  return test::RunToEnd(arguments, environment);
}

std::string Orderctl::Output(const std::vector<std::string>& arguments, const std::string& user,
                             int status) const {
  const test::Finished finished = Run(arguments, user);
  EXPECT_EQ(finished.status, status) << absl::StrJoin(arguments, " ") << "\n" << finished.output;
  return finished.output;
}

}  // namespace waybill::e2e
