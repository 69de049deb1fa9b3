#include "outbox_relay/source/table_copy.h"

#include <poll.h>

#include "absl/strings/str_join.h"
#include "outbox_relay/base/steady_time.h"
#include "outbox_relay/base/utf8.h"
#include "outbox_relay/source/copy_reader.h"
#include "outbox_relay/source/mapped_columns.h"
#include "outbox_relay/source/row_feed.h"
#include "outbox_relay/source/row_mapper.h"
#include "platform/faults/fault_point.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(10);
// The server reads some two million rows per second.
constexpr absl::Duration kFindRestoredWithin = absl::Hours(1);
constexpr int kRowsPerTurn = 1000;
constexpr absl::Duration kRetryHeld = absl::Milliseconds(20);
constexpr absl::Duration kStoreEvery = absl::Seconds(2);
constexpr char kInsufficientPrivilege[] = "42501";

// The last column is the row's position, as text.
std::string SelectSql(const SourceConfig& source, const Outbox& outbox, const CopyRange& range) {
  return StrCat("SELECT ", CopyList(CopiedColumns(source.mapping, outbox.columns)), ", ",
                PositionSql(range.order), " FROM ", QuoteTable(source.schema, source.table),
                WhereSql(source, range), OrderSql(source, range.order));
}

// With row_security = off PostgreSQL refuses to read what a policy filters.
absl::Status SayWhatToGrant(const SourceConfig& source, const absl::Status& status) {
  if (SqlState(status) != kInsufficientPrivilege) return status;
  const std::string table = QuoteTable(source.schema, source.table);
  return absl::FailedPreconditionError(
      StrCat("the relay's role may not read every row of ", table, ": GRANT SELECT ON ", table,
             " TO the role; with row-level security, ALTER ROLE the role BYPASSRLS",
             " or ALTER TABLE ", table, " DISABLE ROW LEVEL SECURITY: ", ToStd(status.message())));
}

// From now on nobody renames or drops the table while it is read.
absl::Status Pin(PgConnection& reader, const SourceConfig& source, const Outbox& outbox) {
  const std::string table = QuoteTable(source.schema, source.table);
  RETURN_IF_ERROR(reader.Exec(StrCat("SELECT FROM ", table, " LIMIT 0")).status());
  ASSIGN_OR_RETURN(const PgResult result, reader.Exec("SELECT to_regclass($1)::oid", {table}));
  if (result.Text(0, 0) == StrCat(outbox.table_oid)) return absl::OkStatus();
  return absl::AbortedError(StrCat("another table has become ", table, " meanwhile"));
}

enum class Turn { kMore, kAllRead, kEnded };

// Offers rows. Reads only when nothing is left of what was read before: libpq keeps all it reads.
absl::StatusOr<Turn> OfferSome(CopyReader& copy, RowFeed& feed, CopyProgress* progress) {
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
    ++progress->rows;
    progress->position = copy.columns().back().data;
    faults::Point("outbox_relay.backfill_row");
    RETURN_IF_ERROR(feed.Offer(copy.columns()).status());
  }
  return Turn::kMore;
}

// The condition that no later row has a smaller number in the order's column: the number comes from a
// sequence. One that only grows within a key says nothing of rows that other keys get later.
std::string GrowsOverTheTable(const SourceConfig& source) {
  return StrCat(
      "EXISTS (SELECT FROM pg_attribute a"
      " LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)"
      " WHERE a.attrelid = ",
      QuoteLiteral(QuoteTable(source.schema, source.table)),
      "::regclass AND a.attname = ", QuoteLiteral(source.mapping.order),
      " AND (a.attidentity <> '' OR pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%'))");
}

}  // namespace

