// The metrics and health that running processes expose agree with docs/metrics.md.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "tests/e2e/exposition.h"
#include "tests/e2e/http.h"
#include "tests/e2e/shop.h"
#include "tests/support/wait.h"

namespace waybill::e2e {
namespace {

const std::vector<std::string> kServices = {kOrderSvc, kPaymentSvc, kInventorySvc,
                                            kNotificationSvc};

// Whether the page says that `process` has the metric.
bool IsIn(const Documented& documented, const std::string& process) {
  const bool is_service = std::ranges::find(kServices, process) != kServices.end();
  for (const auto name : absl::StrSplit(documented.in, ", ")) {
    if (name == "all" || name == process || (name == "services" && is_service)) return true;
  }
  return false;
}

class MetricsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    system_ = std::make_unique<System>();
    shop_ = std::make_unique<Shop>(*system_);
    shop_->Stock("tea", 790, 1000);
  }
  static void TearDownTestSuite() {
    shop_.reset();
    system_.reset();
  }

  static Exposition Of(const std::string& process) {
    return Exposition(system_->AskMetrics(process, "/metrics"));
  }

  // Waits until the process exposes the sample with that value.
  static ::testing::AssertionResult Shows(const std::string& process, const std::string& sample,
                                          double value) {
    return test::Eventually([&] { return Of(process).Value(sample) == value; },
                            process + ": " + sample + " " + std::to_string(value));
  }

  // The same for a sample that a redelivery may increment once more.
  static ::testing::AssertionResult ShowsAtLeast(const std::string& process,
                                                 const std::string& sample, double value) {
    return test::Eventually([&] { return Of(process).Value(sample) >= value; },
                            process + ": " + sample + " to be at least " + std::to_string(value));
  }

  // Waits until the background query has succeeded; before that its gauges are 0.
  static ::testing::AssertionResult IsPolled(const std::string& process, const std::string& poll) {
    const std::string sample = "waybill_poll_success_timestamp_seconds{poll=\"" + poll + "\"}";
    return test::Eventually([&] { return Of(process).Value(sample) > 0; }, process + ": " + sample);
  }

  static std::unique_ptr<System> system_;
  static std::unique_ptr<Shop> shop_;
};

std::unique_ptr<System> MetricsTest::system_;
std::unique_ptr<Shop> MetricsTest::shop_;

TEST_F(MetricsTest, WhatBecameOfOrdersIsCountedInEveryService) {
  const auto confirmed = shop_->Place({.items = {{"tea", 1}}});
  const auto declined = shop_->Place({.items = {{"tea", 1}}, .payment_method = kDeclinedCard});
  shop_->WaitFor(confirmed.order_id(), orders_v1::ORDER_STATE_CONFIRMED);
  shop_->WaitFor(declined.order_id(), orders_v1::ORDER_STATE_CANCELLED);

  const std::string moved = "waybill_order_transitions_total";
  EXPECT_TRUE(Shows(kOrderSvc, moved + R"({reason="",state="PLACED"})", 2));
  EXPECT_TRUE(Shows(kOrderSvc, moved + R"({reason="",state="CONFIRMED"})", 1));
  EXPECT_TRUE(Shows(kOrderSvc, moved + R"({reason="PAYMENT_DECLINED",state="CANCELLED"})", 1));
  EXPECT_TRUE(Shows(kOrderSvc, R"(waybill_orders_open{state="PLACED"})", 0));
  EXPECT_TRUE(ShowsAtLeast(
      kOrderSvc,
      "waybill_rpc_total{code=\"OK\",method=\"PlaceOrder\",service=\"waybill.orders.v1."
      "OrderService\"}",
      2));

  const std::string calls = "waybill_provider_calls_total";
  EXPECT_TRUE(
      ShowsAtLeast(kPaymentSvc, calls + R"({operation="authorize",outcome="answered"})", 2));
  EXPECT_TRUE(ShowsAtLeast(kPaymentSvc, calls + R"({operation="capture",outcome="answered"})", 1));
  EXPECT_TRUE(Shows(kPaymentSvc, R"(waybill_payment_transitions_total{state="captured"})", 1));
  EXPECT_TRUE(Shows(kPaymentSvc, R"(waybill_payment_transitions_total{state="declined"})", 1));
  EXPECT_TRUE(Shows(
      kRelay, R"(waybill_relay_rows_published_total{source="orders",topic="orders.events"})", 4));
  EXPECT_TRUE(Shows(kRelay, R"(waybill_relay_leader{source="orders"})", 1));
  EXPECT_TRUE(ShowsAtLeast(kSandbox, R"(waybill_sandbox_replies_total{status="2xx"})", 3));
  EXPECT_TRUE(ShowsAtLeast(kNotificationSvc, R"(waybill_mail_attempts_total{outcome="sent"})", 2));
  EXPECT_TRUE(Shows(kNotificationSvc, "waybill_mails_queued", 0));
}

TEST_F(MetricsTest, EveryProcessIsReadyAndItsConsumerIsAtTheEnd) {
  for (const std::string& name : kServices) {
    EXPECT_EQ(system_->AskMetrics(name, "/readyz"), "ok\n") << name;
    EXPECT_TRUE(Shows(name, "waybill_ready", 1));
    EXPECT_TRUE(Shows(name, "waybill_consumer_parked_events", 0));
    for (const char* poll : {"consumer_lag", "parked_events"}) EXPECT_TRUE(IsPolled(name, poll));
  }
  EXPECT_TRUE(Shows(kPaymentSvc,
                    R"(waybill_consumer_lag_records{partition="0",topic="orders.events"})", 0));
}

// Checks in both directions: each process exposes the metrics that the page lists for it, and no
// others.
TEST_F(MetricsTest, ThePageListsWhatIsShownAndNothingElse) {
  const std::map<std::string, Documented> documented = DocumentedMetrics();
  ASSERT_GT(documented.size(), 30u);
  std::vector<std::string> processes = kServices;
  processes.insert(processes.end(), {kSandbox, kRelay});
  for (const std::string& process : processes) {
    const auto wrong = [&] {
      const Exposition exposition = Of(process);
      std::vector<std::string> differences;
      for (const auto& [name, exposed] : exposition.metrics()) {
        const auto found = documented.find(name);
        if (found == documented.end() || !IsIn(found->second, process)) {
          differences.push_back(name + " is exposed, but not on the page");
        } else if (found->second.exposed.type != exposed.type ||
                   found->second.exposed.labels != exposed.labels) {
          differences.push_back(name + " is " + exposed.type + " with labels " +
                                absl::StrJoin(exposed.labels, ", "));
        }
      }
      for (const auto& [name, one] : documented) {
        if (IsIn(one, process) && !exposition.metrics().contains(name)) {
          differences.push_back(name + " is on the page, but not exposed");
        }
      }
      return absl::StrJoin(differences, "\n");
    };
    // A consumer exposes its lag as soon as it has partitions.
    EXPECT_TRUE(test::Eventually([&] { return wrong().empty(); }, process + " to match the page"))
        << wrong();
  }
}

}  // namespace
}  // namespace waybill::e2e
