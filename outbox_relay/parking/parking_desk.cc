#include "outbox_relay/parking/parking_desk.h"

#include <algorithm>

#include "outbox_relay/base/parse_number.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr char kList[] = R"sql(
SELECT k.topic, k.key, r.rows, f.reason, f.error, k.parked_at, k.release_requested_at IS NOT NULL
FROM outbox_relay.parked_keys k
CROSS JOIN LATERAL (
  SELECT count(*) AS rows, min(id) AS first FROM outbox_relay.parked_rows r
  WHERE r.source = k.source AND r.topic = k.topic AND r.key = k.key AND discarded_at IS NULL
    AND outbox_relay.digest(r.topic, r.key) = outbox_relay.digest(k.topic, k.key)) r
LEFT JOIN outbox_relay.parked_rows f ON f.id = r.first
WHERE k.source = $1 ORDER BY k.parked_at LIMIT 1000)sql";

constexpr char kShow[] = R"sql(
SELECT id, coalesce(row_id, ''), reason, error, parked_at, coalesce(discarded_at::text, ''),
       coalesce(substring(payload for $4), ''), coalesce(octet_length(payload), 0), payload_omitted,
       array(SELECT substring(n for $4) FROM unnest(header_names) n LIMIT 100),
       array(SELECT substring(v for $4) FROM unnest(header_values) v LIMIT 100)
FROM outbox_relay.parked_rows
WHERE source = $1 AND topic = $2 AND key = $3
  AND outbox_relay.digest(topic, key) = outbox_relay.digest($2, $3) ORDER BY id LIMIT 100)sql";

constexpr char kRelease[] = R"sql(
UPDATE outbox_relay.parked_keys SET release_requested_at = now()
WHERE source = $1 AND topic = $2 AND key = $3
  AND outbox_relay.digest(topic, key) = outbox_relay.digest($2, $3)
RETURNING 1)sql";

constexpr char kDiscard[] = R"sql(
WITH gone AS (
  UPDATE outbox_relay.parked_rows SET discarded_at = now()
  WHERE source = $1 AND id = $2 AND discarded_at IS NULL
  RETURNING source, topic, key, id
), let_go AS (
  UPDATE outbox_relay.parked_keys k SET release_requested_at = now()
  FROM gone g
  WHERE k.source = g.source AND k.topic = g.topic AND k.key = g.key
    AND outbox_relay.digest(k.topic, k.key) = outbox_relay.digest(g.topic, g.key) AND NOT EXISTS (
    SELECT FROM outbox_relay.parked_rows r
    WHERE r.source = g.source AND r.topic = g.topic AND r.key = g.key AND r.id <> g.id
      AND outbox_relay.digest(r.topic, r.key) = outbox_relay.digest(g.topic, g.key)
      AND r.discarded_at IS NULL)
)
SELECT id FROM gone)sql";

constexpr int kShownBytes = 2000;

}  // namespace

absl::StatusOr<std::vector<ParkedKeySummary>> ParkingDesk::List() {
  ASSIGN_OR_RETURN(const PgResult result, connection_.Exec(kList, {source_}));
  std::vector<ParkedKeySummary> keys;
  for (int i = 0; i < result.rows(); ++i) {
    const auto text = [&result, i](int column) { return std::string(result.Text(i, column)); };
    ParkedKeySummary key{.topic = text(0),
                         .key = ParseBytea(result.Text(i, 1)),
                         .reason = text(3),
                         .error = text(4),
                         .parked_at = text(5),
                         .release_requested = result.Text(i, 6) == "t"};
    if (!ParseNumber(result.Text(i, 2), &key.rows)) {
      return absl::InternalError("the count of parked rows is not a number");
    }
    keys.push_back(std::move(key));
  }
  return keys;
}

absl::StatusOr<std::vector<ParkedRowDetail>> ParkingDesk::Show(const std::string& topic,
                                                               const std::string& key) {
  ASSIGN_OR_RETURN(
      const PgResult result,
      connection_.Exec(kShow, {source_, topic, ByteaLiteral(key), StrCat(kShownBytes)}));
  std::vector<ParkedRowDetail> rows;
  for (int i = 0; i < result.rows(); ++i) {
    const auto text = [&result, i](int column) { return std::string(result.Text(i, column)); };
    ParkedRowDetail row{.row_id = text(1),
                        .reason = text(2),
                        .error = text(3),
                        .parked_at = text(4),
                        .discarded_at = text(5),
                        .payload = ParseBytea(result.Text(i, 6)),
                        .payload_omitted = result.Text(i, 8) == "t",
                        .headers = {}};
    if (!ParseNumber(result.Text(i, 0), &row.id) ||
        !ParseNumber(result.Text(i, 7), &row.payload_bytes)) {
      return absl::InternalError("the id or size of a parked row is not a number");
    }
    const std::vector<std::string> names = ParseByteaArray(result.Text(i, 9));
    const std::vector<std::string> values = ParseByteaArray(result.Text(i, 10));
    for (std::size_t h = 0; h < std::min(names.size(), values.size()); ++h) {
      row.headers.emplace_back(names[h], values[h]);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

absl::StatusOr<std::int64_t> ParkingDesk::Release(const std::string& topic,
                                                  const std::string& key) {
  ASSIGN_OR_RETURN(const PgResult result,
                   connection_.Exec(kRelease, {source_, topic, ByteaLiteral(key)}));
  return result.rows();
}

absl::StatusOr<std::int64_t> ParkingDesk::ReleaseAll(const std::string& topic) {
  ASSIGN_OR_RETURN(
      const PgResult result,
      connection_.Exec("UPDATE outbox_relay.parked_keys SET release_requested_at = now()"
                       " WHERE source = $1 AND ($2 = '' OR topic = $2) RETURNING 1",
                       {source_, topic}));
  return result.rows();
}

absl::Status ParkingDesk::Discard(std::int64_t id) {
  ASSIGN_OR_RETURN(const PgResult result, connection_.Exec(kDiscard, {source_, StrCat(id)}));
  if (result.rows() == 1) return absl::OkStatus();
  return absl::NotFoundError(StrCat("source ", source_, " has no parked row ", id));
}

}  // namespace waybill::outbox_relay
