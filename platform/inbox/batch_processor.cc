#include "platform/inbox/batch_processor.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "platform/faults/fault_point.h"
#include "platform/inbox/missing_rows.h"
#include "platform/log/log.h"
#include "platform/postgres/unit_of_work.h"
#include "platform/types/status_macros.h"

namespace waybill::inbox {
namespace {

constexpr absl::Duration kTransactionTimeout = absl::Seconds(20);

bool IsOutage(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsResourceExhausted(status);
}

// A lock or statement timeout or a deadlock would meet each half as well, after as long a wait.
bool MayBlameAPart(const absl::Status& status) {
  return absl::IsInvalidArgument(status) || absl::IsNotFound(status) || absl::IsInternal(status) ||
         absl::IsFailedPrecondition(status);
}

void LogParked(const std::string& consumer, const ReceivedEvent& received,
               const std::string& error) {
  log::Warn("the event is parked", {{"consumer", consumer},
                                    {"topic", received.event.topic},
                                    {"partition", received.partition.partition},
                                    {"offset", received.offset},
                                    {"event_id", received.event.id.ToString()},
                                    {"event_type", received.event.type},
                                    {"order_id", received.event.key},
                                    {"trace_id", received.event.trace.trace_id()},
                                    {"error", error}});
}

}  // namespace

BatchProcessor::Result BatchProcessor::Process(absl::Span<const ReceivedEvent* const> batch) {
  Result result;
  pending_keys_.clear();
  refused_types_.clear();
  // Types nobody here handles cost nothing: not even an inbox row.
  std::vector<const ReceivedEvent*> wanted;
  for (const ReceivedEvent* received : batch) {
    if (!received->envelope_error.empty() || handler_.Handles(received->event.type)) {
      wanted.push_back(received);
    }
  }
  metrics_.skipped.Add(static_cast<double>(batch.size() - wanted.size()));
  ProcessRange(wanted, result);
  metrics_.retries.Add(static_cast<double>(result.pending.size()));
  return result;
}

void BatchProcessor::ProcessRange(absl::Span<const ReceivedEvent* const> batch, Result& result) {
  // An event must not overtake an earlier one of its key that is waiting.
  std::vector<const ReceivedEvent*> ready;
  for (const ReceivedEvent* received : batch) {
    const auto key = received->OrderingKey();
    const auto refused = refused_types_.find(received->event.type);
    if (result.outage || (key && pending_keys_.contains(*key))) {
      result.pending.push_back(received);
    } else if (refused != refused_types_.end()) {
      KeepPending(*received, refused->second, result);
    } else {
      ready.push_back(received);
    }
  }
  if (ready.empty()) return;

  const absl::Status status = TryBatch(ready);
  if (status.ok()) return;
  if (IsOutage(status)) {
    result.outage = true;
    for (const ReceivedEvent* received : ready) KeepPending(*received, status, result);
  } else if (absl::IsFailedPrecondition(status) && AreOfOneType(ready)) {
    refused_types_[ready.front()->event.type] = status;
    for (const ReceivedEvent* received : ready) KeepPending(*received, status, result);
  } else if (ready.size() == 1) {
    SettleOne(*ready.front(), status, result);
  } else if (const std::set<std::string> missing = MissingKeysOf(status); !missing.empty()) {
    SetAside(ready, missing, result);
  } else if (!MayBlameAPart(status)) {
    for (const ReceivedEvent* received : ready) KeepPending(*received, status, result);
  } else {
    const absl::Span<const ReceivedEvent* const> all(ready);
    ProcessRange(all.first(ready.size() / 2), result);
    ProcessRange(all.subspan(ready.size() / 2), result);
  }
}

void BatchProcessor::SetAside(absl::Span<const ReceivedEvent* const> batch,
                              const std::set<std::string>& missing, Result& result) {
  // The first of each key; the later ones find it pending or parked.
  std::set<std::string> seen;
  std::vector<const ReceivedEvent*> others;
  for (const ReceivedEvent* received : batch) {
    const std::string& key = received->event.key;
    if (missing.contains(key) && seen.insert(key).second) {
      SettleOne(*received, MissingRows({key}), result);
    } else {
      others.push_back(received);
    }
  }
  ProcessRange(others, result);
}

bool BatchProcessor::AreOfOneType(absl::Span<const ReceivedEvent* const> batch) {
  return std::ranges::all_of(batch, [&](const ReceivedEvent* received) {
    return received->event.type == batch.front()->event.type;
  });
}

void BatchProcessor::SettleOne(const ReceivedEvent& received, const absl::Status& failure,
                               Result& result) {
  const bool too_late =
      absl::IsNotFound(failure) && absl::Now() - received.produced_at > kMissingRowPatience;
  if (!too_late && !absl::IsInvalidArgument(failure)) {
    KeepPending(received, failure, result);
    return;
  }
  const std::string error(failure.message());
  const absl::Status parked =
      ParkAlone(received, too_late ? ParkReason::kMissing : ParkReason::kInvalid, error);
  if (parked.ok()) {
    CountParked(too_late ? ParkReason::kMissing : ParkReason::kInvalid);
    LogParked(consumer_, received, error);
  } else {
    result.outage = result.outage || IsOutage(parked);
    KeepPending(received, parked, result);
  }
}

void BatchProcessor::CountParked(ParkReason reason) {
  switch (reason) {
    case ParkReason::kInvalid:
      return metrics_.parked_invalid.Add();
    case ParkReason::kMissing:
      return metrics_.parked_missing.Add();
    case ParkReason::kBehind:
      return metrics_.parked_behind.Add();
  }
}

void BatchProcessor::KeepPending(const ReceivedEvent& received, const absl::Status& failure,
                                 Result& result) {
  result.error = failure;
  result.pending.push_back(&received);
  if (const auto key = received.OrderingKey()) pending_keys_.insert(*key);
}

absl::Status BatchProcessor::TryBatch(absl::Span<const ReceivedEvent* const> batch) {
  std::vector<ParkedEvent> parked;
  std::size_t applied = 0;
  const absl::Time begun_at = absl::Now();
  const absl::Status status = postgres::RunTransaction(
      pool_,
      {.name = consumer_ + " batch",
       .deadline = absl::Now() + kTransactionTimeout,
       .max_attempts = 3},
      [&](postgres::Transaction& tx) -> absl::Status {
        parked.clear();
        InboxStore store(tx, consumer_);
        ASSIGN_OR_RETURN(auto taken, store.Take(batch));
        auto& [fresh, parked_keys] = taken;

        std::vector<events::IncomingEvent> events;
        for (const ReceivedEvent* received : batch) {
          // An id that stands twice in the batch counts where it stands first.
          if (fresh.erase(received->event.id) == 0) continue;
          const auto key = received->OrderingKey();
          if (!received->envelope_error.empty()) {
            parked.push_back({received, ParkReason::kInvalid, received->envelope_error});
          } else if (key && parked_keys.contains(*key)) {
            parked.push_back(
                {received, ParkReason::kBehind, "an earlier event of this key is parked"});
          } else {
            events.push_back(received->event);
          }
        }
        store.Park(parked, dlq_topic_);
        applied = events.size();
        return events.empty() ? absl::OkStatus() : handler_.Handle(tx, events);
      });
  metrics_.batch_events.Observe(static_cast<double>(batch.size()));
  metrics_.batch_seconds.Observe(absl::Now() - begun_at);
  if (status.ok()) {
    metrics_.applied.Add(static_cast<double>(applied));
    metrics_.known.Add(static_cast<double>(batch.size() - applied - parked.size()));
    for (const ParkedEvent& one : parked) {
      CountParked(one.reason);
      LogParked(consumer_, *one.received, one.error);
    }
    faults::Point("inbox.committed");
    if (applied > 0) handler_.OnCommitted();
  }
  return status;
}

absl::Status BatchProcessor::ParkAlone(const ReceivedEvent& received, ParkReason reason,
                                       const std::string& error) {
  return postgres::RunTransaction(pool_,
                                  {.name = consumer_ + " parking",
                                   .deadline = absl::Now() + kTransactionTimeout,
                                   .max_attempts = 3},
                                  [&](postgres::Transaction& tx) -> absl::Status {
                                    InboxStore store(tx, consumer_);
                                    const ReceivedEvent* const one = &received;
                                    ASSIGN_OR_RETURN(const auto taken, store.Take({&one, 1}));
                                    if (taken.fresh.empty()) return absl::OkStatus();
                                    const ParkedEvent parked{&received, reason, error};
                                    store.Park({&parked, 1}, dlq_topic_);
                                    return absl::OkStatus();
                                  });
}

}  // namespace waybill::inbox
