#include "platform/inbox/parked_event_desk.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "platform/inbox/received_event.h"
#include "platform/log/log.h"
#include "platform/postgres/error.h"
#include "platform/postgres/unit_of_work.h"
#include "platform/types/error.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::inbox {
namespace {

using postgres::RunTransaction;
using postgres::Transaction;

constexpr char kNotParked[] = "NOT_PARKED";

absl::Status NotParked(std::int64_t id) {
  return MakeError(absl::StatusCode::kNotFound, kNotParked,
                   StrCat("event ", id, " is not parked; it may have been replayed or discarded"));
}

// No event is to blame: the same may go well in a moment.
bool IsPassing(const absl::Status& status) {
  return postgres::IsTransient(status) || absl::IsResourceExhausted(status);
}

std::string HeaderOf(const StoredEvent& event, const std::string& name) {
  const auto found = event.headers.find(name);
  return found == event.headers.end() ? "" : found->second;
}

events::IncomingEvent IncomingOf(const StoredEvent& event) {
  events::IncomingEvent incoming{
      .id = event.event_id,
      .topic = event.topic,
      .type = event.event_type,
      .key = event.key.value_or(""),
      .sequence = 0,
      .trace = TraceContext::FromHeader(HeaderOf(event, "traceparent")).Child(),
      .payload = event.payload};
  if (!absl::SimpleAtoi(HeaderOf(event, "ce_sequence"), &incoming.sequence)) incoming.sequence = 0;
  return incoming;
}

void LogMove(const char* what, const std::string& consumer, const StoredEvent& event,
             const std::string& detail) {
  log::Info(what,
            {{"consumer", consumer},
             {"parked_id", event.id},
             {"topic", event.topic},
             {"event_id", event.event_id.ToString()},
             {"event_type", event.event_type},
             {"order_id", event.key.value_or("")},
             {"trace_id", TraceContext::FromHeader(HeaderOf(event, "traceparent")).trace_id()},
             {"detail", detail}});
}

}  // namespace

absl::StatusOr<std::vector<StoredEvent>> ParkedEventDesk::List(const ParkedSelection& selection,
                                                               int limit, int payload_limit,
                                                               absl::Time deadline) {
  std::vector<StoredEvent> events;
  RETURN_IF_ERROR(RunTransaction(
      pool_, {.name = "list parked events", .deadline = deadline}, [&](Transaction& tx) {
        events = ParkedEventStore(tx, consumer_).List(selection, limit, payload_limit);
        return absl::OkStatus();
      }));
  return events;
}

absl::StatusOr<StoredEvent> ParkedEventDesk::Get(std::int64_t id, absl::Time deadline) {
  std::optional<StoredEvent> event;
  RETURN_IF_ERROR(RunTransaction(pool_, {.name = "get parked event", .deadline = deadline},
                                 [&](Transaction& tx) {
                                   event = ParkedEventStore(tx, consumer_).Find(id);
                                   return absl::OkStatus();
                                 }));
  if (!event) return NotParked(id);
  return *std::move(event);
}

absl::Status ParkedEventDesk::Apply(Transaction& tx, const StoredEvent& event) {
  const std::string problem =
      EnvelopeProblem(HeaderOf(event, "ce_id"), HeaderOf(event, "ce_type"), event.key);
  if (!problem.empty()) return absl::InvalidArgumentError(problem);
  const events::IncomingEvent incoming = IncomingOf(event);
  return handler_.Handles(incoming.type) ? handler_.Handle(tx, {&incoming, 1}) : absl::OkStatus();
}