absl::StatusOr<TableCopy> TableCopy::Open(const SourceConfig& source, const std::string& exported) {
  // Where the order has an index, reading along it needs no room for a sort, and begins at once.
  // Without parallel workers, and without the other end of a scan that another session has begun, a
  // table that isn't sorted is read from the beginning of its file to the end.
  ASSIGN_OR_RETURN(PgConnection reader,
                   PgConnection::Connect(source.conninfo.Get(), PgConnection::Kind::kSql,
                                         {{"enable_sort", "off"},
                                          {"max_parallel_workers_per_gather", "0"},
                                          {"synchronize_seqscans", "off"},
                                          {"datestyle", "ISO"}},
                                         kTimeout));
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
                                                const CopyRange& range,
                                                const StoreProgress& store) {
  RowFeed feed(session.source.mapping, reader_.server_encoding(), session.publisher);
  RETURN_IF_ERROR(feed.Bind(CopiedColumns(session.source.mapping, outbox.columns)));
  RETURN_IF_ERROR(Pin(reader_, session.source, outbox));
  if (!range.order.sorted) {
    RETURN_IF_ERROR(reader_.Exec("SET LOCAL enable_indexscan = off").status());
  }
  CopyReader copy(reader_);
  RETURN_IF_ERROR(
      SayWhatToGrant(session.source,
                     copy.Start(StrCat(kRawText, "COPY (", SelectSql(session.source, outbox, range),
                                       ") TO STDOUT (FORMAT binary)"),
                                kTimeout)));
  CopyProgress progress;
  Utf8Converter to_utf8(reader_.server_encoding());
  SteadyTime store_at = SteadyNow() + kStoreEvery;
  Turn turn = Turn::kMore;
  while (turn != Turn::kEnded || feed.held() || !session.publisher.idle()) {
    if (session.stop.requested()) return absl::CancelledError("the relay is ending");
    if (feed.held()) {
      RETURN_IF_ERROR(feed.Retry(copy.columns()).status());
    }
    // A position can be stored once everything before it is acknowledged.
    const bool pausing = store && SteadyNow() >= store_at && !progress.position.empty();
    if (pausing && !feed.held() && session.publisher.idle()) {
      std::string utf8;
      std::string_view position = progress.position;
      // A position that can't be stored as text leaves the last one in its place.
      if (to_utf8.Convert(progress.position, &utf8, &position)) {
        RETURN_IF_ERROR(store({.rows = progress.rows, .position = std::string(position)}));
      }
      store_at = SteadyNow() + kStoreEvery;
      continue;
    }
    if (turn != Turn::kEnded && !feed.held() && !pausing) {
      ASSIGN_OR_RETURN(turn, OfferSome(copy, feed, &progress));
    }
    session.row_held = feed.held();
    RETURN_IF_ERROR(session.Pulse());
    if (feed.held()) {
      session.Wait(-1, 0, kRetryHeld);
    } else if (pausing || turn != Turn::kMore) {
      const bool reading = !pausing && turn != Turn::kEnded;
      session.Wait(reading ? reader_.socket() : -1, POLLIN, absl::Seconds(1));
    }
  }
  return progress.rows;
}

absl::StatusOr<RestoredRows> TableCopy::FindRestored(Session& session) {
  const SourceConfig& source = session.source;
  if (source.mapping.tx.empty() || source.mapping.order.empty()) return RestoredRows();
  const std::string order = StrCat("o.", QuoteIdentifier(source.mapping.order));
  const std::string sql = StrCat(
      "SELECT ", order, "::text FROM ", QuoteTable(source.schema, source.table), " o WHERE o.",
      QuoteIdentifier(source.mapping.tx), " >= '", snapshot_.xmax, "'::xid8 AND ", order,
      " IS NOT NULL AND ", GrowsOverTheTable(source), " ORDER BY ", order, " DESC LIMIT 1");
  ASSIGN_OR_RETURN(const PgResult last, session.QueryPatiently(reader_, sql, kFindRestoredWithin));
  if (last.rows() == 0) return RestoredRows();
  return RestoredRows{.tx = snapshot_.xmax, .until = std::string(last.Text(0, 0))};
}

absl::Status CheckReadable(PgConnection& connection, const SourceConfig& source,
                           const Outbox& outbox) {
  RETURN_IF_ERROR(RowMapper(source.mapping).Bind(outbox.columns));
  ASSIGN_OR_RETURN(const CopyOrder order, FindCopyOrder(connection, source));
  const absl::Status status = SayWhatToGrant(
      source,
      connection.Exec(StrCat("EXPLAIN ", SelectSql(source, outbox, {.order = order}))).status());
  // Class 42: a column of the order or of the transaction is missing, or may not be read.
  return SqlState(status).starts_with("42") ? absl::FailedPreconditionError(status.message())
                                            : status;
}

}  // namespace waybill::outbox_relay
