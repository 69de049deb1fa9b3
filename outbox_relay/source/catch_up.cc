#include "outbox_relay/source/catch_up.h"

#include <algorithm>

#include "outbox_relay/base/steady_time.h"
#include "outbox_relay/base/wal_position.h"
#include "outbox_relay/source/open_transactions.h"
#include "outbox_relay/source/slots.h"
#include "outbox_relay/source/start_plan.h"
#include "outbox_relay/source/table_copy.h"
#include "outbox_relay/watch/slot_health.h"
#include "platform/faults/fault_point.h"
#include "platform/log/log.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr absl::Duration kConnectTimeout = absl::Seconds(10);
constexpr absl::Duration kWaitForWriters = absl::Seconds(30);
constexpr absl::Duration kLookAtWriters = absl::Milliseconds(50);
// The server skips some two million rows per second; a slot far behind takes its time.
constexpr absl::Duration kMoveSlotWithin = absl::Hours(1);

absl::StatusOr<Snapshot> CurrentSnapshot(PgConnection& connection) {
  ASSIGN_OR_RETURN(const PgResult result, connection.Exec("SELECT pg_current_snapshot()"));
  return Snapshot::Parse(result.Text(0, 0));
}

absl::StatusOr<bool> IsFarBehind(Session& session) {
  ASSIGN_OR_RETURN(const SlotHealth health, ReadSlotHealth(session.control, session.source));
  return WantsCatchUp(session, health.lag_bytes);
}

// True once every transaction that has begun to write by now has ended; false if one doesn't.
absl::StatusOr<bool> AwaitWriters(Session& session) {
  ASSIGN_OR_RETURN(Snapshot now, CurrentSnapshot(session.control));
  const std::uint64_t everything_below = now.xmax;
  const SteadyTime deadline = SteadyNow() + kWaitForWriters;
  for (bool told = false; now.xmin < everything_below; told = true) {
    if (SteadyNow() >= deadline) return false;
    if (session.stop.WaitFor(kLookAtWriters)) return absl::CancelledError("the relay is ending");
    if (!told) {
      log::Info(
          "the catch-up waits for transactions to end",
          {{"source", session.source.name}, {"open", DescribeOpenTransactions(session.control)}});
    }
    RETURN_IF_ERROR(session.Pulse());
    ASSIGN_OR_RETURN(now, CurrentSnapshot(session.control));
  }
  return true;
}

// Publishes the rows that the checkpoint doesn't know as published; returns how many.
absl::StatusOr<std::int64_t> PublishFrom(const Checkpoint& from, Session& session,
                                         const Outbox& outbox, TableCopy& copy) {
  ASSIGN_OR_RETURN(const CopyOrder order, FindCopyOrder(session.control, session.source));
  ASSIGN_OR_RETURN(
      const std::int64_t rows,
      copy.Publish(session, outbox,
                   {.since = from.horizon, .order = order, .restored = from.restored}));
  faults::Point("outbox_relay.backfill_published");
  return rows;
}

absl::Status MoveSlot(Session& session, const std::string& slot, Lsn position) {
  ASSIGN_OR_RETURN(PgConnection connection,
                   PgConnection::Connect(session.source.conninfo.Get(), PgConnection::Kind::kSql,
                                         {}, kConnectTimeout));
  // What a dead relay left streaming: this one is the leader.
  RETURN_IF_ERROR(EvictStreamer(session.control, slot));
  const std::string sql = StrCat("SELECT pg_replication_slot_advance(", QuoteLiteral(slot), ", '",
                                 FormatLsn(position), "')");
  return session.QueryPatiently(connection, sql, kMoveSlotWithin).status();
}

}  // namespace

bool WantsCatchUp(const Session& session, std::int64_t bytes_behind) {
  const std::int64_t limit = session.config.limits.catch_up_bytes;
  const RowMapping& mapping = session.source.mapping;
  return limit != 0 && bytes_behind >= limit && !mapping.tx.empty() && !mapping.order.empty() &&
         session.source.rows_are_kept && !session.catch_up_given_up;
}

