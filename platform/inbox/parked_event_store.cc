#include "platform/inbox/parked_event_store.h"

#include <nlohmann/json.hpp>

#include "platform/types/utf8.h"

namespace waybill::inbox {
namespace {

using postgres::Result;
using postgres::Row;
using postgres::Statement;

constexpr char kEventColumns[] =
    "id bigint, topic text, key bytea, partition int, kafka_offset bigint, event_id uuid, "
    "event_type text, error text, headers jsonb, parked_at timestamptz";
constexpr char kReplayColumns[] = "reason text, failed_replays int, last_replay_at timestamptz";

constexpr Statement kList{
    "parked_list",
    R"sql(
    SELECT $columns, octet_length(payload) AS payload_size,
           substring(payload FOR $7::integer) AS payload
    FROM parked_events
    WHERE consumer = $1::text AND id >= $2::bigint AND id <= $3::bigint
      AND ($4::text IS NULL OR topic = $4::text) AND ($5::bytea IS NULL OR key = $5::bytea)
    ORDER BY id LIMIT $6::integer)sql",
    {kEventColumns, kReplayColumns},
};

constexpr Statement kListIds{"parked_list_ids", R"sql(
    SELECT id FROM parked_events
    WHERE consumer = $1::text AND id >= $2::bigint AND id <= $3::bigint
      AND ($4::text IS NULL OR topic = $4::text) AND ($5::bytea IS NULL OR key = $5::bytea)
    ORDER BY id LIMIT $6::integer)sql"};

constexpr Statement kLastId{"parked_last_id", R"sql(
    SELECT coalesce(max(id), 0) AS last_id FROM parked_events WHERE consumer = $1::text)sql"};

constexpr Statement kFind{
    "parked_find",
    R"sql(
    SELECT $columns, octet_length(payload) AS payload_size, payload
    FROM parked_events WHERE consumer = $1::text AND id = $2::bigint)sql",
    {kEventColumns, kReplayColumns},
};

constexpr Statement kLockKey{"parked_lock_key", R"sql(
    SELECT FROM parked_keys
    WHERE (consumer, topic, key) = (SELECT consumer, topic, key FROM parked_events
                                    WHERE consumer = $1::text AND id = $2::bigint)
    FOR UPDATE)sql"};

constexpr Statement kLockEvent{
    "parked_lock_event",
    R"sql(
    SELECT $columns, octet_length(payload) AS payload_size, payload
    FROM parked_events WHERE consumer = $1::text AND id = $2::bigint FOR UPDATE)sql",
    {kEventColumns, kReplayColumns},
};

constexpr Statement kFirstOfKey{"parked_first_of_key", R"sql(
    SELECT min(id) AS first_id FROM parked_events
    WHERE consumer = $1::text AND topic = $2::text AND key = $3::bytea)sql"};

constexpr Statement kRemove{"parked_remove", R"sql(
    DELETE FROM parked_events WHERE consumer = $1::text AND id = $2::bigint)sql"};

constexpr Statement kCountOfKey{"parked_count_of_key", R"sql(
    SELECT count(*) AS events FROM parked_events
    WHERE consumer = $1::text AND topic = $2::text AND key = $3::bytea)sql"};

constexpr Statement kReleaseKey{"parked_release_key", R"sql(
    DELETE FROM parked_keys
    WHERE consumer = $1::text AND topic = $2::text AND key = $3::bytea)sql"};

constexpr Statement kRemember{"parked_remember", R"sql(
    INSERT INTO inbox (consumer, event_id) VALUES ($1::text, $2::uuid)
    ON CONFLICT DO NOTHING)sql"};

constexpr Statement kNoteFailure{"parked_note_failure", R"sql(
    UPDATE parked_events SET reason = $3::text, error = $4::text, last_replay_at = now(),
                             failed_replays = failed_replays + 1
    WHERE consumer = $1::text AND id = $2::bigint)sql"};

constexpr Statement kDiscard{
    "parked_discard",
    R"sql(
    INSERT INTO discarded_events ($columns, park_reason, discarded_by, reason)
    SELECT $columns, reason, $3::text, $4::text
    FROM parked_events WHERE consumer = $1::text AND id = $2::bigint)sql",
    {kEventColumns, "consumer text, payload bytea"},
};

