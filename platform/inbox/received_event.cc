#include "platform/inbox/received_event.h"

#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "platform/types/strings.h"

namespace waybill::inbox {
namespace {

// What parked_keys and its index surely hold; our keys are UUIDs.
constexpr std::size_t kMaxKeyBytes = 512;

bool HasId(std::string_view ce_id) {
  const absl::StatusOr<EventId> id = EventId::Parse(ce_id);
  return id.ok() && !id->uuid().IsNil();
}

}  // namespace

std::optional<std::pair<std::string, std::string>> ReceivedEvent::OrderingKey() const {
  if (!key || !envelope_error.empty()) return std::nullopt;
  return std::make_pair(event.topic, *key);
}

std::string EnvelopeProblem(std::string_view ce_id, std::string_view ce_type,
                            const std::optional<std::string>& key) {
  if (!HasId(ce_id)) return "header ce_id is missing or not a UUID";
  if (key && key->size() > kMaxKeyBytes) {
    return StrCat("the key is longer than ", kMaxKeyBytes, " bytes");
  }
  return ce_type.empty() ? "header ce_type is missing" : "";
}

ReceivedEvent ReadRecord(const kafka::Record& record, const std::string& topic_prefix) {
  ReceivedEvent received;
  received.partition = record.topic_partition();
  received.offset = record.offset();
  received.produced_at = record.timestamp();
  if (const auto key = record.key()) received.key = std::string(*key);
  received.headers = record.Headers();

  events::IncomingEvent& event = received.event;
  event.topic = std::string(absl::StripPrefix(ToAbsl(record.topic()), topic_prefix));
  event.type = std::string(record.Header("ce_type").value_or(""));
  event.key = received.key.value_or("");
  event.trace = TraceContext::FromHeader(record.Header("traceparent").value_or("")).Child();
  event.payload = std::string(record.payload());
  if (!absl::SimpleAtoi(ToAbsl(record.Header("ce_sequence").value_or("0")), &event.sequence))
    event.sequence = 0;

  const std::string_view ce_id = record.Header("ce_id").value_or("");
  received.envelope_error = EnvelopeProblem(ce_id, event.type, received.key);
  event.id = HasId(ce_id) ? *EventId::Parse(ce_id)
                          : EventId(Uuid::FromName(StrCat(record.topic(), "/", record.partition(),
                                                          "/", record.offset())));
  return received;
}

}  // namespace waybill::inbox
