#include "tools/payment_sandbox/worker_threads.h"

#include <utility>

namespace waybill::payment_sandbox {

WorkerThreads::WorkerThreads(std::size_t max_threads, std::size_t queue_limit)
    : max_threads_(max_threads), queue_limit_(queue_limit) {}

WorkerThreads::~WorkerThreads() { Shutdown(); }

void WorkerThreads::Enqueue(std::function<void()> task) {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &WorkerThreads::HasRoom));
  tasks_.push_back(std::move(task));
  if (tasks_.size() > idle_ && threads_.size() < max_threads_) {
    threads_.emplace_back([this] { Run(); });
  }
}

void WorkerThreads::Shutdown() {
  std::vector<std::thread> threads;
  {
    absl::MutexLock lock(&mutex_);
    ending_ = true;
    threads.swap(threads_);
  }
  for (std::thread& thread : threads) thread.join();
}

void WorkerThreads::Run() {
  while (true) {
    std::function<void()> task;
    {
      absl::MutexLock lock(&mutex_);
      ++idle_;
      mutex_.Await(absl::Condition(this, &WorkerThreads::HasTaskOrEnds));
      --idle_;
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

}  // namespace waybill::payment_sandbox
