// Batcher gathers requests that come at the same time, and works them off in batches.
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
  // How many batches may be worked on at the same time.
  int lanes = 2;
  // How many requests one batch has at most.
  std::size_t max_batch = 128;
  // What may wait for a lane: requests, the sum of their bytes, and how long.
  std::size_t max_waiting = 1024;
  std::size_t max_waiting_bytes = 16 << 20;
  absl::Duration max_wait = absl::Seconds(2);
};

struct BatcherMetrics {
  BatcherMetrics() = default;
  // `work` names what the batches do: "place_order".
  BatcherMetrics(metrics::Registry& registry, const std::string& work);

  metrics::Gauge waiting;
  metrics::Counter rejected;
  metrics::Histogram batch_requests;
};

// A request that finds a free lane is begun at once, alone; those that come while all lanes are busy
// wait, and the next free lane takes them all together. So batches grow with the load, and nothing is
// delayed for their sake. One that waits for too long is answered kResourceExhausted with a retry
// hint, without having been begun.
//
// Thread-safe. Owned by the App; must outlive whatever submits to it.
template <typename Request, typename Value>
class Batcher {
 public:
  using Answer = absl::StatusOr<Value>;
  // Returns one answer per request, in order. May block. Several lanes call it at the same time.
  using Work = std::function<std::vector<Answer>(absl::Span<const Request>)>;
  // Gets the answer, on one of the batcher's threads; must not block.
  using Done = std::function<void(Answer)>;

  Batcher(BatcherOptions options, Work work, BatcherMetrics metrics = {})
      : options_(options), work_(std::move(work)), metrics_(metrics) {
    // One more than there are lanes: somebody has to see that a request has waited for too long.
    for (int i = 0; i <= options_.lanes; ++i) threads_.emplace_back([this] { Run(); });
  }
  // Shuts down.
  ~Batcher() { Shutdown(); }
  Batcher(const Batcher&) = delete;
  Batcher& operator=(const Batcher&) = delete;

  // False when too many wait, or after Shutdown: the request is then dropped and `done` never
  // called. `bytes` is about the memory that the request takes. Never blocks.
  bool TrySubmit(Request request, std::size_t bytes, Done done) {
    bool somebody_waits_for_it = false;
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
      // While all lanes are busy, only the first to wait sets the time until when.
      somebody_waits_for_it = busy_lanes_ < options_.lanes || waiting_.size() == 1;
    }
    if (somebody_waits_for_it) changed_.notify_one();
    return true;
  }

  // Works off what waits, then ends the threads. Blocks for as long as that takes. May be called
  // twice.
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
  // Monotonic: a clock that is set must not expire what waits.
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
        WorkOff(batch);
        lock.lock();
        --busy_lanes_;
      } else if (waiting_.front().expires > Clock::now()) {
        changed_.wait_until(lock, waiting_.front().expires);
      } else {
        Batch expired = Take(1);
        lock.unlock();
        metrics_.rejected.Add();
        expired.front().done(
            Overloaded("the server has no time for the call now", absl::Milliseconds(250)));
        lock.lock();
      }
    }
  }

  // With the lock held. At least one request waits.
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

  void WorkOff(Batch& batch) {
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
