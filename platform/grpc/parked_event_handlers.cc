#include "platform/grpc/parked_event_handlers.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "platform/events/timestamp.h"
#include "platform/grpc/field_checks.h"
#include "platform/grpc/page_token.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"
#include "platform/types/utf8.h"

namespace waybill::grpc {
namespace {

namespace pb = waybill::ops::v1;
using inbox::ParkedEventDesk;
using inbox::ParkedSelection;
using inbox::StoredEvent;

constexpr int kListedPayloadBytes = 4096;
constexpr int kMaxReason = 500;

pb::ParkReason ToProto(const std::string& reason) {
  if (reason == "INVALID") return pb::PARK_REASON_INVALID;
  if (reason == "MISSING") return pb::PARK_REASON_MISSING;
  return pb::PARK_REASON_BEHIND;
}

pb::ParkedEvent ToProto(const StoredEvent& event, const std::string& consumer) {
  pb::ParkedEvent out;
  out.set_id(event.id);
  out.set_consumer(consumer);
  out.set_topic(event.topic);
  out.set_partition(event.partition);
  out.set_offset(event.offset);
  if (event.key) out.set_key(ToStorableText(*event.key));
  out.set_event_id(event.event_id.ToString());
  out.set_event_type(event.event_type);
  out.set_reason(ToProto(event.reason));
  out.set_error(event.error);
  *out.mutable_park_time() = ToTimestamp(event.parked_at);
  out.set_failed_replays(event.failed_replays);
  if (event.last_replay_at) {
    *out.mutable_last_replay_time() = ToTimestamp(*event.last_replay_at);
  }
  for (const auto& [name, value] : event.headers) (*out.mutable_headers())[name] = value;
  out.set_payload(event.payload);
  out.set_payload_size_bytes(event.payload_size);
  return out;
}

pb::ReplayedEvent ToProto(const inbox::Replayed& replayed) {
  pb::ReplayedEvent out;
  out.set_id(replayed.id);
  // The error may quote the event, which may hold any bytes.
  out.set_error(ToStorableText(replayed.error));
  switch (replayed.outcome) {
    case inbox::ReplayOutcome::kReplayed:
      out.set_outcome(pb::REPLAY_OUTCOME_REPLAYED);
      break;
    case inbox::ReplayOutcome::kFailed:
      out.set_outcome(pb::REPLAY_OUTCOME_FAILED);
      break;
    case inbox::ReplayOutcome::kBehind:
      out.set_outcome(pb::REPLAY_OUTCOME_BEHIND);
      break;
  }
  return out;
}

// The ids that remain of a selection: "FIRST-LAST" in a page token.
struct Rest {
  std::int64_t first_id = 0;
  std::int64_t last_id = 0;
};

absl::StatusOr<Rest> ParseRest(std::string_view position) {
  const std::vector<std::string> parts = absl::StrSplit(ToAbsl(position), '-');
  Rest rest;
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &rest.first_id) ||
      !absl::SimpleAtoi(parts[1], &rest.last_id)) {
    return absl::InvalidArgumentError("is not two ids");
  }
  return rest;
}

// Makes and reads page tokens, which are valid for the same caller, call, consumer and selection
// only. The selection is everything in a request except its page.
class Pages {
 public:
  template <typename Request>
  Pages(const Caller& caller, const std::string& consumer, const Request& request)
      : name_(request.GetDescriptor()->full_name()), user_(caller.user.value()) {
    Request selection = request;
    selection.clear_page_token();
    if constexpr (requires { selection.clear_page_size(); }) selection.clear_page_size();
    filter_ = StrCat(consumer, "/", selection.SerializeAsString());
  }

  // Narrows the selection to the ids that remain after the token's page.
  void Read(const std::string& token, FieldChecks& checks, ParkedSelection& selection) const {
    const auto rest = ReadPageToken<Rest>(token, listing(), &ParseRest, checks);
    if (!rest) return;
    selection.first_id = std::max(selection.first_id, rest->first_id);
    selection.last_id = std::min(selection.last_id, rest->last_id);
  }
  std::string TokenOf(const ParkedSelection& rest) const {
    return MakePageToken(listing(), StrCat(rest.first_id, "-", rest.last_id));
  }

 private:
  Listing listing() const { return {.name = name_, .user = user_, .filter = filter_}; }

  const std::string name_;
  const std::string user_;
  std::string filter_;
};

