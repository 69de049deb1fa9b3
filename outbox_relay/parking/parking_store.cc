#include "outbox_relay/parking/parking_store.h"

#include "absl/strings/str_join.h"
#include "outbox_relay/base/parse_number.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

// Headers travel as two text arrays of equal length, each inside one element of an outer array.
constexpr char kInsertRows[] = R"sql(
WITH row AS (
  SELECT * FROM unnest($2::text[], $3::bytea[], $4::text[], $5::text[], $6::text[], $7::bytea[],
                       $8::text[], $9::text[])
    WITH ORDINALITY AS r(topic, key, row_id, reason, error, payload, names, vals, n)
), new_keys AS (
  INSERT INTO outbox_relay.parked_keys (source, topic, key)
  SELECT DISTINCT $1, topic, key FROM row
  ON CONFLICT DO NOTHING
)
INSERT INTO outbox_relay.parked_rows
  (source, topic, key, row_id, identity, reason, error, payload, header_names, header_values)
SELECT $1, topic, key, row_id, sha256(convert_to(row_id, 'UTF8')), reason, error, payload,
       names::bytea[], vals::bytea[]
FROM row ORDER BY n
ON CONFLICT (source, identity) DO NOTHING)sql";

constexpr char kNextRows[] = R"sql(
SELECT id, octet_length(coalesce(payload, '')) FROM outbox_relay.parked_rows
WHERE source = $1 AND topic = $2 AND key = $3 AND discarded_at IS NULL
ORDER BY id LIMIT $4)sql";

constexpr char kLockRows[] = R"sql(
SELECT id, row_id, reason, error, payload,
       header_names, header_values, cardinality(header_names)
FROM outbox_relay.parked_rows
WHERE source = $1 AND id = ANY ($2::bigint[]) AND discarded_at IS NULL
ORDER BY id FOR UPDATE)sql";

constexpr char kDeleteRows[] = R"sql(
DELETE FROM outbox_relay.parked_rows WHERE source = $1 AND id = ANY ($2::bigint[]))sql";

constexpr char kNoteRefusal[] = R"sql(
UPDATE outbox_relay.parked_rows SET reason = $3, error = $4 WHERE source = $1 AND id = $2)sql";

constexpr char kStopRelease[] = R"sql(
UPDATE outbox_relay.parked_keys SET release_requested_at = NULL
WHERE source = $1 AND topic = $2 AND key = $3)sql";

constexpr char kFreeKey[] = R"sql(
DELETE FROM outbox_relay.parked_keys k
WHERE source = $1 AND topic = $2 AND key = $3 AND NOT EXISTS (
  SELECT FROM outbox_relay.parked_rows r
  WHERE r.source = k.source AND r.topic = k.topic AND r.key = k.key AND discarded_at IS NULL))sql";

constexpr char kRequestTopic[] = R"sql(
UPDATE outbox_relay.parked_keys k SET release_requested_at = now()
WHERE source = $1 AND topic = $2 AND release_requested_at IS NULL
  AND parked_at > now() - $3::bigint * interval '1 second'
  AND EXISTS (SELECT FROM outbox_relay.parked_rows r
              WHERE r.source = k.source AND r.topic = k.topic AND r.key = k.key
                AND reason = 'UNKNOWN_TOPIC' AND discarded_at IS NULL))sql";

// An array whose elements are the hex forms of bytea needs no unquoting: {"\\x6162","\\x63"}.
std::vector<std::string> ParseHexArray(std::string_view text) {
  std::vector<std::string> values;
  std::size_t at = 0;
  while ((at = text.find("\\\\x", at)) != std::string_view::npos) {
    const std::size_t end = text.find('"', at);
    values.push_back(ParseBytea(text.substr(at + 1, end - at - 1)));
    at = end;
  }
  return values;
}

std::vector<ParkedKey> KeysOf(const PgResult& result) {
  std::vector<ParkedKey> keys;
  for (int i = 0; i < result.rows(); ++i) {
    keys.push_back({std::string(result.Text(i, 0)), ParseBytea(result.Text(i, 1))});
  }
  return keys;
}

std::string IdArray(const std::vector<std::int64_t>& ids) {
  return StrCat("{", absl::StrJoin(ids, ","), "}");
}

}  // namespace

absl::StatusOr<std::vector<ParkedKey>> ParkingStore::LoadKeys() {
  ASSIGN_OR_RETURN(
      const PgResult result,
      connection_.Exec("SELECT topic, key FROM outbox_relay.parked_keys WHERE source = $1",
                       {source_}));
  return KeysOf(result);
}

absl::StatusOr<std::vector<std::string>> ParkingStore::LoadDiscarded() {
  ASSIGN_OR_RETURN(
      const PgResult result,
      connection_.Exec("SELECT row_id FROM outbox_relay.parked_rows"
                       " WHERE source = $1 AND discarded_at IS NOT NULL AND row_id IS NOT NULL",
                       {source_}));
  std::vector<std::string> ids;
  for (int i = 0; i < result.rows(); ++i) ids.emplace_back(result.Text(i, 0));
  return ids;
}

