#include "outbox_relay/source/stream_loop.h"

#include <poll.h>

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "outbox_relay/source/mapped_columns.h"
#include "outbox_relay/source/partition_ancestors.h"
#include "outbox_relay/source/slots.h"
#include "outbox_relay/source/start_plan.h"
#include "outbox_relay/source/table_columns.h"
#include "platform/faults/fault_point.h"
#include "platform/log/log.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr int kMessagesPerTurn = 2000;
constexpr absl::Duration kConfirmEvery = absl::Seconds(1);
constexpr absl::Duration kHorizonEvery = absl::Seconds(10);
constexpr absl::Duration kCheckEvery = absl::Seconds(4);
constexpr absl::Duration kFinishWithin = absl::Seconds(5);
// A held row is offered again at least this often: what it waits for may make no noise.
constexpr absl::Duration kRetryHeld = absl::Milliseconds(20);
// Rows gather in the stream while a request to Kafka is in flight, but no longer than this: with a
// slow broker, requests overlap.
constexpr absl::Duration kGatherAtMost = absl::Milliseconds(10);
// The more rows came at once, the longer the next ones gather: a request, and a wake-up of every
// thread on the way, costs more than a row. A lone row is not delayed.
constexpr absl::Duration kPausePerRow = absl::Microseconds(250);
constexpr absl::Duration kLongestPause = absl::Milliseconds(5);
// Of a source without rows: enough not to pin the log, rare enough that the checkpoint's own log
// records don't keep an idle server busy.
constexpr Lsn kIdleBytes = 1 << 20;
constexpr Lsn kIdleLeastBytes = 64 << 10;
constexpr absl::Duration kIdleEvery = absl::Minutes(1);

// At a row that was inserted while there was no such publication, pgoutput reports undefined_object.
bool CantBeReadOn(const absl::Status& status) {
  return absl::IsUnavailable(status) && SqlState(status) == "42704";
}

}  // namespace

StreamLoop::StreamLoop(Session& session, Checkpoint checkpoint, const Outbox& outbox,
                       std::unique_ptr<ReplicationStream> stream,
                       std::optional<AlreadyPublished> published)
    : session_(session),
      checkpoint_(std::move(checkpoint)),
      outbox_(outbox),
      stream_(std::move(stream)),
      decoder_(session.control.server_encoding()),
      feed_(session.source.mapping, session.control.server_encoding(), session.publisher),
      progress_(checkpoint_.partial),
      published_(std::move(published)) {}

absl::Status StreamLoop::Run() {
  const absl::Status failed = StreamUntilStopped();
  const absl::Status finished = Finish();
  if (failed.ok()) return finished;
  return CantBeReadOn(failed) ? EndOfSlot(failed) : failed;
}

absl::Status StreamLoop::Drain(Lsn end) {
  end_ = end;
  const absl::Status failed = StreamUntilStopped();
  Finish().IgnoreError();
  session_.publisher.LeaveTransaction();
  if (!failed.ok() && !CantBeReadOn(failed)) return failed;
  if (session_.stop.requested()) return absl::CancelledError("the relay is ending");
  if (session_.publisher.idle()) return absl::OkStatus();
  return absl::UnavailableError("Kafka has not acknowledged every row of the former table");
}

absl::Status StreamLoop::EndOfSlot(const absl::Status& cause) {
  if (!session_.publisher.idle()) return cause;
  RETURN_IF_ERROR(DropSlot(session_.control, checkpoint_.slot));
  return absl::FailedPreconditionError(
      StrCat("rows were inserted while there was no publication, and the slot can't be read past"
             " them: it is dropped, and the next attempt publishes from the table: ",
             ToStd(cause.message())));
}

