#include "outbox_relay/source/table_copy.h"

#include <poll.h>

#include "absl/strings/str_join.h"
#include "outbox_relay/source/copy_reader.h"
#include "outbox_relay/source/row_feed.h"
#include "platform/faults/fault_point.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(10);
constexpr int kRowsPerTurn = 1000;
constexpr absl::Duration kRetryHeld = absl::Milliseconds(20);

std::string CopySql(const SourceConfig& source, const Outbox& outbox, std::uint64_t horizon) {
  std::vector<std::string> names;
  for (const ColumnInfo& column : outbox.columns) names.push_back(QuoteIdentifier(column.name));
  std::string sql = StrCat("COPY (SELECT ", absl::StrJoin(names, ", "), " FROM ",
                           QuoteIdentifier(source.schema), ".", QuoteIdentifier(source.table));
  if (!source.mapping.tx.empty()) {
    StrAppend(&sql, " WHERE ", QuoteIdentifier(source.mapping.tx), " >= '", horizon, "'::xid8");
  }
  if (!source.mapping.order.empty()) {
    StrAppend(&sql, " ORDER BY ", QuoteIdentifier(source.mapping.order));
  }
  return StrCat(sql, ") TO STDOUT (FORMAT binary)");
}

enum class Turn { kMore, kAllRead, kEnded };

// Offers rows. Reads only when nothing is left of what was read before: libpq keeps all it reads.
absl::StatusOr<Turn> OfferSome(CopyReader& copy, RowFeed& feed, std::int64_t* rows) {
  for (int offered = 0, read_at = -1; offered < kRowsPerTurn && !feed.held();) {
    ASSIGN_OR_RETURN(const CopyReader::Next next, copy.NextRow());
    if (next == CopyReader::Next::kEnd) return Turn::kEnded;
    if (next == CopyReader::Next::kNothing) {
      if (read_at == offered) return Turn::kAllRead;
      RETURN_IF_ERROR(copy.Read());
      read_at = offered;
      continue;
    }
    ++offered;
    ++*rows;
    faults::Point("outbox_relay.backfill_row");
    RETURN_IF_ERROR(feed.Offer(copy.columns()).status());
  }
  return Turn::kMore;
}

}  // namespace

absl::StatusOr<TableCopy> TableCopy::Open(const SourceConfig& source, const std::string& exported) {
  // Where the order has an index, reading along it needs no room for a sort, and begins at once.
  ASSIGN_OR_RETURN(PgConnection reader,
                   PgConnection::Connect(source.conninfo, PgConnection::Kind::kSql,
                                         {{"enable_sort", "off"}}, kTimeout));
  std::vector<std::string> statements = {"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"};
  if (!exported.empty()) {
    statements.push_back(StrCat("SET TRANSACTION SNAPSHOT ", QuoteLiteral(exported)));
  }
  for (const std::string& sql : statements) {
    RETURN_IF_ERROR(reader.Exec(sql).status());
  }
  ASSIGN_OR_RETURN(const PgResult result, reader.Exec("SELECT pg_current_snapshot()"));
  TableCopy copy(std::move(reader));
  ASSIGN_OR_RETURN(copy.snapshot_, Snapshot::Parse(result.Text(0, 0)));
  return copy;
}

absl::StatusOr<std::int64_t> TableCopy::Publish(Session& session, const Outbox& outbox,
                                                std::uint64_t horizon) {
  RowFeed feed(session.source.mapping, session.publisher);
  RETURN_IF_ERROR(feed.Bind(outbox.columns));
  CopyReader copy(reader_);
  RETURN_IF_ERROR(copy.Start(CopySql(session.source, outbox, horizon), kTimeout));
  std::int64_t rows = 0;
  Turn turn = Turn::kMore;
  while (turn != Turn::kEnded || feed.held() || !session.publisher.idle()) {
    if (session.stop.requested()) return absl::CancelledError("the relay is ending");
    if (feed.held()) {
      RETURN_IF_ERROR(feed.Retry(copy.columns()).status());
    }
    if (turn != Turn::kEnded && !feed.held()) {
      ASSIGN_OR_RETURN(turn, OfferSome(copy, feed, &rows));
    }
    RETURN_IF_ERROR(session.Pulse());
    if (feed.held()) {
      session.Wait(-1, 0, kRetryHeld);
    } else if (turn != Turn::kMore) {
      session.Wait(turn == Turn::kEnded ? -1 : reader_.socket(), POLLIN, absl::Seconds(1));
    }
  }
  return rows;
}

std::string OpenWriters(PgConnection& connection) {
  auto result = connection.Exec(
      "SELECT coalesce(string_agg(pid::text, ', '), 'not visible to this role')"
      " FROM pg_stat_activity WHERE backend_xid IS NOT NULL");
  return result.ok() ? std::string(result->Text(0, 0)) : "";
}

}  // namespace waybill::outbox_relay
