// Threads for a server that uses one thread per open connection.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace waybill::payment_sandbox {

// Starts a new thread when no thread is idle, up to `max_threads`. Above that, tasks wait in a
// queue; when `queue_limit` tasks wait, Enqueue blocks, so that connections wait in the kernel's
// bounded backlog. Thread-safe.
class WorkerThreads {
 public:
  WorkerThreads(std::size_t max_threads, std::size_t queue_limit);
  // Calls Shutdown.
  ~WorkerThreads();

  void Enqueue(std::function<void()> task);
  // Runs the queued tasks, then ends the threads. Blocks for as long as that takes.
  void Shutdown();

 private:
  void Run();

  const std::size_t max_threads_;
  const std::size_t queue_limit_;
  std::mutex mutex_;
  std::condition_variable task_or_end_;
  std::condition_variable room_;
  // All below guarded by mutex_.
  std::deque<std::function<void()>> tasks_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool ending_ = false;
};

}  // namespace waybill::payment_sandbox