absl::Status StreamLoop::StreamUntilStopped() {
  while (!session_.stop.requested() && (!end_ || read_up_to_ < *end_)) {
    const absl::Duration gather = LeftToGather(SteadyNow());
    if (gather <= absl::ZeroDuration()) RETURN_IF_ERROR(ReadSome());
    session_.row_held = feed_.held();
    RETURN_IF_ERROR(session_.Pulse());
    RETURN_IF_ERROR(CheckTableIfDue(SteadyNow()));
    session_.leadership.Published(session_.publisher.confirmed());
    RETURN_IF_ERROR(ConfirmIfDue(SteadyNow()));
    if (stream_->wants_write()) {
      RETURN_IF_ERROR(stream_->Flush());
    }
    Await();
  }
  return absl::OkStatus();
}

absl::Duration StreamLoop::LeftToGather(SteadyTime now) const {
  // What is behind is read as fast as it comes.
  if (!all_read_ || feed_.held()) return absl::ZeroDuration();
  const SteadyTime until = session_.publisher.idle() ? gather_until_ : gather_at_most_until_;
  return until - now;
}

void StreamLoop::Await() {
  const absl::Duration gather = LeftToGather(SteadyNow());
  const bool reads = gather <= absl::ZeroDuration() && !feed_.held();
  const short events =
      static_cast<short>((reads ? POLLIN : 0) | (stream_->wants_write() ? POLLOUT : 0));
  absl::Duration longest = feed_.held() ? kRetryHeld : kConfirmEvery;
  if (gather > absl::ZeroDuration()) {
    // Only a pause is left, which may be a fraction of a millisecond, unlike the time-outs of poll(2).
    if (session_.publisher.idle()) return absl::SleepFor(gather);
    longest = gather;
  }
  session_.Wait(stream_->socket(), events, longest);
}

absl::Status StreamLoop::ReadSome() {
  if (feed_.held()) {
    ASSIGN_OR_RETURN(const bool taken, feed_.Retry(decoder_.columns()));
    if (!taken) return absl::OkStatus();
  }
  all_read_ = false;
  const std::uint64_t taken_before = session_.publisher.taken();
  for (int handled = 0, read_at = -1; handled < kMessagesPerTurn && !feed_.held();) {
    ASSIGN_OR_RETURN(const StreamMessage& message, stream_->Next());
    if (message.kind != StreamMessage::Kind::kNothing) {
      ++handled;
      heard_ = true;
      RETURN_IF_ERROR(Handle(message));
      continue;
    }
    all_read_ = read_at == handled;
    if (all_read_) break;
    RETURN_IF_ERROR(stream_->Read());
    read_at = handled;
  }
  const std::uint64_t rows = session_.publisher.taken() - taken_before;
  if (rows == 0) return absl::OkStatus();
  const SteadyTime now = SteadyNow();
  gather_until_ = now + std::min(kLongestPause, static_cast<std::int64_t>(rows - 1) * kPausePerRow);
  gather_at_most_until_ = now + kGatherAtMost;
  return absl::OkStatus();
}

absl::Status StreamLoop::Handle(const StreamMessage& message) {
  if (message.kind == StreamMessage::Kind::kData) return HandleData(message.data);
  if (!in_transaction_) EndTransaction(message.sent_up_to);
  if (message.reply_requested) return stream_->Confirm(checkpoint_.confirmed, false);
  return absl::OkStatus();
}

absl::Status StreamLoop::HandleData(std::string_view data) {
  ASSIGN_OR_RETURN(const Change& change, decoder_.Decode(data));
  switch (change.kind) {
    case Change::Kind::kInsert:
      return HandleInsert(change);
    case Change::Kind::kBegin:
      in_transaction_ = true;
      transaction_ = change.lsn;
      skipping_ = IsPublished(change);
      progress_.Begin(change.lsn);
      session_.publisher.BeginTransaction(change.xid, change.lsn, change.committed);
      return absl::OkStatus();
    case Change::Kind::kCommit:
      in_transaction_ = false;
      EndTransaction(change.lsn);
      return absl::OkStatus();
    case Change::Kind::kRelation:
      return HandleRelation(*change.relation);
    case Change::Kind::kOther:
      break;
  }
  return absl::OkStatus();
}

