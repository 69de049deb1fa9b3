#include "tools/payment_sandbox/worker_threads.h"

#include <utility>

namespace waybill::payment_sandbox {

WorkerThreads::WorkerThreads(std::size_t max_threads, std::size_t queue_limit)
    : max_threads_(max_threads), queue_limit_(queue_limit) {}

WorkerThreads::~WorkerThreads() { Shutdown(); }

void WorkerThreads::Enqueue(std::function<void()> task) {
  std::unique_lock<std::mutex> lock(mutex_);
  room_.wait(lock, [this] { return ending_ || tasks_.size() < queue_limit_; });
  tasks_.push_back(std::move(task));
  if (tasks_.size() > idle_ && threads_.size() < max_threads_) {
    threads_.emplace_back([this] { Run(); });
  }
  task_or_end_.notify_one();
}

void WorkerThreads::Shutdown() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ending_ = true;
    threads.swap(threads_);
  }
  task_or_end_.notify_all();
  room_.notify_all();
  for (std::thread& thread : threads) thread.join();
}

void WorkerThreads::Run() {
  while (true) {
    std::function<void()> task;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      ++idle_;
      task_or_end_.wait(lock, [this] { return ending_ || !tasks_.empty(); });
      --idle_;
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    room_.notify_one();
    task();
  }
}

}  // namespace waybill::payment_sandbox
