#include "platform/inbox/inbox_store.h"

#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "absl/strings/escaping.h"
#include "platform/outbox/outbox.h"
#include "platform/postgres/error.h"
#include "platform/types/strings.h"
#include "platform/types/utf8.h"

namespace waybill::inbox {
namespace {

using postgres::Row;
using postgres::Rows;
using postgres::Statement;

constexpr char kKeyColumns[] = "topic text, key bytea";

// ON CONFLICT would write one more log record per row, only to handle a race that a rebalance
// causes.
constexpr Statement kTake{
    "inbox_take",
    R"sql(
    WITH fresh AS (
      INSERT INTO inbox (consumer, event_id)
      SELECT DISTINCT $1::text, event_id FROM $rows
      WHERE NOT EXISTS (SELECT FROM inbox known
                        WHERE known.consumer = $1::text AND known.event_id = rows.event_id)
      ORDER BY event_id RETURNING event_id),
    parked AS (
      SELECT $columns FROM parked_keys
      WHERE consumer = $1::text AND (topic, key) IN (SELECT $columns FROM $rows)
      ORDER BY $columns FOR UPDATE)
    SELECT event_id, NULL AS topic, NULL AS key FROM fresh
    UNION ALL SELECT NULL, $columns FROM parked)sql",
    {kKeyColumns, "", "event_id uuid"},
};

// The update locks a row that is there: a replay must not release the key before it sees these
// events.
constexpr Statement kParkKeys{
    "inbox_park_keys",
    R"sql(
    INSERT INTO parked_keys (consumer, $columns)
    SELECT DISTINCT $1::text, $columns FROM $rows ORDER BY $columns
    ON CONFLICT (consumer, topic, key) DO UPDATE SET parked_at = parked_keys.parked_at)sql",
    {kKeyColumns},
};

constexpr Statement kParkEvents{
    "inbox_park_events",
    R"sql(
    INSERT INTO parked_events (consumer, $columns)
    SELECT $1::text, $columns FROM $rows ORDER BY ordinality
    ON CONFLICT (consumer, event_id) DO NOTHING RETURNING id, event_id)sql",
    {kKeyColumns,
     "partition int, kafka_offset bigint, event_id uuid, "
     "event_type text, reason text, error text, payload bytea, "
     "headers jsonb"},
};

// Larger bodies stay in parked_events only: the copy with its headers must fit into a Kafka
// message.
constexpr std::size_t kMaxCopiedPayload = 512 * 1024;

std::string HeadersJson(const ReceivedEvent& received) {
  nlohmann::json headers = nlohmann::json::object();
  for (const auto& [name, value] : received.headers)
    headers[ToStorableText(name)] = ToStorableText(value);
  return headers.dump();
}

// The outbox's key is text; a key of other bytes is written in hex.
std::string DlqKey(const ReceivedEvent& received) {
  if (!received.key) return StrCat(received.event.topic, "/", received.partition.partition);
  const std::string storable = ToStorableText(*received.key);
  return storable == *received.key ? storable : absl::BytesToHexString(*received.key);
}

events::OutgoingEvent DlqCopy(const ParkedEvent& parked, const std::string& dlq_topic,
                              const std::string& consumer, std::int64_t id) {
  const ReceivedEvent& received = *parked.received;
  const bool omitted = received.event.payload.size() > kMaxCopiedPayload;
  events::OutgoingEvent copy{
      .id = EventId::New(),
      .topic = dlq_topic,
      .type = received.event.type.empty() ? "unknown" : ToStorableText(received.event.type),
      .source = consumer,
      .key = DlqKey(received),
      .sequence = id,
      .payload = omitted ? "" : received.event.payload,
      .trace = received.event.trace};
  copy.extra_headers = {{"dlq_reason", std::string(NameOf(parked.reason))},
                        {"dlq_error", ToStorableText(parked.error)},
                        {"dlq_event_id", received.event.id.ToString()},
                        {"dlq_topic", received.event.topic},
                        {"dlq_partition", StrCat(received.partition.partition)},
                        {"dlq_offset", StrCat(received.offset)}};
  if (omitted)
    copy.extra_headers["dlq_payload_omitted_bytes"] = StrCat(received.event.payload.size());
  return copy;
}

}  // namespace

absl::StatusOr<InboxStore::Taken> InboxStore::Take(absl::Span<const ReceivedEvent* const> events) {
  try {
    return Insert(events);
  } catch (const std::exception& error) {
    if (!postgres::IsUniqueViolation(error)) throw;
    return absl::AbortedError("another transaction has inserted one of the event ids");
  }
}

InboxStore::Taken InboxStore::Insert(absl::Span<const ReceivedEvent* const> events) {
  Taken taken;
  if (events.empty()) return taken;
  Rows rows(kTake);
  for (const ReceivedEvent* received : events) {
    const auto key = received->OrderingKey();
    rows.Set("topic", key ? std::optional(key->first) : std::nullopt)
        .Set("key", key ? std::optional(key->second) : std::nullopt)
        .Set("event_id", received->event.id);
  }
  for (const Row row : tx_.ExecRows(kTake, rows, consumer_)) {
    if (row.IsNull("event_id")) {
      taken.parked_keys.emplace(row.Get<std::string>("topic"), row.GetBytes("key"));
    } else {
      taken.fresh.insert(row.Get<EventId>("event_id"));
    }
  }
  return taken;
}

void InboxStore::Park(absl::Span<const ParkedEvent> parked, const std::string& dlq_topic) {
  if (parked.empty()) return;
  Rows keys(kParkKeys), rows(kParkEvents);
  std::map<EventId, const ParkedEvent*> by_id;
  for (const ParkedEvent& one : parked) {
    const ReceivedEvent& received = *one.received;
    const std::optional<std::string> key = received.OrderingKey() ? received.key : std::nullopt;
    by_id[received.event.id] = &one;
    if (key) keys.Set("topic", received.event.topic).Set("key", *key);
    rows.Set("topic", received.event.topic)
        .Set("key", key)
        .Set("partition", received.partition.partition)
        .Set("kafka_offset", received.offset)
        .Set("event_id", received.event.id)
        .Set("event_type", ToStorableText(received.event.type))
        .Set("reason", one.reason)
        .Set("error", ToStorableText(one.error))
        .Set("payload", received.event.payload)
        .Set("headers", HeadersJson(received));
  }
  if (!keys.empty()) tx_.ExecRows(kParkKeys, keys, consumer_);
  std::vector<events::OutgoingEvent> copies;
  for (const Row row : tx_.ExecRows(kParkEvents, rows, consumer_)) {
    copies.push_back(DlqCopy(*by_id.at(row.Get<EventId>("event_id")), dlq_topic, consumer_,
                             row.Get<std::int64_t>("id")));
  }
  outbox::Append(tx_, copies);
}

}  // namespace waybill::inbox
