#include "outbox_relay/republish/request_desk.h"

#include "absl/strings/escaping.h"
#include "absl/time/time.h"
#include "outbox_relay/base/parse_number.h"
#include "outbox_relay/source/outbox_table.h"
#include "platform/types/operator_time.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr absl::Duration kCountWithin = absl::Minutes(10);

// Rows of a partition that the relay has dropped were older than that.
constexpr char kDropped[] = R"sql(
SELECT to_char(retired_until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
FROM outbox_relay.checkpoints
WHERE source = $1 AND retired_until > coalesce($2::timestamptz, '-infinity'))sql";

std::string SqlTime(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%E6S+00", time, absl::UTCTimeZone());
}

// The clock that the rows' times come from.
absl::StatusOr<absl::Time> ServerTime(PgConnection& connection) {
  ASSIGN_OR_RETURN(
      const PgResult result,
      connection.Exec("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"));
  std::int64_t micros = 0;
  if (!ParseNumber(result.Text(0, 0), &micros)) {
    return absl::InternalError("the server's time is not a number");
  }
  return absl::FromUnixMicros(micros);
}

absl::StatusOr<absl::Time> ParseFlag(const char* flag, const std::string& text, absl::Time now) {
  absl::StatusOr<absl::Time> time = ParseOperatorTime(text, now);
  if (time.ok()) return time;
  return absl::InvalidArgumentError(StrCat(flag, ": ", ToStd(time.status().message())));
}

}  // namespace

std::string RepublishArguments::Text() const {
  std::string text;
  const auto add = [&text](const char* flag, const std::optional<std::string>& value) {
    if (!value) return;
    StrAppend(&text, text.empty() ? "" : " ", flag, " ",
              value->empty() ? "''" : absl::Utf8SafeCEscape(*value));
  };
  add("--since", since);
  add("--until", until);
  add("--topic", topic);
  add("--key", key);
  return text.empty() ? "all rows" : text;
}

absl::StatusOr<std::optional<RepublishRequest>> RequestDesk::Unfinished(
    const RepublishArguments& arguments) {
  absl::StatusOr<std::optional<RepublishRequest>> request =
      RequestStore(connection_, source_).Newest(arguments.Text());
  if (request.ok() && *request && (*request)->state == "DONE") return std::nullopt;
  return request;
}

absl::StatusOr<RowFilter> RequestDesk::Resolve(const RepublishArguments& arguments) {
  RowFilter filter{.since = {}, .until = {}, .topic = arguments.topic, .key = arguments.key};
  ASSIGN_OR_RETURN(const absl::Time now, ServerTime(connection_));
  absl::Time since = absl::InfinitePast();
  absl::Time until = absl::InfiniteFuture();
  if (arguments.since) {
    ASSIGN_OR_RETURN(since, ParseFlag("--since", *arguments.since, now));
    if (since > now) return absl::InvalidArgumentError("--since is in the future");
    filter.since = SqlTime(since);
  }
  if (arguments.until) {
    ASSIGN_OR_RETURN(until, ParseFlag("--until", *arguments.until, now));
    filter.until = SqlTime(until);
  }
  if (since >= until) return absl::InvalidArgumentError("--since is not before --until");
  return filter;
}

absl::Status RequestDesk::RefuseDroppedPartitions(const RowFilter& filter) {
  ASSIGN_OR_RETURN(const PgResult result, connection_.Exec(kDropped, {source_.name, filter.since}));
  if (result.rows() == 0) return absl::OkStatus();
  const std::string from(result.Text(0, 0));
  return absl::FailedPreconditionError(
      StrCat("partitions of this range have been dropped: every row is there from ", from,
             " on; republish with --since ", from,
             source_.mapping.time.empty() ? " and a columns.time" : ""));
}

absl::Status RequestDesk::RefuseUnplaced(const RowRange& range) {
  ASSIGN_OR_RETURN(const PgResult result, connection_.Exec(range.UnplacedSql(), {}, kCountWithin));
  if (result.Text(0, 0) == "0") return absl::OkStatus();
  return absl::FailedPreconditionError(
      StrCat(result.Text(0, 0), " rows have no place in the order, because column \"",
             range.order(), "\" is null: set it, or name another column as columns.order"));
}

absl::StatusOr<RetainedRows> RequestDesk::Count(const RepublishArguments& arguments) {
  RetainedRows rows;
  rows.request.arguments = arguments.Text();
  ASSIGN_OR_RETURN(rows.request.filter, Resolve(arguments));
  ASSIGN_OR_RETURN(const Outbox outbox, InspectOutbox(connection_, source_));
  ASSIGN_OR_RETURN(const RowRange range,
                   RowRange::Create(source_, outbox.columns, rows.request.filter));
  RETURN_IF_ERROR(RefuseDroppedPartitions(rows.request.filter));
  RETURN_IF_ERROR(RefuseUnplaced(range));
  rows.order = range.order();
  ASSIGN_OR_RETURN(const PgResult last,
                   connection_.Exec(range.LastPositionSql(), {}, kCountWithin));
  if (last.rows() == 0) return rows;
  rows.request.last_position = std::string(last.Text(0, 0));
  ASSIGN_OR_RETURN(const PgResult topics, connection_.Exec(range.SummarySql(), {}, kCountWithin));
  for (int i = 0; i < topics.rows(); ++i) {
    TopicSummary topic{.topic = std::string(topics.Text(i, 0)),
                       .from = std::string(topics.Text(i, 2)),
                       .to = std::string(topics.Text(i, 3))};
    if (!ParseNumber(topics.Text(i, 1), &topic.rows)) {
      return absl::InternalError("a count is not a number");
    }
    rows.total += topic.rows;
    rows.topics.push_back(std::move(topic));
  }
  rows.request.total = rows.total;
  return rows;
}

absl::StatusOr<std::int64_t> RequestDesk::Submit(const RepublishRequest& request) {
  RequestStore store(connection_, source_);
  absl::StatusOr<std::int64_t> id = request.id;
  if (request.id == 0) {
    id = store.Add(request);
  } else if (!request.active()) {
    if (absl::Status resumed = store.Resume(request.id); !resumed.ok()) id = resumed;
  }
  if (!absl::IsAlreadyExists(id.status())) return id;
  ASSIGN_OR_RETURN(const std::optional<RepublishRequest> active, store.Active());
  if (!active) return absl::UnavailableError("another republication has ended just now: try again");
  return absl::FailedPreconditionError(
      StrCat("republication ", active->id, " (", active->arguments,
             ") is under way, and a source has one at a time: wait for its end, or stop it with"
             " `outbox_relay republish --stop`"));
}

}  // namespace waybill::outbox_relay
