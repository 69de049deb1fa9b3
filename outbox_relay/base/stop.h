// Stop carries the request to end to every thread of the relay that waits.
#pragma once

#include <atomic>

#include "absl/time/time.h"

namespace waybill::outbox_relay {

// Thread-safe. One per process; outlives every thread that waits on it.
class Stop {
 public:
  Stop();
  ~Stop();
  Stop(const Stop&) = delete;
  Stop& operator=(const Stop&) = delete;

  void Request();
  bool requested() const { return requested_.load(std::memory_order_relaxed); }
  // Readable once requested: for poll(2).
  int fd() const { return fd_; }
  // Waits at most that long; true when an end was requested.
  bool WaitFor(absl::Duration duration) const;

 private:
  std::atomic<bool> requested_{false};
  int fd_;
};

}  // namespace waybill::outbox_relay
