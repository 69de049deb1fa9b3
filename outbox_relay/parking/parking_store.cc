#include "outbox_relay/parking/parking_store.h"

#include "absl/strings/str_join.h"
#include "outbox_relay/base/parse_number.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

// Headers travel as two text arrays of equal length, each inside one element of an outer array. A row
// that is there already is one of the same name and content, of the same transaction as far as both
// know theirs.
constexpr char kInsertRows[] = R"sql(
WITH row AS (
  SELECT * FROM unnest($2::text[], $3::bytea[], $4::text[], $5::bytea[], $6::bigint[], $7::text[],
                       $8::text[], $9::boolean[], $10::bytea[], $11::text[], $12::text[])
    WITH ORDINALITY AS r(topic, key, row_id, identity, xid, reason, error, omitted, payload, names,
                         vals, n)
), new_row AS MATERIALIZED (
  SELECT * FROM row WHERE NOT EXISTS (
    SELECT FROM outbox_relay.parked_rows p
    WHERE p.source = $1 AND p.identity = row.identity AND (p.xid = row.xid) IS NOT FALSE)
), new_keys AS (
  INSERT INTO outbox_relay.parked_keys (source, topic, key)
  SELECT DISTINCT $1, topic, key FROM new_row
  ON CONFLICT DO NOTHING
)
INSERT INTO outbox_relay.parked_rows (source, topic, key, row_id, identity, xid, reason, error,
                                      payload_omitted, payload, header_names, header_values)
SELECT $1, topic, key, row_id, identity, xid, reason, error, omitted, payload, names::bytea[],
       vals::bytea[]
FROM new_row ORDER BY n)sql";

constexpr char kUnknownTopics[] = R"sql(
SELECT DISTINCT topic FROM (
  SELECT * FROM outbox_relay.parked_keys
  WHERE source = $1 AND parked_at > now() - $2::bigint * interval '1 second'
  ORDER BY parked_at DESC LIMIT 10000) k
WHERE EXISTS (SELECT FROM outbox_relay.parked_rows r
              WHERE r.source = k.source AND r.topic = k.topic AND r.key = k.key
                AND outbox_relay.digest(r.topic, r.key) = outbox_relay.digest(k.topic, k.key)
                AND reason = 'UNKNOWN_TOPIC' AND discarded_at IS NULL))sql";

constexpr char kNextRows[] = R"sql(
SELECT id, CASE WHEN payload_omitted THEN 1::bigint << 40 ELSE
         octet_length(coalesce(payload, '')) +
         (SELECT coalesce(sum(octet_length(v)), 0) FROM unnest(header_names || header_values) v) END
FROM outbox_relay.parked_rows
WHERE source = $1 AND topic = $2 AND key = $3 AND discarded_at IS NULL
  AND outbox_relay.digest(topic, key) = outbox_relay.digest($2, $3)
ORDER BY id LIMIT $4)sql";

constexpr char kLockRows[] = R"sql(
SELECT id, row_id, reason, error, payload, header_names, header_values, payload_omitted, identity,
       xid
FROM outbox_relay.parked_rows
WHERE source = $1 AND id = ANY ($2::bigint[]) AND discarded_at IS NULL
ORDER BY id FOR UPDATE)sql";

constexpr char kDeleteRows[] = R"sql(
DELETE FROM outbox_relay.parked_rows WHERE source = $1 AND id = ANY ($2::bigint[]))sql";

constexpr char kNoteRefusal[] = R"sql(
UPDATE outbox_relay.parked_rows SET reason = $3, error = $4 WHERE source = $1 AND id = $2)sql";

constexpr char kStopRelease[] = R"sql(
UPDATE outbox_relay.parked_keys SET release_requested_at = NULL
WHERE source = $1 AND topic = $2 AND key = $3
  AND outbox_relay.digest(topic, key) = outbox_relay.digest($2, $3))sql";

constexpr char kFreeKey[] = R"sql(
DELETE FROM outbox_relay.parked_keys k
WHERE source = $1 AND topic = $2 AND key = $3
  AND outbox_relay.digest(topic, key) = outbox_relay.digest($2, $3) AND NOT EXISTS (
  SELECT FROM outbox_relay.parked_rows r
  WHERE r.source = $1 AND r.topic = $2 AND r.key = $3
    AND outbox_relay.digest(r.topic, r.key) = outbox_relay.digest($2, $3)
    AND discarded_at IS NULL))sql";

constexpr char kRequestTopics[] = R"sql(
UPDATE outbox_relay.parked_keys k SET release_requested_at = now()
WHERE source = $1 AND topic = ANY ($2::text[]) AND release_requested_at IS NULL
  AND parked_at > now() - $3::bigint * interval '1 second'
  AND EXISTS (SELECT FROM outbox_relay.parked_rows r
              WHERE r.source = k.source AND r.topic = k.topic AND r.key = k.key
                AND outbox_relay.digest(r.topic, r.key) = outbox_relay.digest(k.topic, k.key)
                AND reason = 'UNKNOWN_TOPIC' AND discarded_at IS NULL))sql";

// A batch may have many megabytes.
constexpr absl::Duration kParkWithin = absl::Seconds(60);

std::vector<ParkedKey> KeysOf(const PgResult& result) {
  std::vector<ParkedKey> keys;
  for (int i = 0; i < result.rows(); ++i) {
    keys.push_back({std::string(result.Text(i, 0)), ParseBytea(result.Text(i, 1))});
  }
  return keys;
}

