#include "platform/inbox/parked_event_store.h"

#include <nlohmann/json.hpp>

#include "platform/types/utf8.h"

namespace waybill::inbox {
namespace {

using postgres::Statement;

#define WAYBILL_PARKED_COLUMNS                                                                \
  "id, topic, key, partition, kafka_offset, event_id, event_type, reason, error, parked_at, " \
  "failed_replays, last_replay_at, headers, octet_length(payload)"

#define WAYBILL_PARKED_SELECTION                                                           \
  "consumer = $1::text AND id >= $2::bigint AND id <= $3::bigint "                         \
  "AND ($4::text IS NULL OR topic = $4::text) AND ($5::bytea IS NULL OR key = $5::bytea) " \
  "ORDER BY id LIMIT $6::integer"

constexpr Statement kList{"parked_list", "SELECT " WAYBILL_PARKED_COLUMNS
                                         ", substring(payload FOR $7::integer) FROM parked_events "
                                         "WHERE " WAYBILL_PARKED_SELECTION};

constexpr Statement kListIds{"parked_list_ids",
                             "SELECT id FROM parked_events WHERE " WAYBILL_PARKED_SELECTION};

constexpr Statement kLastId{
    "parked_last_id", "SELECT coalesce(max(id), 0) FROM parked_events WHERE consumer = $1::text"};

constexpr Statement kFind{"parked_find", "SELECT " WAYBILL_PARKED_COLUMNS
                                         ", payload FROM parked_events "
                                         "WHERE consumer = $1::text AND id = $2::bigint"};

constexpr Statement kLockKey{"parked_lock_key",
                             "SELECT FROM parked_keys WHERE (consumer, topic, key) = "
                             "(SELECT consumer, topic, key FROM parked_events WHERE consumer = "
                             "$1::text AND id = $2::bigint) "
                             "FOR UPDATE"};

constexpr Statement kLockEvent{"parked_lock_event",
                               "SELECT " WAYBILL_PARKED_COLUMNS
                               ", payload FROM parked_events "
                               "WHERE consumer = $1::text AND id = $2::bigint FOR UPDATE"};

constexpr Statement kFirstOfKey{
    "parked_first_of_key",
    "SELECT min(id) FROM parked_events "
    "WHERE consumer = $1::text AND topic = $2::text AND key = $3::bytea"};

constexpr Statement kRemove{"parked_remove",
                            "DELETE FROM parked_events WHERE consumer = $1::text AND id = "
                            "$2::bigint"};

constexpr Statement kCountOfKey{
    "parked_count_of_key",
    "SELECT count(*) FROM parked_events "
    "WHERE consumer = $1::text AND topic = $2::text AND key = $3::bytea"};

constexpr Statement kReleaseKey{"parked_release_key",
                                "DELETE FROM parked_keys WHERE consumer = $1::text AND topic = "
                                "$2::text AND key = $3::bytea"};

constexpr Statement kRemember{"parked_remember",
                              "INSERT INTO inbox (consumer, event_id) VALUES ($1::text, $2::uuid) "
                              "ON CONFLICT DO NOTHING"};

constexpr Statement kNoteFailure{
    "parked_note_failure",
    "UPDATE parked_events SET reason = $3::text, error = $4::text, last_replay_at = now(), "
    "failed_replays = failed_replays + 1 WHERE consumer = $1::text AND id = $2::bigint"};

constexpr Statement kDiscard{
    "parked_discard",
    "INSERT INTO discarded_events (id, consumer, topic, key, partition, kafka_offset, event_id, "
    "  event_type, park_reason, error, payload, headers, parked_at, discarded_by, reason) "
    "SELECT id, consumer, topic, key, partition, kafka_offset, event_id, event_type, reason, "
    "  error, payload, headers, parked_at, $3::text, $4::text "
    "FROM parked_events WHERE consumer = $1::text AND id = $2::bigint"};

constexpr Statement kWasDiscarded{
    "parked_was_discarded",
    "SELECT FROM discarded_events WHERE consumer = $1::text AND id = $2::bigint"};

StoredEvent EventOf(const pqxx::row& row) {
  StoredEvent event{.id = row[0].as<std::int64_t>(),
                    .topic = row[1].c_str(),
                    .key = std::nullopt,
                    .partition = row[3].as<std::int32_t>(),
                    .offset = row[4].as<std::int64_t>(),
                    .event_id = EventId(postgres::UuidOf(row[5])),
                    .event_type = row[6].c_str(),
                    .reason = row[7].c_str(),
                    .error = row[8].c_str(),
                    .parked_at = postgres::TimeOf(row[9]),
                    .failed_replays = row[10].as<int>(),
                    .last_replay_at = std::nullopt,
                    .headers = nlohmann::json::parse(row[12].c_str()),
                    .payload = postgres::BytesOf(row[14]),
                    .payload_size = row[13].as<std::int64_t>()};
  if (!row[2].is_null()) event.key = postgres::BytesOf(row[2]);
  if (!row[11].is_null()) event.last_replay_at = postgres::TimeOf(row[11]);
  return event;
}

std::optional<StoredEvent> OnlyEventOf(const pqxx::result& rows) {
  if (rows.empty()) return std::nullopt;
  return EventOf(rows[0]);
}

std::optional<std::string> KeyParam(const std::optional<std::string>& key) {
  if (!key) return std::nullopt;
  return postgres::HexBytes(*key);
}

}  // namespace

std::vector<StoredEvent> ParkedEventStore::List(const ParkedSelection& selection, int limit,
                                                int payload_limit) {
  std::vector<StoredEvent> events;
  for (const auto& row : tx_.Exec(kList, consumer_, selection.first_id, selection.last_id,
                                  selection.topic, KeyParam(selection.key), limit, payload_limit)) {
    events.push_back(EventOf(row));
  }
  return events;
}

std::vector<std::int64_t> ParkedEventStore::ListIds(const ParkedSelection& selection, int limit) {
  std::vector<std::int64_t> ids;
  for (const auto& row : tx_.Exec(kListIds, consumer_, selection.first_id, selection.last_id,
                                  selection.topic, KeyParam(selection.key), limit)) {
    ids.push_back(row[0].as<std::int64_t>());
  }
  return ids;
}

std::int64_t ParkedEventStore::LastId() {
  return tx_.Exec(kLastId, consumer_)[0][0].as<std::int64_t>();
}

std::optional<StoredEvent> ParkedEventStore::Find(std::int64_t id) {
  return OnlyEventOf(tx_.Exec(kFind, consumer_, id));
}

std::optional<StoredEvent> ParkedEventStore::Lock(std::int64_t id) {
  // In two statements: the second sees what the holder of the key's lock has committed.
  tx_.Exec(kLockKey, consumer_, id);
  return OnlyEventOf(tx_.Exec(kLockEvent, consumer_, id));
}

std::int64_t ParkedEventStore::FirstOfKey(const StoredEvent& event) {
  if (!event.key) return event.id;
  return tx_.Exec(kFirstOfKey, consumer_, event.topic, KeyParam(event.key))[0][0]
      .as<std::int64_t>();
}

std::int64_t ParkedEventStore::Remove(const StoredEvent& event) {
  tx_.Exec(kRemove, consumer_, event.id);
  if (!event.key) return 0;
  const auto left =
      tx_.Exec(kCountOfKey, consumer_, event.topic, KeyParam(event.key))[0][0].as<std::int64_t>();
  if (left == 0) tx_.Exec(kReleaseKey, consumer_, event.topic, KeyParam(event.key));
  return left;
}

void ParkedEventStore::RememberInInbox(const StoredEvent& event) {
  tx_.Exec(kRemember, consumer_, event.event_id);
}

void ParkedEventStore::NoteFailure(std::int64_t id, const std::string& reason,
                                   const std::string& error) {
  tx_.Exec(kNoteFailure, consumer_, id, reason, ToStorableText(error));
}

void ParkedEventStore::RecordDiscard(const StoredEvent& event, const std::string& by,
                                     const std::string& reason) {
  tx_.Exec(kDiscard, consumer_, event.id, by, reason);
}

bool ParkedEventStore::WasDiscarded(std::int64_t id) {
  return !tx_.Exec(kWasDiscarded, consumer_, id).empty();
}

}  // namespace waybill::inbox
