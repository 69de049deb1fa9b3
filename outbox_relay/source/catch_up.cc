#include "outbox_relay/source/catch_up.h"

#include <poll.h>

#include <algorithm>

#include "outbox_relay/source/table_copy.h"
#include "outbox_relay/watch/slot_health.h"
#include "platform/faults/fault_point.h"
#include "platform/log/log.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr absl::Duration kConnectTimeout = absl::Seconds(10);
constexpr absl::Duration kWaitForWriters = absl::Seconds(30);
constexpr absl::Duration kLookAtWriters = absl::Milliseconds(50);
// Two million rows a second or so; a slot far behind takes its time.
constexpr absl::Duration kMoveSlotWithin = absl::Hours(1);

absl::StatusOr<Lsn> InsertPosition(PgConnection& connection) {
  auto result = connection.Exec("SELECT pg_current_wal_insert_lsn()");
  if (!result.ok()) return result.status();
  return ParseLsn(result->Text(0, 0));
}

absl::StatusOr<Snapshot> CurrentSnapshot(PgConnection& connection) {
  auto result = connection.Exec("SELECT pg_current_snapshot()");
  if (!result.ok()) return result.status();
  return Snapshot::Parse(result->Text(0, 0));
}

absl::StatusOr<bool> IsFarBehind(Session& session) {
  const absl::StatusOr<SlotHealth> health = ReadSlotHealth(session.control, session.source);
  if (!health.ok()) return health.status();
  return WantsCatchUp(session, health->lag_bytes);
}

// True once every transaction that has begun to write by now has ended; false if one doesn't.
absl::StatusOr<bool> AwaitWriters(Session& session) {
  absl::StatusOr<Snapshot> now = CurrentSnapshot(session.control);
  if (!now.ok()) return now.status();
  const std::uint64_t everything_below = now->xmax;
  const absl::Time deadline = absl::Now() + kWaitForWriters;
  for (bool told = false; now->xmin < everything_below; told = true) {
    if (absl::Now() >= deadline) {
      log::Warn("no catch-up by copy: transactions stay open",
                {{"source", session.source.name}, {"pids", OpenWriters(session.control)}});
      return false;
    }
    if (session.stop.WaitFor(kLookAtWriters)) return absl::CancelledError("the relay is ending");
    if (!told) {
      log::Info("catch-up waits for transactions to end",
                {{"source", session.source.name}, {"pids", OpenWriters(session.control)}});
    }
    if (absl::Status status = session.Pulse(); !status.ok()) return status;
    now = CurrentSnapshot(session.control);
    if (!now.ok()) return now.status();
  }
  return true;
}

absl::Status MoveSlot(Session& session, const std::string& slot, Lsn position) {
  absl::StatusOr<PgConnection> connection =
      PgConnection::Connect(session.source.conninfo, PgConnection::Kind::kSql, {}, kConnectTimeout);
  if (!connection.ok()) return connection.status();
  // What a dead relay left streaming: this one is the leader.
  if (absl::Status status = EvictStreamer(session.control, slot); !status.ok()) return status;
  const std::string sql = StrCat("SELECT pg_replication_slot_advance(", QuoteLiteral(slot), ", '",
                                 FormatLsn(position), "')");
  if (PQsendQuery(connection->get(), sql.c_str()) == 0) return connection->Broken(sql);
  const absl::Time deadline = absl::Now() + kMoveSlotWithin;
  while (PQisBusy(connection->get())) {
    if (session.stop.requested()) return absl::CancelledError("the relay is ending");
    if (absl::Now() >= deadline) return absl::UnavailableError(StrCat("no answer to: ", sql));
    if (absl::Status status = session.Pulse(); !status.ok()) return status;
    session.Wait(connection->socket(), POLLIN, absl::Seconds(1));
    if (PQflush(connection->get()) < 0 || PQconsumeInput(connection->get()) == 0) {
      return connection->Broken(sql);
    }
  }
  PgResult result(PQgetResult(connection->get()));
  if (result.status() == PGRES_TUPLES_OK) return absl::OkStatus();
  return absl::AbortedError(StrCat(sql, ": ", PQresultErrorMessage(result.get())));
}

}  // namespace

bool WantsCatchUp(const Session& session, std::int64_t bytes_behind) {
  const std::int64_t limit = session.config.limits.catch_up_bytes;
  const RowMapping& mapping = session.source.mapping;
  return limit != 0 && bytes_behind >= limit && !mapping.tx.empty() && !mapping.order.empty() &&
         !session.catch_up_given_up;
}

absl::StatusOr<std::optional<CaughtUp>> CatchUp(Session& session, const Outbox& outbox,
                                                const Checkpoint& from) {
  const absl::StatusOr<bool> far_behind = IsFarBehind(session);
  if (!far_behind.ok()) return far_behind.status();
  if (!*far_behind) return std::optional<CaughtUp>();
  const absl::StatusOr<Lsn> position = InsertPosition(session.control);
  if (!position.ok()) return position.status();
  const absl::StatusOr<bool> writers_ended = AwaitWriters(session);
  if (!writers_ended.ok()) return writers_ended.status();
  if (!*writers_ended) {
    session.catch_up_given_up = true;
    return std::optional<CaughtUp>();
  }
  absl::StatusOr<TableCopy> copy = TableCopy::Open(session.source, "");
  if (!copy.ok()) return copy.status();
  const absl::StatusOr<Lsn> until = InsertPosition(session.control);
  if (!until.ok()) return until.status();
  log::Info("catch-up by copy", {{"source", session.source.name}, {"slot", from.slot}});
  const absl::StatusOr<std::int64_t> rows = copy->Publish(session, outbox, from.horizon);
  if (!rows.ok()) return rows.status();
  faults::Point("outbox_relay.backfill_published");
  CaughtUp caught_up{.checkpoint = from, .published = {copy->snapshot(), *until}};
  Checkpoint& checkpoint = caught_up.checkpoint;
  checkpoint.confirmed = std::max(from.confirmed, *position);
  checkpoint.horizon = std::max(from.horizon, copy->snapshot().xmin);
  if (absl::Status status =
          session.checkpoints.Advance(from.slot, checkpoint.confirmed, checkpoint.horizon);
      !status.ok()) {
    return status;
  }
  faults::Point("outbox_relay.before_slot_moves");
  if (absl::Status status = MoveSlot(session, from.slot, checkpoint.confirmed); !status.ok()) {
    return status;
  }
  log::Info("caught up by copy", {{"source", session.source.name}, {"rows", *rows}});
  return std::optional(std::move(caught_up));
}

}  // namespace waybill::outbox_relay
