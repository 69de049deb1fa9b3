// A relay that has streamed for a while and has then been killed, while a writer continues: the
// start of the tests for healing and catching up.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/integration/relay_harness.h"

namespace waybill::test {

class KilledRelay : public ::testing::Test {
 protected:
  void SetUp() override;

  // Returns the slot that the checkpoint names.
  std::string Slot();
  // Waits until the topic has `more` additional records.
  void AwaitPublished(int more);
  // Stops the writer, then expects every row of every key in order, and exactly one slot: the
  // checkpoint's.
  void ExpectHealed();

  RelayHarness relay_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace waybill::test
