#include "outbox_relay/source/stream_loop.h"

#include <poll.h>

#include <algorithm>

#include "outbox_relay/base/parse_number.h"
#include "platform/faults/fault_point.h"
#include "platform/log/log.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr int kMessagesPerTurn = 2000;
constexpr absl::Duration kConfirmEvery = absl::Seconds(1);
constexpr absl::Duration kHorizonEvery = absl::Seconds(10);
constexpr absl::Duration kFinishWithin = absl::Seconds(5);
// A held row is offered again at least this often: what it waits for may make no noise.
constexpr absl::Duration kRetryHeld = absl::Milliseconds(20);
// Faster than this, rows are taken a pause's worth at a time: a wake-up of every thread on the way
// costs more than a row, and whoever writes at that pace has no use for the milliseconds.
constexpr std::uint64_t kBusyRows = 100;
constexpr absl::Duration kBusyWindow = absl::Milliseconds(10);
constexpr absl::Duration kBusyPause = absl::Milliseconds(5);
// Of a source without rows: enough not to pin the log, rare enough that the checkpoint's own log
// records don't keep an idle server busy.
constexpr Lsn kIdleBytes = 1 << 20;
constexpr Lsn kIdleLeastBytes = 64 << 10;
constexpr absl::Duration kIdleEvery = absl::Minutes(1);

// User-defined types, among them domains, whose own oids say nothing.
constexpr std::uint32_t kFirstUserType = 16384;

}  // namespace

StreamLoop::StreamLoop(Session& session, Checkpoint checkpoint, const Outbox& outbox,
                       std::unique_ptr<ReplicationStream> stream,
                       std::optional<AlreadyPublished> published)
    : session_(session),
      checkpoint_(std::move(checkpoint)),
      outbox_(outbox),
      stream_(std::move(stream)),
      feed_(session.source.mapping, session.publisher),
      progress_(checkpoint_.partial),
      published_(std::move(published)) {}

absl::Status StreamLoop::Run() {
  const absl::Status failed = StreamUntilStopped();
  const absl::Status finished = Finish();
  return failed.ok() ? finished : failed;
}

absl::Status StreamLoop::StreamUntilStopped() {
  while (!session_.stop.requested()) {
    RETURN_IF_ERROR(ReadSome());
    RETURN_IF_ERROR(session_.Pulse());
    RETURN_IF_ERROR(ConfirmIfDue(SteadyNow()));
    if (stream_->wants_write()) {
      RETURN_IF_ERROR(stream_->Flush());
    }
    if (IsBusy(SteadyNow())) session_.stop.WaitFor(kBusyPause);
    const short events =
        static_cast<short>((feed_.held() ? 0 : POLLIN) | (stream_->wants_write() ? POLLOUT : 0));
    session_.Wait(stream_->socket(), events, feed_.held() ? kRetryHeld : kConfirmEvery);
  }
  return absl::OkStatus();
}

bool StreamLoop::IsBusy(SteadyTime now) {
  const std::uint64_t taken = session_.publisher.taken();
  if (now >= busy_window_end_) {
    busy_ = taken - taken_at_window_ >= kBusyRows;
    taken_at_window_ = taken;
    busy_window_end_ = now + kBusyWindow;
  }
  return busy_ && all_read_;
}

absl::Status StreamLoop::ReadSome() {
  if (feed_.held()) {
    ASSIGN_OR_RETURN(const bool taken, feed_.Retry(decoder_.columns()));
    if (!taken) return absl::OkStatus();
  }
  all_read_ = false;
  for (int handled = 0, read_at = -1; handled < kMessagesPerTurn && !feed_.held();) {
    ASSIGN_OR_RETURN(const StreamMessage& message, stream_->Next());
    if (message.kind != StreamMessage::Kind::kNothing) {
      ++handled;
      RETURN_IF_ERROR(Handle(message));
      continue;
    }
    all_read_ = read_at == handled;
    if (all_read_) break;
    RETURN_IF_ERROR(stream_->Read());
    read_at = handled;
  }
  return absl::OkStatus();
}

absl::Status StreamLoop::Handle(const StreamMessage& message) {
  if (message.kind == StreamMessage::Kind::kData) return HandleData(message.data);
  if (!in_transaction_) session_.publisher.EndTransaction(message.sent_up_to);
  if (message.reply_requested) return stream_->Confirm(checkpoint_.confirmed);
  return absl::OkStatus();
}

absl::Status StreamLoop::HandleData(std::string_view data) {
  ASSIGN_OR_RETURN(const Change& change, decoder_.Decode(data));
  switch (change.kind) {
    case Change::Kind::kInsert:
      return HandleInsert(change);
    case Change::Kind::kBegin:
      in_transaction_ = true;
      skipping_ = IsPublished(change);
      progress_.Begin(change.lsn);
      session_.publisher.BeginTransaction(change.committed);
      return absl::OkStatus();
    case Change::Kind::kCommit:
      in_transaction_ = false;
      session_.publisher.EndTransaction(change.lsn);
      return absl::OkStatus();
    case Change::Kind::kRelation:
      return HandleRelation(*change.relation);
    case Change::Kind::kOther:
      break;
  }
  return absl::OkStatus();
}

absl::Status StreamLoop::HandleInsert(const Change& insert) {
  if (skipping_ || insert.relation != relation_) return absl::OkStatus();
  if (!progress_.IsNextPublished()) {
    RETURN_IF_ERROR(bound_);
    RETURN_IF_ERROR(feed_.Offer(decoder_.columns()).status());
  }
  progress_.CountRow();
  return absl::OkStatus();
}