absl::StatusOr<ParkedSelection> SelectionOf(const pb::ReplayParkedEventsRequest& request,
                                            const Pages& pages) {
  FieldChecks checks;
  ParkedSelection selection;
  switch (request.selection_case()) {
    case pb::ReplayParkedEventsRequest::kId:
      selection.first_id = selection.last_id = request.id();
      break;
    case pb::ReplayParkedEventsRequest::kKey:
      if (request.key().empty()) checks.Add("key", "must not be empty");
      selection.key = request.key();
      break;
    case pb::ReplayParkedEventsRequest::kRange:
      selection.first_id = request.range().first();
      selection.last_id = request.range().last();
      if (selection.first_id > selection.last_id) checks.Add("range", "ends before it begins");
      break;
    case pb::ReplayParkedEventsRequest::kAll:
      if (!request.all()) checks.Add("all", "must be true");
      break;
    case pb::ReplayParkedEventsRequest::SELECTION_NOT_SET:
      checks.Add("selection", "one of id, key, range and all must say which events");
      break;
  }
  pages.Read(request.page_token(), checks, selection);
  RETURN_IF_ERROR(checks.Finish());
  return selection;
}

}  // namespace

ParkedEventHandlers::ParkedEventHandlers(const Door& door, std::string consumer,
                                         postgres::Pool& pool, inbox::BatchHandler& handler)
    : Handlers(door), desk_(std::move(consumer), pool, handler) {
  Serve("ListParkedEvents", &ParkedEventHandlers::List);
  Serve("GetParkedEvent", &ParkedEventHandlers::Get);
  Serve("ReplayParkedEvents", &ParkedEventHandlers::Replay);
  Serve("DiscardParkedEvent", &ParkedEventHandlers::Discard);
}

absl::StatusOr<pb::ListParkedEventsResponse> ParkedEventHandlers::List(
    const Caller& caller, const pb::ListParkedEventsRequest& request) {
  FieldChecks checks;
  ParkedSelection selection;
  if (!request.topic().empty()) selection.topic = request.topic();
  if (!request.key().empty()) selection.key = request.key();
  const int limit = ReadPageSize(request.page_size(), checks);
  const Pages pages(caller, desk_.consumer(), request);
  pages.Read(request.page_token(), checks, selection);
  RETURN_IF_ERROR(checks.Finish());

  // One more event shows whether there is another page.
  ASSIGN_OR_RETURN(const std::vector<StoredEvent> events,
                   desk_.List(selection, limit + 1, kListedPayloadBytes, caller.deadline));
  pb::ListParkedEventsResponse response;
  for (int i = 0; i < std::min(limit, static_cast<int>(events.size())); ++i) {
    *response.add_events() = ToProto(events[i], desk_.consumer());
  }
  if (static_cast<int>(events.size()) > limit) {
    selection.first_id = events.back().id;
    response.set_next_page_token(pages.TokenOf(selection));
  }
  return response;
}

absl::StatusOr<pb::GetParkedEventResponse> ParkedEventHandlers::Get(
    const Caller& caller, const pb::GetParkedEventRequest& request) {
  ASSIGN_OR_RETURN(const StoredEvent event, desk_.Get(request.id(), caller.deadline));
  pb::GetParkedEventResponse response;
  *response.mutable_event() = ToProto(event, desk_.consumer());
  return response;
}

absl::StatusOr<pb::ReplayParkedEventsResponse> ParkedEventHandlers::Replay(
    const Caller& caller, const pb::ReplayParkedEventsRequest& request) {
  const Pages pages(caller, desk_.consumer(), request);
  ASSIGN_OR_RETURN(const ParkedSelection selection, SelectionOf(request, pages));
  ASSIGN_OR_RETURN(const ParkedEventDesk::ReplayResult result,
                   desk_.Replay(selection, caller.deadline));
  if (request.has_id() && result.events.empty()) {
    // Says that it is not parked.
    RETURN_IF_ERROR(desk_.Get(request.id(), caller.deadline).status());
  }
  pb::ReplayParkedEventsResponse response;
  for (const inbox::Replayed& one : result.events) *response.add_events() = ToProto(one);
  if (result.rest) response.set_next_page_token(pages.TokenOf(*result.rest));
  return response;
}

absl::StatusOr<pb::DiscardParkedEventResponse> ParkedEventHandlers::Discard(
    const Caller& caller, const pb::DiscardParkedEventRequest& request) {
  FieldChecks checks;
  const std::string reason = checks.AsText("reason", request.reason(), kMaxReason);
  RETURN_IF_ERROR(checks.Finish());
  ASSIGN_OR_RETURN(const ParkedEventDesk::Discarded discarded,
                   desk_.Discard(request.id(), caller.user.value(), reason, caller.deadline));
  pb::DiscardParkedEventResponse response;
  *response.mutable_event() = ToProto(discarded.event, desk_.consumer());
  response.set_left_behind(discarded.left_behind);
  return response;
}

}  // namespace waybill::grpc
