// Executor runs work that may block on a fixed number of threads, behind a bounded queue, so that
// gRPC's own threads never block.
#pragma once

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

  // False when the queue is full or the executor has been shut down; the task is then dropped.
  // Never blocks.
  bool TrySubmit(std::function<void()> task);
  // Runs what is queued, then ends the threads. Blocks for as long as that takes. May be called
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
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace waybill