absl::Status ParkingStore::Park(const std::vector<ParkedRow>& rows) {
  using Values = std::vector<std::optional<std::string>>;
  Values topics, keys, row_ids, reasons, errors, payloads, names, values;
  for (const ParkedRow& row : rows) {
    topics.push_back(row.key.topic);
    keys.push_back(ByteaLiteral(row.key.key));
    row_ids.push_back(row.row_id.empty() ? std::nullopt : std::optional(row.row_id));
    reasons.push_back(ReasonName(row.reason));
    errors.push_back(row.error);
    payloads.push_back(row.payload ? std::optional(ByteaLiteral(*row.payload)) : std::nullopt);
    Values header_names, header_values;
    for (const auto& [name, value] : row.headers) {
      header_names.push_back(ByteaLiteral(name));
      header_values.push_back(ByteaLiteral(value));
    }
    names.push_back(ArrayLiteral(header_names));
    values.push_back(ArrayLiteral(header_values));
  }
  return connection_
      .Exec(kInsertRows, {source_, ArrayLiteral(topics), ArrayLiteral(keys), ArrayLiteral(row_ids),
                          ArrayLiteral(reasons), ArrayLiteral(errors), ArrayLiteral(payloads),
                          ArrayLiteral(names), ArrayLiteral(values)})
      .status();
}

absl::StatusOr<std::vector<ParkedKey>> ParkingStore::ReleaseRequests() {
  ASSIGN_OR_RETURN(const PgResult result,
                   connection_.Exec("SELECT topic, key FROM outbox_relay.parked_keys"
                                    " WHERE source = $1 AND release_requested_at IS NOT NULL"
                                    " ORDER BY release_requested_at LIMIT 100",
                                    {source_}));
  return KeysOf(result);
}

absl::Status ParkingStore::RequestReleaseOfTopic(const std::string& topic, std::int64_t seconds) {
  return connection_.Exec(kRequestTopic, {source_, topic, StrCat(seconds)}).status();
}

absl::StatusOr<std::vector<ParkedRow>> ParkingStore::BeginRelease(const ParkedKey& key,
                                                                  int max_rows,
                                                                  std::int64_t max_bytes) {
  RETURN_IF_ERROR(connection_.Exec("BEGIN").status());
  ASSIGN_OR_RETURN(
      const PgResult next,
      connection_.Exec(kNextRows, {source_, key.topic, ByteaLiteral(key.key), StrCat(max_rows)}));
  std::vector<std::int64_t> ids;
  std::int64_t bytes = 0;
  for (int i = 0; i < next.rows(); ++i) {
    std::int64_t id = 0;
    std::int64_t size = 0;
    if (!ParseNumber(next.Text(i, 0), &id) || !ParseNumber(next.Text(i, 1), &size)) {
      return absl::InternalError(
          "outbox_relay.parked_rows has an id or a size that is not a number");
    }
    bytes += size;
    if (i > 0 && bytes > max_bytes) break;
    ids.push_back(id);
  }
  ASSIGN_OR_RETURN(const PgResult locked, connection_.Exec(kLockRows, {source_, IdArray(ids)}));
  std::vector<ParkedRow> rows;
  for (int i = 0; i < locked.rows(); ++i) {
    ParkedRow row{.key = key,
                  .row_id = std::string(locked.Text(i, 1)),
                  .reason = ReasonFromName(locked.Text(i, 2)),
                  .error = std::string(locked.Text(i, 3)),
                  .payload = std::nullopt,
                  .headers = {}};
    if (!ParseNumber(locked.Text(i, 0), &row.id)) {
      return absl::InternalError("outbox_relay.parked_rows has an id that is not a number");
    }
    if (!locked.IsNull(i, 4)) row.payload = ParseBytea(locked.Text(i, 4));
    const std::vector<std::string> names = ParseHexArray(locked.Text(i, 5));
    const std::vector<std::string> values = ParseHexArray(locked.Text(i, 6));
    if (names.size() != values.size()) {
      return absl::InternalError(
          "outbox_relay.parked_rows has headers whose names and values don't pair");
    }
    for (std::size_t h = 0; h < names.size(); ++h) row.headers.emplace_back(names[h], values[h]);
    rows.push_back(std::move(row));
  }
  return rows;
}

absl::StatusOr<bool> ParkingStore::EndRelease(const ParkedKey& key,
                                              const std::vector<ParkedRow>& rows,
                                              std::size_t published, const ParkedRow* refused) {
  std::vector<std::int64_t> ids;
  for (std::size_t i = 0; i < published; ++i) ids.push_back(rows[i].id);
  RETURN_IF_ERROR(connection_.Exec(kDeleteRows, {source_, IdArray(ids)}).status());
  const std::string key_text = ByteaLiteral(key.key);
  bool freed = false;
  if (refused != nullptr) {
    RETURN_IF_ERROR(connection_
                        .Exec(kNoteRefusal, {source_, StrCat(refused->id),
                                             ReasonName(refused->reason), refused->error})
                        .status());
    RETURN_IF_ERROR(connection_.Exec(kStopRelease, {source_, key.topic, key_text}).status());
  } else {
    ASSIGN_OR_RETURN(const PgResult result,
                     connection_.Exec(kFreeKey, {source_, key.topic, key_text}));
    freed = std::string_view(PQcmdTuples(const_cast<PGresult*>(result.get()))) == "1";
  }
  RETURN_IF_ERROR(connection_.Exec("COMMIT").status());
  return freed;
}

}  // namespace waybill::outbox_relay