absl::Status StreamLoop::HandleInsert(const Change& insert) {
  const RelationInfo& relation = *insert.relation;
  if (skipping_ || (relation.oid != fed_ && !ours_.contains(relation.oid))) {
    return absl::OkStatus();
  }
  if (relation.oid != fed_) RETURN_IF_ERROR(Bind(relation));
  if (!progress_.IsNextPublished()) {
    RETURN_IF_ERROR(bound_);
    RETURN_IF_ERROR(feed_.Offer(decoder_.columns()).status());
  }
  progress_.CountRow();
  return absl::OkStatus();
}

void StreamLoop::EndTransaction(Lsn end) {
  session_.publisher.EndTransaction(end);
  read_up_to_ = std::max(read_up_to_, end);
}

bool StreamLoop::IsPublished(const Change& begin) {
  if (published_ && begin.lsn >= published_->until) published_.reset();
  return published_ && published_->snapshot.Saw(begin.xid);
}

bool StreamLoop::IsOurs(const RelationInfo& relation) const {
  if (relation.oid == checkpoint_.table_oid) return true;
  if (relation.schema != session_.source.schema || relation.table != session_.source.table) {
    return false;
  }
  // The table that is to follow is published whole; what it doesn't keep is in the log alone.
  return !end_ || relation.oid != outbox_.table_oid || !session_.source.rows_are_kept;
}

absl::Status StreamLoop::HandleRelation(const RelationInfo& relation) {
  if (!IsOurs(relation)) {
    // It may have had the outbox's name for a while.
    ours_.erase(relation.oid);
    if (fed_ == relation.oid) fed_ = 0;
    return CheckAncestor(relation);
  }
  // The server describes a table anew when its publication has changed: to be noticed before the
  // rows that follow those it may have skipped.
  RETURN_IF_ERROR(CheckTable());
  ours_.insert(relation.oid);
  return Bind(relation);
}

absl::Status StreamLoop::CheckAncestor(const RelationInfo& relation) {
  if (end_ || transaction_ < session_.table_read_at) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool has_ours,
                   IsAncestor(session_.control, relation.oid, checkpoint_.table_oid));
  if (!has_ours) return absl::OkStatus();
  RETURN_IF_ERROR(session_.checkpoints.Distrust());
  return absl::FailedPreconditionError(
      StrCat("rows of the table are in the log under the name of ",
             QuoteTable(relation.schema, relation.table),
             ", whose partition it is: the next attempt publishes them from the table"));
}

absl::Status StreamLoop::Bind(const RelationInfo& relation) {
  fed_ = relation.oid;
  std::vector<ColumnInfo> columns = relation.columns;
  RETURN_IF_ERROR(ReadForms(session_.control, columns));
  const std::vector<ColumnInfo> mapped = MappedColumns(session_.source.mapping, columns);
  const ColumnInfo* unreadable = FindUnreadableBinary(mapped);
  if (unreadable != nullptr && !session_.lessons.stream_as_text) {
    session_.lessons.stream_as_text = true;
    return absl::FailedPreconditionError(
        StrCat("column \"", unreadable->name,
               "\" has a type whose binary form the relay can't read:"
               " the next attempt streams text"));
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
  RETURN_IF_ERROR(CheckSilence(now));
  // Before a silence no later row moves the horizon past the last ones, so it is renewed here.
  const bool reached = horizon_ && progress.confirmed >= horizon_->position;
  if (!due && !reached) {
    const Publisher& publisher = session_.publisher;
    const bool passed = publisher.idle() && publisher.taken() != taken_at_horizon_;
    if (passed) RETURN_IF_ERROR(RenewHorizon());
    return stream_->Confirm(checkpoint_.confirmed, true);
  }
  RETURN_IF_ERROR(ReachHorizon(&progress));
  RETURN_IF_ERROR(StoreAndConfirm(progress));
  return due ? RenewHorizon() : absl::OkStatus();
}

absl::Status StreamLoop::CheckSilence(SteadyTime now) {
  // While a row is held, nothing is read.
  if (std::exchange(heard_, feed_.held())) heard_at_ = now;
  session_.metrics.health.StandsStill(WaitsFor::kStream, heard_at_,
                                      "the server's replication process sends nothing");
  const absl::Duration silence = now - heard_at_;
  if (silence <= session_.config.limits.lease) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool busy, IsStreamerBusy(session_.control, checkpoint_.slot));
  absl::Duration& busy_silence = session_.lessons.busy_silence;
  if (busy && silence <= busy_silence) return absl::OkStatus();
  // Work that takes longer begins anew with the next attempt, which has to wait for longer.
  if (busy) busy_silence *= 2;
  return absl::UnavailableError(StrCat("the server's replication process has sent nothing for ",
                                       absl::ToInt64Seconds(silence),
                                       " s, though it was asked to"));
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
  session_.metrics.health.Progressed();
  taken_at_store_ = session_.publisher.taken();
  last_store_ = SteadyNow();
  return stream_->Confirm(checkpoint_.confirmed, true);
}

