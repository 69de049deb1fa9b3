// A relay that has streamed for a while and then been killed, with a writer going on: where the
// tests of healing and of catching up begin.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/integration/relay_harness.h"

namespace waybill::test {

class KilledRelay : public ::testing::Test {
 protected:
  void SetUp() override;

  // The slot that the checkpoint names.
  std::string Slot();
  // Waits for `more` records than there are.
  void AwaitPublished(int more);
  // Stops the writer; every row of every key has come, in order, and there is one slot, the
  // checkpoint's.
  void ExpectHealed();

  RelayHarness relay_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace waybill::test
