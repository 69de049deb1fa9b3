// Threads for a server that keeps one busy for each open connection.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace waybill::payment_sandbox {

// Starts a thread when a task finds none idle, up to a limit; past it tasks wait, and past
// `queue_limit` waiting tasks Enqueue blocks, so that connections pile up in the kernel's bounded
// backlog. Thread-safe.
class WorkerThreads {
 public:
  WorkerThreads(std::size_t max_threads, std::size_t queue_limit);
  // Shuts down.
  ~WorkerThreads();

  void Enqueue(std::function<void()> task);
  // Runs what is queued, then ends the threads. Blocks for as long as that takes.
  void Shutdown();

 private:
  void Run();
  bool HasRoom() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return ending_ || tasks_.size() < queue_limit_;
  }
  bool HasTaskOrEnds() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return ending_ || !tasks_.empty();
  }

  const std::size_t max_threads_;
  const std::size_t queue_limit_;
  absl::Mutex mutex_;
  std::deque<std::function<void()>> tasks_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
  std::size_t idle_ ABSL_GUARDED_BY(mutex_) = 0;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace waybill::payment_sandbox
