// Leadership tells the other threads of the process whether it streams a source, and how far.
#pragma once

#include <atomic>

#include "outbox_relay/base/lsn.h"

namespace waybill::outbox_relay {

// Thread-safe; one per source. The source's session alone changes it.
class Leadership {
 public:
  // The server process whose session holds the leader lock; 0 while this process doesn't stream.
  int pid() const { return pid_; }
  // Whatever committed before this position of the log is published or parked; 0: nobody knows yet.
  Lsn published() const { return published_; }

  void Begin(int pid) {
    published_ = 0;
    pid_ = pid;
  }
  void Published(Lsn position) { published_ = position; }
  void End() { pid_ = 0; }

 private:
  std::atomic<int> pid_{0};
  std::atomic<Lsn> published_{0};
};

}  // namespace waybill::outbox_relay
