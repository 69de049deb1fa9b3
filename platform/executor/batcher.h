// Batcher gathers concurrent requests and processes them in batches.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "platform/metrics/registry.h"
#include "platform/types/error.h"

namespace waybill {

struct BatcherOptions {
  // How many batches are processed at the same time at most; at least 1.
  int lanes = 2;
  // How many requests a batch has at most; at least 1.
  std::size_t max_batch = 128;
  // How many requests may wait for a lane, how many bytes they may have together, and how long each
  // may wait.
  std::size_t max_waiting = 1024;
  std::size_t max_waiting_bytes = 16 << 20;
  absl::Duration max_wait = absl::Seconds(2);
};

struct BatcherMetrics {
  BatcherMetrics() = default;
  // `work` is the label's value: "place_order".
  BatcherMetrics(metrics::Registry& registry, const std::string& work);

  metrics::Gauge waiting;
  metrics::Counter rejected;
  metrics::Histogram batch_requests;
};

// A lane is a thread that processes one batch at a time. A request that finds a free lane starts at
// once, alone; requests that arrive while all lanes are busy wait, and the next free lane takes up
// to max_batch of them as one batch. So batches grow with the load, and no request is delayed to
// fill one. A request that has waited for max_wait is answered kResourceExhausted with a retry
// hint, without having been started.
//
// Thread-safe. Owned by the App; must outlive every caller of TrySubmit.
template <typename Request, typename Value>
class Batcher {
 public:
  using Answer = absl::StatusOr<Value>;
  // Returns one answer per request, in order. May block. Several lanes call it at the same time.
  using Work = std::function<std::vector<Answer>(absl::Span<const Request>)>;
  // Receives the answer, on one of the batcher's threads; must not block.
  using Done = std::function<void(Answer)>;

  Batcher(BatcherOptions options, Work work, BatcherMetrics metrics = {})
      : options_(options), work_(std::move(work)), metrics_(metrics) {
    // One thread more than there are lanes: it answers requests that have waited for too long.
    for (int i = 0; i <= options_.lanes; ++i) threads_.emplace_back([this] { Run(); });
  }
  // Shuts down: blocks as Shutdown does.
  ~Batcher() { Shutdown(); }
  Batcher(const Batcher&) = delete;
  Batcher& operator=(const Batcher&) = delete;

  // Returns false when too many requests wait, or after Shutdown: the request is then dropped and
  // `done` is never called. `bytes` is roughly the memory that the request takes. Never blocks.
  bool TrySubmit(Request request, std::size_t bytes, Done done) {
    bool wakes_thread = false;
    {
      const std::lock_guard lock(mutex_);
      if (ending_ || waiting_.size() >= options_.max_waiting ||
          waiting_bytes_ + bytes > options_.max_waiting_bytes) {
        metrics_.rejected.Add();
        return false;
      }
      waiting_.push_back({std::move(request), std::move(done), bytes,
                          Clock::now() + absl::ToChronoNanoseconds(options_.max_wait)});
      waiting_bytes_ += bytes;
      metrics_.waiting.Set(static_cast<double>(waiting_.size()));
      // While all lanes are busy, a thread is only needed for the first request's expiry.
      wakes_thread = busy_lanes_ < options_.lanes || waiting_.size() == 1;
    }
    if (wakes_thread) changed_.notify_one();
    return true;
  }

  // Processes the requests that wait, then ends the threads. Blocks until then. May be called
  // twice, but not by two threads at the same time.
  void Shutdown() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }

 private:
  // Monotonic, so that setting the wall clock doesn't expire waiting requests.
  using Clock = std::chrono::steady_clock;

  struct Waiting {
    Request request;
    Done done;
    std::size_t bytes = 0;
    Clock::time_point expires;
  };
  using Batch = std::vector<Waiting>;

  void Run() {
    std::unique_lock lock(mutex_);
    while (!ending_ || !waiting_.empty()) {
      if (waiting_.empty()) {
        changed_.wait(lock);
      } else if (busy_lanes_ < options_.lanes) {
        Batch batch = Take(options_.max_batch);
        ++busy_lanes_;
        lock.unlock();
        Process(batch);
        lock.lock();
        --busy_lanes_;
      } else if (waiting_.front().expires > Clock::now()) {
        changed_.wait_until(lock, waiting_.front().expires);
      } else {
        Batch expired = Take(1);
        lock.unlock();
        metrics_.rejected.Add();
        expired.front().done(
            Overloaded("the call has waited too long for a free lane", absl::Milliseconds(250)));
        lock.lock();
      }
    }
  }

  // Call with the lock held, and with at least one request waiting.
  Batch Take(std::size_t at_most) {
    Batch batch;
    const std::size_t count = std::min(waiting_.size(), at_most);
    for (std::size_t i = 0; i < count; ++i) {
      waiting_bytes_ -= waiting_.front().bytes;
      batch.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    metrics_.waiting.Set(static_cast<double>(waiting_.size()));
    return batch;
  }

  void Process(Batch& batch) {
    metrics_.batch_requests.Observe(static_cast<double>(batch.size()));
    std::vector<Request> requests;
    requests.reserve(batch.size());
    for (Waiting& one : batch) requests.push_back(std::move(one.request));
    std::vector<Answer> answers = work_(requests);
    for (std::size_t i = 0; i < batch.size(); ++i) batch[i].done(std::move(answers[i]));
  }

  const BatcherOptions options_;
  const Work work_;
  const BatcherMetrics metrics_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  std::deque<Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
  int busy_lanes_ = 0;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace waybill
