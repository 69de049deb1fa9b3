// Use case: follows an order. Every instance serves any order's watchers from order_history, with
// one poll for all of them.
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "order_svc/storage/stores.h"
#include "platform/executor/periodic_worker.h"
#include "platform/types/viewer.h"

namespace waybill::order_svc {

// Thread-safe. Owned by the App; borrows the unit of work. Lifecycle: construct, start
// worker(), Stop.
class WatchOrders {
 public:
  // Receives one order's transitions. Calls come one at a time and must not block: a transition is
  // to be queued (an order has five at most), not sent.
  class Watcher {
   public:
    virtual ~Watcher() = default;
    virtual void OnTransition(const OrderId& order, const Transition& transition) = 0;
    // The last call. OK after CONFIRMED or CANCELLED was reported.
    virtual void OnEnd(const absl::Status& status) = 0;
  };

  struct Options {
    absl::Duration poll_every = absl::Milliseconds(50);
    // One more is refused.
    std::size_t max_watchers = 10'000;
  };

  WatchOrders(const UnitOfWork& unit_of_work, Options options);
  // Stops.
  ~WatchOrders();

  // The poll for all watched orders, to be started.
  PeriodicWorker& worker() { return worker_; }
  // Ends every watch with kUnavailable (reason SHUTTING_DOWN) and refuses new ones. Blocks for the
  // poll under way. May be called twice.
  void Stop();

  // Reports the current state to the watcher at once, then every later transition, in order, none
  // left out, until it has reported CONFIRMED or CANCELLED. Blocks for one read, until `deadline`
  // at most. A watcher that nobody else owns any more is dropped.
  //
  // The watcher's OnEnd gets the errors: ORDER_NOT_FOUND (also somebody else's), OVERLOADED
  // (max_watchers), SHUTTING_DOWN, UnitOfWork's. While the database is away a running watch waits.
  void Run(const Viewer& viewer, const OrderId& order, absl::Time deadline,
           const std::shared_ptr<Watcher>& watcher);

 private:
  struct WatchedOne {
    OrderId order;
    int seen = 0;
    std::weak_ptr<Watcher> watcher;
  };

  absl::Status Admit();
  void Release();
  absl::StatusOr<Transition> CurrentState(const Viewer& viewer, const OrderId& order,
                                          absl::Time deadline);
  absl::StatusOr<RoundResult> Poll();
  // Moves what newly came into watches_ and drops those whose watcher is gone.
  void Collect();
  void Report(const std::vector<WatchedTransition>& transitions);

  const UnitOfWork& unit_of_work_;
  const Options options_;
  // Used by the polling thread only, and by Stop after that has ended.
  std::multimap<OrderId, WatchedOne> watches_;
  std::mutex mutex_;
  // Guarded by mutex_.
  std::list<WatchedOne> new_watches_;
  std::size_t admitted_ = 0;
  bool stopped_ = false;

  PeriodicWorker worker_;
};

}  // namespace waybill::order_svc