std::optional<std::string> TextOrNull(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

absl::StatusOr<RowIdentity> IdentityOf(const PgResult& result, int row, int digest, int xid) {
  RowIdentity identity;
  if (!result.IsNull(row, digest)) identity.digest = ParseBytea(result.Text(row, digest));
  if (result.IsNull(row, xid)) return identity;
  if (!ParseNumber(result.Text(row, xid), &identity.xid.emplace())) {
    return absl::InternalError("outbox_relay.parked_rows has an xid that is not a number");
  }
  return identity;
}

absl::StatusOr<ParkedRow> RowOf(const ParkedKey& key, const PgResult& result, int i) {
  ParkedRow row{.key = key,
                .row_id = std::string(result.Text(i, 1)),
                .identity = {},
                .reason = ReasonFromName(result.Text(i, 2)),
                .error = std::string(result.Text(i, 3)),
                .payload_omitted = result.Text(i, 7) == "t",
                .payload = std::nullopt,
                .headers = {}};
  if (!ParseNumber(result.Text(i, 0), &row.id)) {
    return absl::InternalError("outbox_relay.parked_rows has an id that is not a number");
  }
  if (!result.IsNull(i, 4)) row.payload = ParseBytea(result.Text(i, 4));
  ASSIGN_OR_RETURN(row.identity, IdentityOf(result, i, 8, 9));
  std::vector<std::string> names = ParseByteaArray(result.Text(i, 5));
  std::vector<std::string> values = ParseByteaArray(result.Text(i, 6));
  if (names.size() != values.size()) {
    return absl::InternalError(
        "outbox_relay.parked_rows has headers whose names and values don't pair");
  }
  for (std::size_t h = 0; h < names.size(); ++h) {
    row.headers.emplace_back(std::move(names[h]), std::move(values[h]));
  }
  return row;
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

absl::StatusOr<std::vector<DiscardedRow>> ParkingStore::LoadDiscarded() {
  ASSIGN_OR_RETURN(
      const PgResult result,
      connection_.Exec("SELECT row_id, identity, xid FROM outbox_relay.parked_rows"
                       " WHERE source = $1 AND discarded_at IS NOT NULL AND row_id IS NOT NULL",
                       {source_}));
  std::vector<DiscardedRow> rows;
  for (int i = 0; i < result.rows(); ++i) {
    DiscardedRow row{.row_id = std::string(result.Text(i, 0)), .identity = {}};
    ASSIGN_OR_RETURN(row.identity, IdentityOf(result, i, 1, 2));
    rows.push_back(std::move(row));
  }
  return rows;
}

absl::StatusOr<std::vector<std::string>> ParkingStore::LoadUnknownTopics(std::int64_t seconds) {
  ASSIGN_OR_RETURN(const PgResult result,
                   connection_.Exec(kUnknownTopics, {source_, StrCat(seconds)}));
  std::vector<std::string> topics;
  for (int i = 0; i < result.rows(); ++i) topics.emplace_back(result.Text(i, 0));
  return topics;
}

absl::Status ParkingStore::Park(const std::vector<ParkedRow>& rows) {
  using Values = std::vector<std::optional<std::string>>;
  Values topics, keys, row_ids, identities, xids, reasons, errors, omitted, payloads, names, values;
  for (const ParkedRow& row : rows) {
    topics.push_back(row.key.topic);
    keys.push_back(ByteaLiteral(row.key.key));
    row_ids.push_back(TextOrNull(row.row_id));
    identities.push_back(row.identity.digest.empty()
                             ? std::nullopt
                             : std::optional(ByteaLiteral(row.identity.digest)));
    xids.push_back(row.identity.xid ? std::optional(StrCat(*row.identity.xid)) : std::nullopt);
    reasons.push_back(ReasonName(row.reason));
    errors.push_back(row.error);
    omitted.push_back(row.payload_omitted ? "t" : "f");
    payloads.push_back(row.payload ? std::optional(ByteaLiteral(*row.payload)) : std::nullopt);
    Values header_names, header_values;
    for (const auto& [name, value] : row.headers) {
      header_names.push_back(ByteaLiteral(name));
      header_values.push_back(ByteaLiteral(value));
    }
    names.push_back(ArrayLiteral(header_names));
    values.push_back(ArrayLiteral(header_values));
  }
  std::vector<PgConnection::Param> params = {source_};
  for (Values* column : {&topics, &keys, &row_ids, &identities, &xids, &reasons, &errors, &omitted,
                         &payloads, &names, &values}) {
    params.push_back(ArrayLiteral(*column));
    // Its memory is needed for what libpq makes of the parameters.
    *column = Values();
  }
  RETURN_IF_ERROR(connection_.Exec("BEGIN").status());
  RETURN_IF_ERROR(
      connection_
          .Exec(StrCat("SET LOCAL statement_timeout = ", absl::ToInt64Milliseconds(kParkWithin)))
          .status());
  RETURN_IF_ERROR(connection_.Exec(kInsertRows, params, kParkWithin).status());
  return connection_.Exec("COMMIT").status();
}

absl::StatusOr<std::vector<ParkedKey>> ParkingStore::ReleaseRequests() {
  ASSIGN_OR_RETURN(const PgResult result,
                   connection_.Exec("SELECT topic, key FROM outbox_relay.parked_keys"
                                    " WHERE source = $1 AND release_requested_at IS NOT NULL"
                                    " ORDER BY release_requested_at LIMIT 100",
                                    {source_}));
  return KeysOf(result);
}

absl::Status ParkingStore::RequestReleaseOfTopics(const std::vector<std::string>& topics,
                                                  std::int64_t seconds) {
  return connection_
      .Exec(kRequestTopics,
            {source_, ArrayLiteral({topics.begin(), topics.end()}), StrCat(seconds)})
      .status();
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
    ASSIGN_OR_RETURN(ParkedRow row, RowOf(key, locked, i));
    rows.push_back(std::move(row));
  }
  return rows;
}

absl::Status ParkingStore::AbandonRelease() { return connection_.Exec("ROLLBACK").status(); }

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