constexpr Statement kWasDiscarded{"parked_was_discarded", R"sql(
    SELECT FROM discarded_events WHERE consumer = $1::text AND id = $2::bigint)sql"};

StoredEvent EventOf(const Row& row) {
  StoredEvent event{.id = row.Get<std::int64_t>("id"),
                    .topic = row.Get<std::string>("topic"),
                    .key = std::nullopt,
                    .partition = row.Get<std::int32_t>("partition"),
                    .offset = row.Get<std::int64_t>("kafka_offset"),
                    .event_id = row.Get<EventId>("event_id"),
                    .event_type = row.Get<std::string>("event_type"),
                    .reason = row.Get<std::string>("reason"),
                    .error = row.Get<std::string>("error"),
                    .parked_at = row.Get<absl::Time>("parked_at"),
                    .failed_replays = row.Get<int>("failed_replays"),
                    .last_replay_at = row.Get<std::optional<absl::Time>>("last_replay_at"),
                    .headers = nlohmann::json::parse(row.Get<std::string>("headers")),
                    .payload = row.GetBytes("payload"),
                    .payload_size = row.Get<std::int64_t>("payload_size")};
  if (!row.IsNull("key")) event.key = row.GetBytes("key");
  return event;
}

std::optional<StoredEvent> OnlyEventOf(const Result& rows) {
  if (rows.empty()) return std::nullopt;
  return EventOf(rows.front());
}

std::optional<std::string> KeyParam(const std::optional<std::string>& key) {
  if (!key) return std::nullopt;
  return postgres::HexBytes(*key);
}

}  // namespace

std::vector<StoredEvent> ParkedEventStore::List(const ParkedSelection& selection, int limit,
                                                int payload_limit) {
  std::vector<StoredEvent> events;
  for (const Row row : tx_.Exec(kList, consumer_, selection.first_id, selection.last_id,
                                selection.topic, KeyParam(selection.key), limit, payload_limit)) {
    events.push_back(EventOf(row));
  }
  return events;
}

std::vector<std::int64_t> ParkedEventStore::ListIds(const ParkedSelection& selection, int limit) {
  std::vector<std::int64_t> ids;
  for (const Row row : tx_.Exec(kListIds, consumer_, selection.first_id, selection.last_id,
                                selection.topic, KeyParam(selection.key), limit)) {
    ids.push_back(row.Get<std::int64_t>("id"));
  }
  return ids;
}

std::int64_t ParkedEventStore::LastId() {
  return tx_.Exec(kLastId, consumer_).front().Get<std::int64_t>("last_id");
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
  return tx_.Exec(kFirstOfKey, consumer_, event.topic, KeyParam(event.key))
      .front()
      .Get<std::int64_t>("first_id");
}

std::int64_t ParkedEventStore::Remove(const StoredEvent& event) {
  tx_.Exec(kRemove, consumer_, event.id);
  if (!event.key) return 0;
  const auto left = tx_.Exec(kCountOfKey, consumer_, event.topic, KeyParam(event.key))
                        .front()
                        .Get<std::int64_t>("events");
  if (left == 0) tx_.Exec(kReleaseKey, consumer_, event.topic, KeyParam(event.key));
  return left;
}

void ParkedEventStore::RememberInInbox(const StoredEvent& event) {
  tx_.Exec(kRemember, consumer_, event.event_id);
}

void ParkedEventStore::NoteFailure(std::int64_t id, ParkReason reason, const std::string& error) {
  tx_.Exec(kNoteFailure, consumer_, id, NameOf(reason), ToStorableText(error));
}

void ParkedEventStore::RecordDiscard(const StoredEvent& event, const std::string& by,
                                     const std::string& reason) {
  tx_.Exec(kDiscard, consumer_, event.id, by, reason);
}

bool ParkedEventStore::WasDiscarded(std::int64_t id) {
  return !tx_.Exec(kWasDiscarded, consumer_, id).empty();
}

}  // namespace waybill::inbox
