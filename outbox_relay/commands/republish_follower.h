// RepublishFollower prints how far a republication is, until it ends.
#pragma once

#include <csignal>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "outbox_relay/base/steady_time.h"
#include "outbox_relay/republish/request_store.h"

namespace waybill::outbox_relay {

// Not thread-safe. Blocks SIGINT and SIGTERM of the calling thread from its construction on: they
// end Follow, and nothing else.
class RepublishFollower {
 public:
  // `store` outlives this.
  explicit RepublishFollower(RequestStore& store);

  // Returns the exit code: 0 when every row is done, 1 when Kafka refused some, the republication
  // failed or somebody stopped it, 130 after a signal. Waits for as long as that takes.
  absl::StatusOr<int> Follow(std::int64_t id);

 private:
  absl::Status PrintChanges(const RepublishRequest& request);
  int PrintEnd(const RepublishRequest& request) const;
  // True when a signal came.
  bool Wait() const;

  RequestStore& store_;
  sigset_t signals_;
  bool has_leader_ = true;
  std::string error_;
  std::int64_t rows_done_ = 0;
  SteadyTime next_line_;
};

}  // namespace waybill::outbox_relay
