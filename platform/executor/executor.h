// Executor runs work that may block on a fixed number of threads, behind a bounded queue, so that
// gRPC's own threads never block.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "platform/metrics/registry.h"

namespace waybill {

struct ExecutorMetrics {
  ExecutorMetrics() = default;
  explicit ExecutorMetrics(metrics::Registry& registry);

  metrics::Gauge queued;
  metrics::Counter rejected;
};

// Thread-safe. Owned by the App; must outlive whatever submits to it.
class Executor {
 public:
  // `queue_limit` tasks may wait; one more is refused.
  Executor(int threads, std::size_t queue_limit, ExecutorMetrics metrics = {});
  // Shuts down.
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // False when the queue is full or the executor is closed; the task is then dropped. Never blocks.
  bool TrySubmit(std::function<void()> task);
  // Refuses tasks from now on; what is queued still runs. May be called twice.
  void Close();
  bool is_closed() const { return closed_; }
  // Closes, runs what is queued, then ends the threads. Blocks for as long as that takes. May be called
  // twice.
  void Shutdown();

 private:
  void Run();

  const std::size_t queue_limit_;
  const ExecutorMetrics metrics_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  std::deque<std::function<void()>> queue_;
  // Set with mutex_ held.
  std::atomic<bool> closed_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace waybill
