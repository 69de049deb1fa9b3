#include "platform/inbox/inbox_store.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "platform/outbox/outbox.h"
#include "platform/postgres/array.h"
#include "platform/types/strings.h"
#include "platform/types/utf8.h"

namespace waybill::inbox {
namespace {

constexpr postgres::Statement kInsertNew{
    "inbox_insert_new",
    "INSERT INTO inbox (consumer, event_id) "
    "SELECT $1::text, id FROM unnest($2::uuid[]) AS i(id) ORDER BY id "
    "ON CONFLICT DO NOTHING RETURNING event_id"};

constexpr postgres::Statement kLockParkedKeys{
    "inbox_lock_parked_keys",
    "SELECT topic, key FROM parked_keys "
    "WHERE consumer = $1::text AND (topic, key) IN (SELECT * FROM unnest($2::text[], $3::bytea[])) "
    "ORDER BY topic, key FOR UPDATE"};

constexpr postgres::Statement kParkKeys{
    "inbox_park_keys",
    "INSERT INTO parked_keys (consumer, topic, key) "
    "SELECT DISTINCT $1::text, topic, key FROM unnest($2::text[], $3::bytea[]) AS k(topic, key) "
    "WHERE key IS NOT NULL ORDER BY topic, key "
    // Locks the row that is there: a replay must not release the key before it sees these events.
    "ON CONFLICT (consumer, topic, key) DO UPDATE SET parked_at = parked_keys.parked_at"};

constexpr postgres::Statement kParkEvents{
    "inbox_park_events",
    "INSERT INTO parked_events (consumer, topic, key, partition, kafka_offset, event_id, "
    "event_type, reason,"
    "                           error, payload, headers) "
    "SELECT $1::text, topic, key, partition, kafka_offset, event_id, event_type, reason, error, "
    "payload, headers "
    "FROM unnest($2::text[], $3::bytea[], $4::int[], $5::bigint[], $6::uuid[], $7::text[], "
    "$8::text[],"
    "            $9::text[], $10::bytea[], $11::jsonb[]) WITH ORDINALITY"
    "     AS p(topic, key, partition, kafka_offset, event_id, event_type, reason, error, payload, "
    "headers, n) "
    "ORDER BY n ON CONFLICT (consumer, event_id) DO NOTHING RETURNING id, event_id"};

// Larger bodies stay in parked_events only: the copy with its headers must fit into a Kafka
// message.
constexpr std::size_t kMaxCopiedPayload = 512 * 1024;

const char* NameOf(ParkReason reason) {
  switch (reason) {
    case ParkReason::kInvalid:
      return "INVALID";
    case ParkReason::kMissing:
      return "MISSING";
    case ParkReason::kBehind:
      return "BEHIND";
  }
  return "INVALID";
}

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
  copy.extra_headers = {{"dlq_reason", NameOf(parked.reason)},
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

std::set<EventId> InboxStore::InsertNew(absl::Span<const ReceivedEvent* const> events) {
  std::set<EventId> fresh;
  if (events.empty()) return fresh;
  postgres::ArrayBuilder ids;
  for (const ReceivedEvent* received : events) ids.Add(received->event.id);
  for (const auto& row : tx_.Exec(kInsertNew, consumer_, ids.text())) {
    fresh.insert(EventId(postgres::UuidOf(row[0])));
  }
  return fresh;
}

std::set<std::pair<std::string, std::string>> InboxStore::LockParkedKeys(
    const std::set<std::pair<std::string, std::string>>& keys) {
  std::set<std::pair<std::string, std::string>> parked;
  if (keys.empty()) return parked;
  postgres::ArrayBuilder topics, names;
  for (const auto& [topic, key] : keys) {
    topics.Add(topic);
    names.AddBytes(key);
  }
  for (const auto& row : tx_.Exec(kLockParkedKeys, consumer_, topics.text(), names.text())) {
    parked.emplace(row[0].c_str(), postgres::BytesOf(row[1]));
  }
  return parked;
}

void InboxStore::Park(absl::Span<const ParkedEvent> parked, const std::string& dlq_topic) {
  if (parked.empty()) return;
  postgres::ArrayBuilder topics, keys, partitions, offsets, ids, types, reasons, errors, payloads,
      headers;
  std::map<EventId, const ParkedEvent*> by_id;
  for (const ParkedEvent& one : parked) {
    const ReceivedEvent& received = *one.received;
    by_id[received.event.id] = &one;
    topics.Add(received.event.topic);
    received.OrderingKey() ? keys.AddBytes(*received.key) : keys.AddNull();
    partitions.Add(received.partition.partition);
    offsets.Add(received.offset);
    ids.Add(received.event.id);
    types.Add(ToStorableText(received.event.type));
    reasons.Add(NameOf(one.reason));
    errors.Add(ToStorableText(one.error));
    payloads.AddBytes(received.event.payload);
    headers.Add(HeadersJson(received));
  }
  tx_.Exec(kParkKeys, consumer_, topics.text(), keys.text());
  std::vector<events::OutgoingEvent> copies;
  for (const auto& row : tx_.Exec(kParkEvents, consumer_, topics.text(), keys.text(),
                                  partitions.text(), offsets.text(), ids.text(), types.text(),
                                  reasons.text(), errors.text(), payloads.text(), headers.text())) {
    const EventId id(postgres::UuidOf(row[1]));
    copies.push_back(DlqCopy(*by_id.at(id), dlq_topic, consumer_, row[0].as<std::int64_t>()));
  }
  outbox::Append(tx_, copies);
}

}  // namespace waybill::inbox
