// A fixed number of threads and a bounded queue before them: where work that may block runs, so
// that gRPC's own threads never do.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace waybill {

// Thread-safe. Owned by the App; must outlive whatever submits to it.
class Executor {
 public:
  // `queue_limit` tasks may wait; one more is refused.
  Executor(int threads, std::size_t queue_limit);
  // Shuts down.
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // False when the queue is full or the executor has been shut down; the task is then dropped.
  // Never blocks.
  bool TrySubmit(std::function<void()> task);
  // Runs what is queued, then ends the threads. Blocks for as long as that takes. May be called
  // twice.
  void Shutdown();

 private:
  void Run();
  bool HasWorkOrEnds() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return ending_ || !queue_.empty();
  }

  const std::size_t queue_limit_;
  absl::Mutex mutex_;
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace waybill
