#include "outbox_relay/republish/request_store.h"

#include "outbox_relay/base/parse_number.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr char kSelect[] = R"sql(
SELECT id, arguments, since, until, topic, key, state, rows_total, rows_sent, rows_skipped,
       rows_refused, coalesce(position, ''), last_position, error,
       date_trunc('second', requested_at)
FROM outbox_relay.republications WHERE source = $1)sql";

constexpr char kInsert[] = R"sql(
INSERT INTO outbox_relay.republications
  (source, arguments, since, until, topic, key, rows_total, last_position)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id)sql";

constexpr char kActive[] = "state IN ('REQUESTED', 'RUNNING')";

// AlreadyExists for a violation of the index of active requests.
absl::Status Refused(const absl::Status& status) {
  if (SqlState(status) != "23505") return status;
  return absl::AlreadyExistsError("another republication is active");
}

PgConnection::Param Bytes(const std::optional<std::string>& bytes) {
  return bytes ? std::optional(ByteaLiteral(*bytes)) : std::nullopt;
}

std::optional<std::string> TextOf(const PgResult& result, int column) {
  if (result.IsNull(0, column)) return std::nullopt;
  return std::string(result.Text(0, column));
}

absl::StatusOr<RepublishRequest> Parse(const PgResult& result) {
  RepublishRequest request{.arguments = std::string(result.Text(0, 1)),
                           .filter = {.since = TextOf(result, 2),
                                      .until = TextOf(result, 3),
                                      .topic = TextOf(result, 4),
                                      .key = TextOf(result, 5)},
                           .state = std::string(result.Text(0, 6)),
                           .counts = {},
                           .position = std::string(result.Text(0, 11)),
                           .last_position = std::string(result.Text(0, 12)),
                           .error = std::string(result.Text(0, 13)),
                           .requested_at = std::string(result.Text(0, 14))};
  if (request.filter.key) request.filter.key = ParseBytea(*request.filter.key);
  if (!ParseNumber(result.Text(0, 0), &request.id) ||
      !ParseNumber(result.Text(0, 7), &request.total) ||
      !ParseNumber(result.Text(0, 8), &request.counts.sent) ||
      !ParseNumber(result.Text(0, 9), &request.counts.skipped) ||
      !ParseNumber(result.Text(0, 10), &request.counts.refused)) {
    return absl::InternalError("outbox_relay.republications has a count that is not a number");
  }
  return request;
}

}  // namespace

absl::StatusOr<std::optional<RepublishRequest>> RequestStore::ReadOne(
    const std::string& condition, const std::vector<PgConnection::Param>& params) {
  ASSIGN_OR_RETURN(
      const PgResult result,
      connection_.Exec(StrCat(kSelect, " AND ", condition, " ORDER BY id DESC LIMIT 1"), params));
  if (result.rows() == 0) return std::optional<RepublishRequest>();
  ASSIGN_OR_RETURN(RepublishRequest request, Parse(result));
  return std::optional(std::move(request));
}

absl::StatusOr<std::optional<RepublishRequest>> RequestStore::Active() {
  return ReadOne(kActive, {source_.name});
}

absl::StatusOr<std::optional<RepublishRequest>> RequestStore::Find(std::int64_t id) {
  return ReadOne("id = $2", {source_.name, StrCat(id)});
}

absl::StatusOr<std::optional<RepublishRequest>> RequestStore::Newest(const std::string& arguments) {
  return ReadOne("arguments = $2", {source_.name, arguments});
}

absl::StatusOr<std::int64_t> RequestStore::Add(const RepublishRequest& request) {
  const RowFilter& filter = request.filter;
  const absl::StatusOr<PgResult> added = connection_.Exec(
      kInsert, {source_.name, request.arguments, filter.since, filter.until, filter.topic,
                Bytes(filter.key), StrCat(request.total), request.last_position});
  if (!added.ok()) return Refused(added.status());
  std::int64_t id = 0;
  if (!ParseNumber(added->Text(0, 0), &id)) {
    return absl::InternalError("outbox_relay.republications has an id that is not a number");
  }
  return id;
}

absl::Status RequestStore::Resume(std::int64_t id) {
  return Refused(connection_
                     .Exec("UPDATE outbox_relay.republications SET state = 'REQUESTED', error = '',"
                           " updated_at = now() WHERE source = $1 AND id = $2"
                           " AND state IN ('STOPPED', 'FAILED')",
                           {source_.name, StrCat(id)})
                     .status());
}

absl::StatusOr<std::optional<RepublishRequest>> RequestStore::Stop() {
  ASSIGN_OR_RETURN(
      const PgResult stopped,
      connection_.Exec(StrCat("UPDATE outbox_relay.republications SET state = 'STOPPED', error ="
                              " '', updated_at = now() WHERE source = $1 AND ",
                              kActive, " RETURNING id"),
                       {source_.name}));
  if (stopped.rows() == 0) return std::optional<RepublishRequest>();
  return ReadOne("id = $2", {source_.name, std::string(stopped.Text(0, 0))});
}

std::string RequestStore::LeaderLock() const {
  return StrCat(
      "SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND database ="
      " (SELECT oid FROM pg_database WHERE datname = current_database()) AND classid::bigint ="
      " hashtext('outbox_relay')::bigint & 4294967295 AND objid::bigint = hashtext(",
      QuoteLiteral(source_.slot), ")::bigint & 4294967295");
}

absl::StatusOr<bool> RequestStore::HasLeader() {
  ASSIGN_OR_RETURN(const PgResult result,
                   connection_.Exec(StrCat("SELECT EXISTS (", LeaderLock(), ")")));
  return result.Text(0, 0) == "t";
}

absl::StatusOr<bool> RequestStore::Update(std::int64_t id, int leader,
                                          const std::string& assignments,
                                          std::vector<PgConnection::Param> params) {
  params.insert(params.begin(), {source_.name, StrCat(id), StrCat(leader)});
  ASSIGN_OR_RETURN(
      const PgResult updated,
      connection_.Exec(StrCat("UPDATE outbox_relay.republications SET ", assignments,
                              ", updated_at = now() WHERE source = $1 AND id = $2 AND EXISTS (",
                              LeaderLock(), " AND pid = $3) RETURNING 1"),
                       params));
  return updated.rows() == 1;
}

absl::StatusOr<bool> RequestStore::Begin(std::int64_t id, int leader) {
  return Update(id, leader,
                "state = CASE state WHEN 'REQUESTED' THEN 'RUNNING' ELSE state END, error = ''",
                {});
}

absl::StatusOr<bool> RequestStore::Advance(std::int64_t id, int leader, const RowCounts& more,
                                           const std::string& position) {
  return Update(id, leader,
                "rows_sent = rows_sent + $4, rows_skipped = rows_skipped + $5, rows_refused ="
                " rows_refused + $6, position = $7, error = ''",
                {StrCat(more.sent), StrCat(more.skipped), StrCat(more.refused), position});
}

absl::StatusOr<bool> RequestStore::End(std::int64_t id, int leader) {
  return Update(id, leader, "state = 'DONE', error = ''", {});
}

absl::StatusOr<bool> RequestStore::Fail(std::int64_t id, int leader, const std::string& error) {
  return Update(id, leader, "state = 'FAILED', error = $4", {error});
}

absl::StatusOr<bool> RequestStore::NoteTrouble(std::int64_t id, int leader,
                                               const std::string& error) {
  return Update(id, leader, "error = $4", {error});
}

}  // namespace waybill::outbox_relay
