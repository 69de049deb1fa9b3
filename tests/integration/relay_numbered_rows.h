// Rows of one key that are numbered from 1 on: what the tests of a changing outbox insert.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/integration/relay_endpoint.h"
#include "tests/integration/relay_standard_outbox.h"

namespace waybill::test {

class NumberedRows : public ::testing::Test {
 protected:
  void Start();
  void StartStreaming();
  // Another table outbox instead: "(column type, ...)" and what follows; published by p and readable.
  void Recreate(const std::string& definition);
  // Commits the rows `from` to `to`, each by itself.
  void Insert(const std::string& table, int from, int to);
  // Waits for the rows 1 to `last`, the first occurrences of which have to be in order.
  void ExpectPublished(int last);
  // Waits for the rows 1 to `last`, in any order.
  void ExpectAllPublished(int last) { AwaitFirst(last); }
  void ExpectNotReady();

  // Further lines of the [[source]], and of the top of the configuration.
  std::string extra_source_ = {};
  std::string extra_ = {};
  StandardOutbox outbox_;
  std::unique_ptr<ChildProcess> relay_;

 private:
  // The order in which the first occurrences of the rows came.
  std::vector<int> AwaitFirst(int last);

  const RelayEndpoint endpoint_;
};

}  // namespace waybill::test
