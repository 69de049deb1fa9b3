// The order in which a timeline tells what happened.
#include <gtest/gtest.h>

#include "tools/orderctl/timeline.h"

namespace waybill::orderctl {
namespace {

// Kafka's times are whole milliseconds, those of a database are not.
TEST(Timeline, WhatCausesARecordInTheSameMillisecondStandsBeforeIt) {
  const absl::Time second = absl::FromUnixSeconds(1'800'000'000);
  Findings findings;
  findings.events.push_back({.source = "order_svc",
                             .topic = "orders.events",
                             .type = "OrderConfirmed",
                             .sequence = 2,
                             .id = "",
                             .note = "",
                             .committed_at = second + absl::Microseconds(33'100),
                             .record = "2/1",
                             .published_at = second + absl::Milliseconds(35),
                             .noted_at = {}});
  findings.history.push_back(
      {.state = "CONFIRMED", .reason = "", .at = second + absl::Microseconds(35'900)});
  std::vector<std::string> told;
  for (const Link& link : ChainOf(findings)) told.push_back(link.what);
  EXPECT_EQ(told,
            (std::vector<std::string>{"outbox row: OrderConfirmed #2", "order committed, CONFIRMED",
                                      "record: OrderConfirmed #2"}));
}

}  // namespace
}  // namespace waybill::orderctl