bool StreamLoop::IsPublished(const Change& begin) {
  if (published_ && begin.lsn >= published_->until) published_.reset();
  return published_ && published_->snapshot.Saw(begin.xid);
}

absl::Status StreamLoop::HandleRelation(const RelationInfo& relation) {
  if (relation.schema != session_.source.schema || relation.table != session_.source.table) {
    return absl::OkStatus();
  }
  // The server describes a table anew when its publication has changed: to be noticed before the
  // rows that follow those it may have skipped.
  RETURN_IF_ERROR(CheckPublication());
  relation_ = &relation;
  std::vector<ColumnInfo> columns = relation.columns;
  for (ColumnInfo& column : columns) {
    if (column.type < kFirstUserType) continue;
    for (const ColumnInfo& known : outbox_.columns) {
      if (known.name == column.name) column.type = known.type;
    }
  }
  // A configuration that fits the table as it is now has to get past the rows, already published, of
  // the table as it was.
  bound_ = feed_.Bind(columns);
  return absl::OkStatus();
}

absl::Status StreamLoop::ConfirmIfDue(SteadyTime now) {
  if (now < next_confirm_) return absl::OkStatus();
  next_confirm_ = now + std::min(kConfirmEvery, session_.config.limits.lease / 4);
  Checkpoint progress = Progress();
  const Lsn ahead = progress.confirmed - checkpoint_.confirmed;
  const bool worked = session_.publisher.taken() != taken_at_store_;
  const bool due = progress.partial != checkpoint_.partial ||
                   (ahead > 0 && (worked || ahead >= kIdleBytes ||
                                  (ahead >= kIdleLeastBytes && now - last_store_ >= kIdleEvery)));
  if (!due) return stream_->Confirm(checkpoint_.confirmed);
  RETURN_IF_ERROR(ReachHorizon(&progress));
  RETURN_IF_ERROR(StoreAndConfirm(progress));
  return RenewHorizon();
}

Checkpoint StreamLoop::Progress() {
  const Publisher& publisher = session_.publisher;
  Checkpoint progress = checkpoint_;
  progress.confirmed = std::max(progress.confirmed, publisher.confirmed());
  progress_.Observe(publisher.next_number(), publisher.settled(), feed_.held());
  progress.partial = progress_.published();
  if (progress.partial.lsn < progress.confirmed) progress.partial = {};
  return progress;
}

absl::Status StreamLoop::StoreAndConfirm(const Checkpoint& progress) {
  faults::Point("outbox_relay.before_checkpoint");
  RETURN_IF_ERROR(session_.checkpoints.Advance(progress));
  faults::Point("outbox_relay.before_confirm");
  checkpoint_ = progress;
  session_.progressed = true;
  taken_at_store_ = session_.publisher.taken();
  last_store_ = SteadyNow();
  return stream_->Confirm(checkpoint_.confirmed);
}

absl::Status StreamLoop::ReachHorizon(Checkpoint* progress) {
  if (!horizon_ || progress->confirmed < horizon_->position) return absl::OkStatus();
  RETURN_IF_ERROR(CheckPublication());
  progress->horizon = std::max(progress->horizon, horizon_->xmin);
  horizon_.reset();
  return absl::OkStatus();
}

absl::Status StreamLoop::RenewHorizon() {
  if (horizon_ || last_store_ < next_horizon_) return absl::OkStatus();
  ASSIGN_OR_RETURN(horizon_, TakeHorizon());
  next_horizon_ = last_store_ + kHorizonEvery;
  // Kafka takes records, but there are too many for the stream: the next attempt reads the table.
  const auto behind = static_cast<std::int64_t>(horizon_->position - checkpoint_.confirmed);
  if (!WantsCatchUp(session_, behind)) return absl::OkStatus();
  return absl::AbortedError(
      StrCat("the stream is ", behind, " bytes behind: the next attempt catches up by copy"));
}

// The oldest running transaction first and the log's end after it: whatever ended before the first
// has its commit record before the second.
absl::StatusOr<StreamLoop::Horizon> StreamLoop::TakeHorizon() {
  ASSIGN_OR_RETURN(const PgResult xmin,
                   session_.control.Exec("SELECT pg_snapshot_xmin(pg_current_snapshot())"));
  ASSIGN_OR_RETURN(const PgResult position,
                   session_.control.Exec("SELECT pg_current_wal_insert_lsn()"));
  Horizon horizon;
  if (!ParseNumber(xmin.Text(0, 0), &horizon.xmin)) {
    return absl::InternalError("pg_snapshot_xmin is not a number");
  }
  ASSIGN_OR_RETURN(horizon.position, ParseLsn(position.Text(0, 0)));
  return horizon;
}

// A table that was taken out of the publication and added again has skipped rows without a word, as
// has a publication that for a while didn't publish inserts.
absl::Status StreamLoop::CheckPublication() {
  ASSIGN_OR_RETURN(const Outbox outbox, InspectOutbox(session_.control, session_.source));
  if (outbox.publication_oid == checkpoint_.publication_oid) return absl::OkStatus();
  return absl::FailedPreconditionError("the table's publication was made anew or altered");
}

absl::Status StreamLoop::Finish() {
  const SteadyTime deadline = SteadyNow() + kFinishWithin;
  absl::Status status;
  while (status.ok() && !session_.publisher.idle() && SteadyNow() < deadline) {
    session_.Wait(-1, 0, absl::Milliseconds(100));
    status = session_.Pulse();
  }
  const Checkpoint progress = Progress();
  if (progress.confirmed != checkpoint_.confirmed || progress.partial != checkpoint_.partial) {
    status.Update(StoreAndConfirm(progress));
  }
  return status;
}

}  // namespace waybill::outbox_relay
