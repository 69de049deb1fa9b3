#include "order_svc/application/watch_orders.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/time/clock.h"
#include "order_svc/application/get_order.h"
#include "platform/types/error.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::order_svc {
namespace {

constexpr absl::Duration kPollTimeout = absl::Seconds(2);

bool EndsWatch(const Transition& transition) {
  return transition.state == OrderState::kConfirmed || transition.state == OrderState::kCancelled;
}

absl::Status ShuttingDown() {
  absl::Status status = MakeError(absl::StatusCode::kUnavailable, "SHUTTING_DOWN",
                                  "this server is shutting down; watch again at another");
  SetRetryAfter(status, absl::Milliseconds(500));
  return status;
}

}  // namespace

WatchOrders::WatchOrders(const UnitOfWork& unit_of_work, Options options)
    : unit_of_work_(unit_of_work),
      options_(options),
      worker_("watch_poll", options.poll_every, [this] { return Poll(); }) {}

WatchOrders::~WatchOrders() { Stop(); }

void WatchOrders::Stop() {
  worker_.Stop();
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  Collect();
  for (auto& [order, watched] : std::exchange(watches_, {})) {
    if (const std::shared_ptr<Watcher> watcher = watched.watcher.lock()) {
      watcher->OnEnd(ShuttingDown());
    }
    Release();
  }
}

void WatchOrders::Run(const Viewer& viewer, const OrderId& order, absl::Time deadline,
                      const std::shared_ptr<Watcher>& watcher) {
  if (absl::Status status = Admit(); !status.ok()) {
    watcher->OnEnd(status);
    return;
  }
  const absl::StatusOr<Transition> current = CurrentState(viewer, order, deadline);
  if (current.ok()) watcher->OnTransition(order, *current);
  if (!current.ok() || EndsWatch(*current)) {
    watcher->OnEnd(current.status());
    Release();
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    if (!stopped_) {
      new_watches_.push_back({.order = order, .seen = current->number, .watcher = watcher});
      return;
    }
  }
  watcher->OnEnd(ShuttingDown());
  Release();
}

absl::Status WatchOrders::Admit() {
  const std::lock_guard lock(mutex_);
  if (stopped_) return ShuttingDown();
  if (admitted_ >= options_.max_watchers) {
    return Overloaded(StrCat("this server has its ", options_.max_watchers, " watchers"),
                      absl::Seconds(1));
  }
  ++admitted_;
  return absl::OkStatus();
}

void WatchOrders::Release() {
  const std::lock_guard lock(mutex_);
  --admitted_;
}

absl::StatusOr<Transition> WatchOrders::CurrentState(const Viewer& viewer, const OrderId& order,
                                                     absl::Time deadline) {
  ASSIGN_OR_RETURN(const OrderData data, GetOrder(unit_of_work_).Run(viewer, order, deadline));
  return Transition{
      .number = data.transition, .state = data.state, .reason = data.reason, .at = data.updated_at};
}

void WatchOrders::Collect() {
  std::list<WatchedOne> arrived;
  {
    const std::lock_guard lock(mutex_);
    arrived.swap(new_watches_);
  }
  for (WatchedOne& watched : arrived) watches_.emplace(watched.order, std::move(watched));
  const std::size_t gone =
      std::erase_if(watches_, [](const auto& entry) { return entry.second.watcher.expired(); });
  for (std::size_t i = 0; i < gone; ++i) Release();
}

absl::StatusOr<RoundResult> WatchOrders::Poll() {
  Collect();
  if (watches_.empty()) return RoundResult::kIdle;
  std::vector<WatchedOrder> wanted;
  for (const auto& [order, watched] : watches_) {
    if (wanted.empty() || wanted.back().id != order) {
      wanted.push_back({.id = order, .seen = watched.seen});
    } else {
      wanted.back().seen = std::min(wanted.back().seen, watched.seen);
    }
  }
  std::vector<WatchedTransition> transitions;
  RETURN_IF_ERROR(unit_of_work_.Run("watch_poll", absl::Now() + kPollTimeout, [&](Stores& stores) {
    transitions = stores.orders.TransitionsAfter(wanted);
    return absl::OkStatus();
  }));
  Report(transitions);
  return RoundResult::kIdle;
}

void WatchOrders::Report(const std::vector<WatchedTransition>& transitions) {
  for (const WatchedTransition& told : transitions) {
    auto [next, end] = watches_.equal_range(told.id);
    while (next != end) {
      const auto entry = next++;
      const std::shared_ptr<Watcher> watcher = entry->second.watcher.lock();
      if (watcher == nullptr || told.transition.number <= entry->second.seen) continue;
      watcher->OnTransition(told.id, told.transition);
      entry->second.seen = told.transition.number;
      if (!EndsWatch(told.transition)) continue;
      watcher->OnEnd(absl::OkStatus());
      watches_.erase(entry);
      Release();
    }
  }
}

}  // namespace waybill::order_svc