absl::StatusOr<std::optional<CaughtUp>> CatchUp(Session& session, const Outbox& outbox,
                                                const Checkpoint& from) {
  ASSIGN_OR_RETURN(const bool far_behind, IsFarBehind(session));
  if (!far_behind) return std::optional<CaughtUp>();
  if (!HasItsPartitions(from, outbox)) {
    log::Warn("the relay streams its backlog: a partition that may have unpublished rows is gone",
              {{"source", session.source.name}, {"slot", from.slot}});
    session.catch_up_given_up = true;
    return std::optional<CaughtUp>();
  }
  if (const absl::Status readable = CheckReadable(session.control, session.source, outbox);
      absl::IsFailedPrecondition(readable)) {
    log::Warn("the relay streams its backlog: it can't catch up by copy",
              {{"source", session.source.name}, {"error", readable.message()}});
    session.catch_up_given_up = true;
    return std::optional<CaughtUp>();
  }
  ASSIGN_OR_RETURN(const Lsn position, InsertPosition(session.control));
  ASSIGN_OR_RETURN(const bool writers_ended, AwaitWriters(session));
  if (!writers_ended) {
    log::Warn(
        "the relay abandons the catch-up by copy: transactions stay open",
        {{"source", session.source.name}, {"open", DescribeOpenTransactions(session.control)}});
    session.catch_up_given_up = true;
    return std::optional<CaughtUp>();
  }
  ASSIGN_OR_RETURN(TableCopy copy, TableCopy::Open(session.source, ""));
  ASSIGN_OR_RETURN(const Lsn until, InsertPosition(session.control));
  log::Info("the catch-up by copy starts", {{"source", session.source.name}, {"slot", from.slot}});
  ASSIGN_OR_RETURN(const std::int64_t rows, PublishFrom(from, session, outbox, copy));
  CaughtUp caught_up{.checkpoint = from, .published = {copy.snapshot(), until}};
  Checkpoint& checkpoint = caught_up.checkpoint;
  checkpoint.confirmed = std::max(from.confirmed, position);
  checkpoint.horizon = std::max(from.horizon, copy.snapshot().xmin);
  checkpoint.partial = {};
  RETURN_IF_ERROR(session.checkpoints.Advance(checkpoint));
  faults::Point("outbox_relay.before_slot_moves");
  RETURN_IF_ERROR(MoveSlot(session, from.slot, checkpoint.confirmed));
  log::Info("the catch-up by copy is complete",
            {{"source", session.source.name}, {"slot", from.slot}, {"rows", rows}});
  return std::optional(std::move(caught_up));
}

absl::StatusOr<Checkpoint> CopyMissedRows(Session& session, const Outbox& outbox,
                                          const Checkpoint& from) {
  ASSIGN_OR_RETURN(const Lsn position, InsertPosition(session.control));
  ASSIGN_OR_RETURN(const bool writers_ended, AwaitWriters(session));
  if (!writers_ended) {
    return absl::AbortedError(
        StrCat("rows that the log lacks can't be read while transactions stay open: ",
               DescribeOpenTransactions(session.control)));
  }
  ASSIGN_OR_RETURN(TableCopy copy, TableCopy::Open(session.source, ""));
  ASSIGN_OR_RETURN(const std::int64_t rows, PublishFrom(from, session, outbox, copy));
  Checkpoint checkpoint = from;
  checkpoint.horizon = std::max(from.horizon, copy.snapshot().xmin);
  checkpoint.partial = {};
  checkpoint.publication_oid = outbox.publication_oid;
  checkpoint.table_oid = outbox.table_oid;
  for (const auto& [partition, storage] : outbox.partitions) {
    checkpoint.partitions[partition] = storage;
  }
  RETURN_IF_ERROR(session.checkpoints.Replace(checkpoint));
  session.table_read_at = position;
  log::Info("the rows that the log may lack are published from the table",
            {{"source", session.source.name}, {"slot", from.slot}, {"rows", rows}});
  return checkpoint;
}

}  // namespace waybill::outbox_relay