absl::Status StreamLoop::ReachHorizon(Checkpoint* progress) {
  if (!horizon_ || progress->confirmed < horizon_->position) return absl::OkStatus();
  RETURN_IF_ERROR(CheckTable());
  progress->horizon = std::max(progress->horizon, horizon_->xmin);
  // What a partition had that is gone from the list is published.
  if (horizon_->partitions != progress->partitions) {
    RETURN_IF_ERROR(session_.checkpoints.RecordPartitions(horizon_->partitions));
    progress->partitions = horizon_->partitions;
  }
  horizon_.reset();
  return absl::OkStatus();
}

absl::Status StreamLoop::RenewHorizon() {
  const SteadyTime now = SteadyNow();
  if (end_ || horizon_ || now < next_horizon_) return absl::OkStatus();
  ASSIGN_OR_RETURN(horizon_, TakeHorizon(session_.control, partitions_));
  next_horizon_ = now + kHorizonEvery;
  taken_at_horizon_ = session_.publisher.taken();
  // Kafka takes records, but there are too many for the stream: the next attempt reads the table.
  const auto behind = static_cast<std::int64_t>(horizon_->position - checkpoint_.confirmed);
  if (!WantsCatchUp(session_, behind)) return absl::OkStatus();
  return absl::AbortedError(
      StrCat("the stream is ", behind, " bytes behind: the next attempt catches up by copy"));
}

absl::Status StreamLoop::CheckTableIfDue(SteadyTime now) {
  return now < next_check_ ? absl::OkStatus() : CheckTable();
}

// A table that was taken out of the publication and added again has skipped rows without a word, as
// has a publication that for a while didn't publish inserts.
absl::Status StreamLoop::CheckTable() {
  if (end_) return absl::OkStatus();
  next_check_ = SteadyNow() + kCheckEvery;
  const absl::StatusOr<Outbox> outbox =
      LookAtOutbox(session_.control, session_.source, checkpoint_.table_oid);
  const bool rewritten = outbox.ok() && WasRewritten(partitions_, outbox->partitions);
  if (absl::IsDataLoss(outbox.status()) || rewritten) {
    RETURN_IF_ERROR(session_.checkpoints.Distrust());
  }
  RETURN_IF_ERROR(outbox.status());
  if (outbox->table_oid != checkpoint_.table_oid) {
    return absl::FailedPreconditionError(
        "another table has the outbox's name: the next attempt publishes what the log has of the"
        " former one, and then follows the name");
  }
  partitions_ = outbox->partitions;
  if (!rewritten && outbox->publication_oid == checkpoint_.publication_oid) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "the table's publication was made anew or altered, or the table may have been unlogged: the"
      " next attempt publishes from the table what the log may lack");
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
