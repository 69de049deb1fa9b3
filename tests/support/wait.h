// Waits for conditions. This is the only place in the tests that sleeps.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "absl/time/time.h"

namespace waybill::test {

inline constexpr absl::Duration kPatience = absl::Seconds(60);

// Polls `condition` every 10 to 50 ms until it is true or `patience` is over. `what` names the
// condition in the failure:
//
//   ASSERT_TRUE(Eventually([&] { return db.QueryInt("SELECT count(*) FROM outbox") == 3; },
//                          "three outbox rows"));
//
// A condition that throws counts as not yet true; its last message becomes part of the failure.
::testing::AssertionResult Eventually(const std::function<bool()>& condition,
                                      const std::string& what, absl::Duration patience = kPatience);

// The same for helper functions: throws std::runtime_error where Eventually fails.
void WaitUntil(const std::function<bool()>& condition, const std::string& what,
               absl::Duration patience = kPatience);

// Blocks until `time`, so that a load generator keeps its rate. Must not be used to wait for
// something to happen.
void PaceUntil(absl::Time time);

}  // namespace waybill::test
