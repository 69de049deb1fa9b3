// Streams a slot into Kafka and confirms what Kafka has acknowledged.
#pragma once

#include <memory>
#include <optional>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "outbox_relay/base/steady_time.h"
#include "outbox_relay/checkpoint/checkpoint.h"
#include "outbox_relay/source/catch_up.h"
#include "outbox_relay/source/horizon.h"
#include "outbox_relay/source/outbox_table.h"
#include "outbox_relay/source/pgoutput.h"
#include "outbox_relay/source/replication_stream.h"
#include "outbox_relay/source/row_feed.h"
#include "outbox_relay/source/session.h"
#include "outbox_relay/source/transaction_progress.h"

namespace waybill::outbox_relay {

class StreamLoop {
 public:
  // `session` outlives this. The rows published are those of the table that the checkpoint names,
  // and of any that had the outbox's name for a while.
  StreamLoop(Session& session, Checkpoint checkpoint, const Outbox& outbox,
             std::unique_ptr<ReplicationStream> stream,
             std::optional<AlreadyPublished> published = {});
  // Runs until an error, or until the process is to end: then returns OK. In both cases everything
  // that Kafka has acknowledged by then or acknowledges within 5 s is confirmed, if the connections
  // still allow that. FailedPrecondition and DataLoss when the table or its publication is no
  // longer what it was, which is noticed before any later row, and within 5 s. A slot that can't be
  // read any further is dropped once everything before is acknowledged.
  absl::Status Run();
  // Runs until everything before `end` is published, whatever the table and its publication are by
  // now; or as far as the slot can be read.
  absl::Status Drain(Lsn end);

 private:
  // Until the end of a Drain, too.
  absl::Status StreamUntilStopped();
  // Drops the slot, which can't be read any further because of `cause`.
  absl::Status EndOfSlot(const absl::Status& cause);
  absl::Status ReadSome();
  // How long the next ReadSome is put off so that rows gather in the stream; zero or negative: read
  // now.
  absl::Duration LeftToGather(SteadyTime now) const;
  // Waits until there is something to do.
  void Await();
  absl::Status Handle(const StreamMessage& message);
  absl::Status HandleData(std::string_view data);
  // Everything before `end` is read, and no transaction is open there.
  void EndTransaction(Lsn end);
  // Whether the transaction has been published out of the table.
  bool IsPublished(const Change& begin);
  absl::Status HandleInsert(const Change& insert);
  absl::Status HandleRelation(const RelationInfo& relation);
  // Whether the table's rows are the outbox's: it is the bound one, or had its name when they were
  // inserted.
  bool IsOurs(const RelationInfo& relation) const;
  // FailedPrecondition when rows of the bound table may come under the name of this one.
  absl::Status CheckAncestor(const RelationInfo& relation);
  absl::Status Bind(const RelationInfo& relation);
  absl::Status ConfirmIfDue(SteadyTime now);
  // Unavailable when the server has been silent for longer than the lease; while it is busy, for
  // longer than Lessons::busy_silence.
  absl::Status CheckSilence(SteadyTime now);
  // How far the source is published, the horizon excepted.
  Checkpoint Progress();
  absl::Status StoreAndConfirm(const Checkpoint& progress);
  // Moves the checkpoint's horizon once the position is confirmed that it was taken at.
  absl::Status ReachHorizon(Checkpoint* progress);
  // Takes the next horizon, when it is due and none is awaited.
  absl::Status RenewHorizon();
  absl::Status CheckTableIfDue(SteadyTime now);
  // Whether the table and its publication are still what the checkpoint says.
  absl::Status CheckTable();
  absl::Status Finish();

  Session& session_;
  Checkpoint checkpoint_;
  const Outbox outbox_;
  std::unique_ptr<ReplicationStream> stream_;
  PgOutputDecoder decoder_;
  RowFeed feed_;
  // Tables whose rows are the outbox's, and the one whose columns `feed_` is bound to.
  absl::flat_hash_set<std::uint32_t> ours_;
  std::uint32_t fed_ = 0;
  // Why rows of the relation can't be mapped: an error once there is one to be published.
  absl::Status bound_;
  bool in_transaction_ = false;
  // The position of its commit record.
  Lsn transaction_ = 0;
  // The end of a Drain.
  std::optional<Lsn> end_;
  // Everything before it has been read.
  Lsn read_up_to_ = 0;
  TransactionProgress progress_;
  std::optional<AlreadyPublished> published_;
  bool skipping_ = false;
  // The last ReadSome took everything that the socket had.
  bool all_read_ = false;
  // Until when rows gather: the first applies once Kafka has acknowledged the earlier ones, the
  // second in any case.
  SteadyTime gather_until_;
  SteadyTime gather_at_most_until_;
  std::uint64_t taken_at_store_ = 0;
  SteadyTime next_confirm_;
  // The server has sent something since the last Confirm; when that was noticed last.
  bool heard_ = true;
  SteadyTime heard_at_;
  SteadyTime last_store_;
  std::optional<Horizon> horizon_;
  // Publisher::taken, when a horizon was taken last.
  std::uint64_t taken_at_horizon_ = 0;
  // As they were when CheckTable looked last.
  OidMap partitions_ = checkpoint_.partitions;
  SteadyTime next_horizon_;
  SteadyTime next_check_;
};

}  // namespace waybill::outbox_relay
