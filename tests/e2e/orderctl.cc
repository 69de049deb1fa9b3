#include "tests/e2e/orderctl.h"

#include <gtest/gtest.h>

#include "absl/strings/str_join.h"

namespace waybill::e2e {

test::Finished Orderctl::Run(std::vector<std::string> arguments, const std::string& user) const {
  arguments.insert(arguments.begin(), test::BinaryPath("orderctl"));
  const kafka::KafkaConfig& kafka = system_.topics().config();
  return test::RunToEnd(
      arguments, {{"WAYBILL_USER", user},
                  {"WAYBILL_ORDERS_ADDR", system_.Address(kOrderSvc)},
                  {"WAYBILL_PAYMENTS_ADDR", system_.Address(kPaymentSvc)},
                  {"WAYBILL_INVENTORY_ADDR", system_.Address(kInventorySvc)},
                  {"WAYBILL_NOTIFICATIONS_ADDR", system_.Address(kNotificationSvc)},
                  {"WAYBILL_ORDERS_DB", system_.Db("orders").Conninfo("waybill")},
                  {"WAYBILL_PAYMENTS_DB", system_.Db("payments").Conninfo("waybill")},
                  {"WAYBILL_INVENTORY_DB", system_.Db("inventory").Conninfo("waybill")},
                  {"WAYBILL_NOTIFICATIONS_DB", system_.Db("notifications").Conninfo("waybill")},
                  {"WAYBILL_SANDBOX_DB", system_.Db("sandbox").Conninfo("waybill")},
                  {"WAYBILL_KAFKA", kafka.brokers},
                  {"WAYBILL_TOPIC_PREFIX", kafka.topic_prefix},
                  {"WAYBILL_MAIL_DIR", system_.MailFolder()}});
}

std::string Orderctl::Output(const std::vector<std::string>& arguments, const std::string& user,
                             int status) const {
  const test::Finished finished = Run(arguments, user);
  EXPECT_EQ(finished.status, status) << absl::StrJoin(arguments, " ") << "\n" << finished.output;
  return finished.output;
}

}  // namespace waybill::e2e
