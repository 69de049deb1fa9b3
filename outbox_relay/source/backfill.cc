#include "outbox_relay/source/backfill.h"

#include <poll.h>

#include "absl/strings/str_join.h"
#include "outbox_relay/base/parse_number.h"
#include "outbox_relay/source/copy_reader.h"
#include "outbox_relay/source/row_feed.h"
#include "platform/faults/fault_point.h"
#include "platform/log/log.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr absl::Duration kConnectTimeout = absl::Seconds(10);
constexpr absl::Duration kSayWaitingEvery = absl::Seconds(5);
constexpr int kRowsPerTurn = 1000;

absl::Status Stopped() { return absl::CancelledError("the relay is ending"); }

// Who keeps the slot from being created.
void LogWriters(PgConnection& control, const std::string& slot) {
  auto result = control.Exec(
      "SELECT coalesce(string_agg(pid::text, ', '), 'not visible to this role')"
      " FROM pg_stat_activity WHERE backend_xid IS NOT NULL");
  if (!result.ok()) return;
  log::Warn("the new slot waits for transactions to end",
            {{"slot", slot}, {"pids", result->Text(0, 0)}});
}

absl::StatusOr<NewSlot> CreateSlotPatiently(Session& session, PgConnection& replication,
                                            const std::string& name) {
  absl::Time say_at = absl::Now() + kSayWaitingEvery;
  return CreateSlot(replication, name, [&session, &name, &say_at]() -> absl::Status {
    if (session.stop.requested()) return Stopped();
    if (absl::Now() >= say_at) {
      LogWriters(session.control, name);
      say_at = absl::Now() + kSayWaitingEvery;
    }
    return session.Pulse();
  });
}

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

// A reader in the slot's snapshot. The horizon that holds once everything visible to it is
// published comes back in `*xmin`.
absl::StatusOr<PgConnection> OpenSnapshot(const SourceConfig& source, const std::string& snapshot,
                                          std::uint64_t* xmin) {
  absl::StatusOr<PgConnection> reader =
      PgConnection::Connect(source.conninfo, PgConnection::Kind::kSql, {}, kConnectTimeout);
  if (!reader.ok()) return reader.status();
  for (const std::string& sql : {std::string("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
                                 StrCat("SET TRANSACTION SNAPSHOT ", QuoteLiteral(snapshot))}) {
    if (auto done = reader->Exec(sql); !done.ok()) return done.status();
  }
  auto result = reader->Exec("SELECT pg_snapshot_xmin(pg_current_snapshot())");
  if (!result.ok()) return result.status();
  if (!ParseNumber(result->Text(0, 0), xmin)) return absl::InternalError("xmin");
  return reader;
}

absl::StatusOr<std::int64_t> PublishRows(Session& session, PgConnection& reader,
                                         const Outbox& outbox, const std::string& copy_sql) {
  RowFeed feed(session.source.mapping, session.publisher);
  if (absl::Status status = feed.Bind(outbox.columns); !status.ok()) return status;
  CopyReader copy(reader);
  if (absl::Status status = copy.Start(copy_sql, kConnectTimeout); !status.ok()) return status;
  std::int64_t rows = 0;
  for (bool ended = false; !ended || feed.held() || !session.publisher.idle();) {
    if (session.stop.requested()) return Stopped();
    if (feed.held()) {
      const absl::StatusOr<bool> taken = feed.Retry(copy.columns());
      if (!taken.ok()) return taken.status();
    }
    if (!ended && !feed.held()) {
      if (absl::Status status = copy.Read(); !status.ok()) return status;
    }
    for (int i = 0; i < kRowsPerTurn && !ended && !feed.held(); ++i) {
      const absl::StatusOr<CopyReader::Next> next = copy.NextRow();
      if (!next.ok()) return next.status();
      if (*next == CopyReader::Next::kNothing) break;
      ended = *next == CopyReader::Next::kEnd;
      if (ended) break;
      ++rows;
      faults::Point("outbox_relay.backfill_row");
      if (absl::Status status = feed.Offer(copy.columns()).status(); !status.ok()) return status;
    }
    if (absl::Status status = session.Pulse(); !status.ok()) return status;
    session.Wait(ended || feed.held() ? -1 : reader.socket(), POLLIN,
                 feed.held() ? absl::Milliseconds(20) : absl::Seconds(1));
  }
  return rows;
}

}  // namespace

absl::StatusOr<Checkpoint> Backfill(Session& session, const Outbox& outbox,
                                    const std::string& slot_name, std::uint64_t horizon) {
  absl::StatusOr<PgConnection> replication = PgConnection::Connect(
      session.source.conninfo, PgConnection::Kind::kReplication, {}, kConnectTimeout);
  if (!replication.ok()) return replication.status();
  absl::StatusOr<NewSlot> slot = CreateSlotPatiently(session, *replication, slot_name);
  if (!slot.ok()) return slot.status();
  faults::Point("outbox_relay.slot_created");
  Checkpoint checkpoint{.slot = slot_name,
                        .confirmed = slot->consistent_point,
                        .horizon = 0,
                        .system_identifier = session.system_identifier,
                        .publication_oid = outbox.publication_oid};
  absl::StatusOr<PgConnection> reader =
      OpenSnapshot(session.source, slot->snapshot, &checkpoint.horizon);
  if (!reader.ok()) return reader.status();
  const absl::StatusOr<std::int64_t> rows =
      PublishRows(session, *reader, outbox, CopySql(session.source, outbox, horizon));
  if (!rows.ok()) return rows.status();
  faults::Point("outbox_relay.backfill_published");
  if (absl::Status status = session.checkpoints.Replace(checkpoint); !status.ok()) return status;
  log::Info("backfill done",
            {{"source", session.source.name}, {"slot", slot_name}, {"rows", *rows}});
  return checkpoint;
}

}  // namespace waybill::outbox_relay
