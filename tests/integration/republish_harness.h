// Helpers for the tests of `outbox_relay republish`.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/integration/relay_harness.h"

namespace waybill::test {

// Starts the command and doesn't wait for its end; Output() has what it prints.
std::unique_ptr<ChildProcess> StartRepublish(RelayHarness& relay,
                                             const std::vector<std::string>& arguments = {});

// The configuration's limit, for RelayHarness::extra.
std::string RepublishRate(int rows_per_second);

// Waits until the newest request is in that state.
::testing::AssertionResult Republication(RelayHarness& relay, const std::string& state);

// The records that carry the header `republished: true`.
std::vector<Record> Republished(const std::vector<Record>& records);

// How often each sequence of the key is in `records`; fails the test if one comes for the first
// time before its predecessor.
std::map<int, int> TimesOfSequences(const std::vector<Record>& records, const std::string& key);

}  // namespace waybill::test
