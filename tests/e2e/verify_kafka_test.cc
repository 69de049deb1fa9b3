// What orderctl says about topics that have lost records, or got more partitions.
#include <gtest/gtest.h>

#include <set>

#include "platform/events/topics.h"
#include "tests/e2e/shop.h"
#include "tests/e2e/verify.h"
#include "tests/support/wait.h"

namespace waybill::e2e {
namespace {

class VerifyKafkaTest : public ::testing::Test {
 protected:
  VerifyKafkaTest() { shop_.Stock("tea", 790, 1000); }

  std::vector<std::string> PlaceConfirmed(int count) {
    const std::vector<Purchase> purchases(static_cast<std::size_t>(count),
                                          Purchase{.items = {{"tea", 1}}});
    std::vector<std::string> ids;
    for (Purchase purchase : purchases) {
      purchase.request_id = NewRequestId();
      ids.push_back(shop_.Place(purchase).order_id());
    }
    for (const std::string& id : ids) shop_.WaitFor(id, orders_v1::ORDER_STATE_CONFIRMED);
    return ids;
  }

  // The report, once verify exits with `status` and it is `as_expected`.
  json ReportOf(int status, const std::function<bool(const json&)>& as_expected) {
    json report;
    EXPECT_TRUE(test::Eventually(
        [&] {
          const test::Finished run = Orderctl(system_).Run({"verify", "--json", "--idle", kIdle});
          report = json::parse(run.output, nullptr, false);
          return run.status == status && as_expected(report);
        },
        "verify exits with " + std::to_string(status), absl::Seconds(90)))
        << report.dump(1);
    return report;
  }

  static std::set<int> Promises(const json& report) {
    std::set<int> promises;
    for (const json& violation : report.at("violations"))
      promises.insert(violation.at("promise").get<int>());
    return promises;
  }

  System system_;
  Shop shop_{system_};
};

TEST_F(VerifyKafkaTest, EventsThatExpiredUnreadAreViolationsUntilTheyAreRepublished) {
  const std::vector<std::string> orders = PlaceConfirmed(2);
  Verify(system_, 0, {"--drain"});
  system_.Kill(kPaymentSvc);
  for (const std::string& order : orders) ASSERT_TRUE(shop_.Cancel(order).ok());
  ReportOf(0, [](const json& report) {
    const json& behind = report.at("behind");
    return behind.at("payment_svc") >= 2 && behind.at("inventory_svc") == 0 &&
           behind.at("notification_svc") == 0 && behind.at("order_svc") == 0;
  });
  system_.topics().DeleteRecords(events::kOrdersTopic);
  // The service that could have read them is down: waiting for it is no use any more.
  const auto is_named = [&](const json& report) {
    return report.at("awaiting") == 0 && Promises(report) == std::set<int>{6, 8};
  };
  ReportOf(3, is_named);
  system_.Start(kPaymentSvc);
  ReportOf(3, is_named);
  Verify(system_, 3, {"--drain"});
  const test::Finished republished =
      test::RunToEnd({test::BinaryPath("outbox_relay"), "republish", "--config",
                      system_.ConfigFile(kRelay), "--source", "orders"},
                     {});
  EXPECT_EQ(republished.status, 0) << republished.output;
  const json report = ReportOf(0, [](const json& it) { return it.at("judged") == 2; });
  EXPECT_EQ(Sandbox(system_).Ledger().refunded, 2 * 790) << report;
}

TEST_F(VerifyKafkaTest, AKeyThatMovedToAnotherPartitionIsReadInBoth) {
  const std::vector<std::string> orders = PlaceConfirmed(8);
  for (const char* topic :
       {events::kOrdersTopic, events::kPaymentsTopic, events::kInventoryTopic}) {
    system_.topics().Grow(topic, 17);
  }
  // It looks at the number of partitions every few minutes.
  system_.Kill(kRelay);
  system_.Start(kRelay);
  for (const std::string& order : orders) ASSERT_TRUE(shop_.Cancel(order).ok());
  const std::vector<std::string> later = PlaceConfirmed(2);
  const json report = Verify(system_, 0, {"--drain"});
  EXPECT_EQ(report.at("judged"), 10) << report;
  for (const std::string& order : orders) {
    const json timeline = json::parse(Orderctl(system_).Output({"timeline", order, "--json"}));
    int records = 0;
    for (const json& link : timeline.at("chain")) {
      records += link.at("what").get<std::string>().starts_with("record: ") ? 1 : 0;
    }
    // Placed, confirmed, cancelled; processed, captured, released; updated, released.
    EXPECT_EQ(records, 8) << timeline.dump(1);
  }
}

}  // namespace
}  // namespace waybill::e2e
