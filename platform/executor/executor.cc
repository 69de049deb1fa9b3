#include "platform/executor/executor.h"

namespace waybill {

ExecutorMetrics::ExecutorMetrics(metrics::Registry& registry)
    : queued(registry.AddGauge("waybill_executor_queued_tasks", "Calls that wait for a thread")),
      rejected(registry.AddCounter("waybill_executor_rejected_total",
                                   "Calls refused because the queue was full")) {}

Executor::Executor(int threads, std::size_t queue_limit, ExecutorMetrics metrics)
    : queue_limit_(queue_limit), metrics_(metrics) {
  threads_.reserve(threads);
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

Executor::~Executor() { Shutdown(); }

bool Executor::TrySubmit(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || queue_.size() >= queue_limit_) {
      metrics_.rejected.Add();
      return false;
    }
    queue_.push_back(std::move(task));
    metrics_.queued.Add(1);
  }
  changed_.notify_one();
  return true;
}

void Executor::Close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

void Executor::Shutdown() {
  Close();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Executor::Run() {
  while (true) {
    std::function<void()> task;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return closed_ || !queue_.empty(); });
      if (queue_.empty()) return;
      task = std::move(queue_.front());
      queue_.pop_front();
      metrics_.queued.Add(-1);
    }
    task();
  }
}

}  // namespace waybill