absl::StatusOr<Replayed> ParkedEventDesk::ReplayOne(std::int64_t id, absl::Time deadline) {
  Replayed result{.id = id};
  std::optional<StoredEvent> event;
  const absl::Status status = RunTransaction(
      pool_, {.name = consumer_ + " replay", .deadline = deadline, .max_attempts = 3},
      [&](Transaction& tx) -> absl::Status {
        result = {.id = id};
        ParkedEventStore store(tx, consumer_);
        const bool tried_before = event.has_value();
        std::optional<StoredEvent> found = store.Lock(id);
        // The answer to our own commit may have been lost.
        if (!found) {
          return tried_before && !store.WasDiscarded(id) ? absl::OkStatus() : NotParked(id);
        }
        event = std::move(found);
        const std::int64_t first = store.FirstOfKey(*event);
        if (first != id) {
          result.outcome = ReplayOutcome::kBehind;
          result.error = StrCat("event ", first, " of its key is parked before it");
          return absl::OkStatus();
        }
        RETURN_IF_ERROR(Apply(tx, *event));
        store.RememberInInbox(*event);
        store.Remove(*event);
        return absl::OkStatus();
      });
  if (status.ok()) {
    if (result.outcome == ReplayOutcome::kReplayed) {
      if (handler_.Handles(event->event_type)) handler_.OnCommitted();
      LogMove("parked event replayed", consumer_, *event, "");
    }
    return result;
  }
  if (!event || IsPassing(status) || ReasonOf(status) == kNotParked) return status;

  result = {.id = id, .outcome = ReplayOutcome::kFailed, .error = std::string(status.message())};
  const ParkReason reason = absl::IsNotFound(status) ? ParkReason::kMissing : ParkReason::kInvalid;
  RETURN_IF_ERROR(RunTransaction(
      pool_, {.name = consumer_ + " replay failure", .deadline = deadline}, [&](Transaction& tx) {
        ParkedEventStore(tx, consumer_).NoteFailure(id, reason, result.error);
        return absl::OkStatus();
      }));
  LogMove("replay failed", consumer_, *event, result.error);
  return result;
}

absl::StatusOr<ParkedEventDesk::ReplayResult> ParkedEventDesk::Replay(
    const ParkedSelection& selection, absl::Time deadline) {
  const std::lock_guard lock(replaying_);
  const absl::Time stop = std::min(deadline, absl::Now() + kMaxReplayTime);
  ParkedSelection rest = selection;
  std::vector<std::int64_t> ids;
  RETURN_IF_ERROR(RunTransaction(pool_, {.name = "list events to replay", .deadline = deadline},
                                 [&](Transaction& tx) {
                                   ParkedEventStore store(tx, consumer_);
                                   rest.last_id = std::min(selection.last_id, store.LastId());
                                   ids = store.ListIds(rest, kMaxReplays);
                                   return absl::OkStatus();
                                 }));

  ReplayResult result;
  for (const std::int64_t id : ids) {
    if (!result.events.empty() && absl::Now() > stop) break;
    absl::StatusOr<Replayed> one = ReplayOne(id, deadline);
    // Somebody else may have been quicker.
    const bool gone = ReasonOf(one.status()) == kNotParked;
    if (!one.ok() && !gone && result.events.empty()) return one.status();
    if (!one.ok() && !gone) break;
    if (!gone) result.events.push_back(*std::move(one));
    rest.first_id = id + 1;
  }
  const bool all_listed = static_cast<int>(ids.size()) < kMaxReplays;
  const bool all_tried = ids.empty() || rest.first_id > ids.back();
  if (!all_listed || !all_tried) result.rest = rest;
  return result;
}

absl::StatusOr<ParkedEventDesk::Discarded> ParkedEventDesk::Discard(std::int64_t id,
                                                                    const std::string& by,
                                                                    const std::string& reason,
                                                                    absl::Time deadline) {
  Discarded result;
  RETURN_IF_ERROR(RunTransaction(pool_, {.name = consumer_ + " discard", .deadline = deadline},
                                 [&](Transaction& tx) {
                                   ParkedEventStore store(tx, consumer_);
                                   std::optional<StoredEvent> event = store.Lock(id);
                                   if (!event) return NotParked(id);
                                   store.RecordDiscard(*event, by, reason);
                                   result.left_behind = store.Remove(*event);
                                   result.event = *std::move(event);
                                   return absl::OkStatus();
                                 }));
  LogMove("parked event discarded", consumer_, result.event, StrCat(by, ": ", reason));
  return result;
}

}  // namespace waybill::inbox
