// Streams a slot into Kafka and confirms what Kafka has acknowledged.
#pragma once

#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "outbox_relay/base/steady_time.h"
#include "outbox_relay/checkpoint/checkpoint.h"
#include "outbox_relay/source/catch_up.h"
#include "outbox_relay/source/outbox_table.h"
#include "outbox_relay/source/pgoutput.h"
#include "outbox_relay/source/replication_stream.h"
#include "outbox_relay/source/row_feed.h"
#include "outbox_relay/source/session.h"
#include "outbox_relay/source/transaction_progress.h"

namespace waybill::outbox_relay {

class StreamLoop {
 public:
  // `session` outlives this.
  StreamLoop(Session& session, Checkpoint checkpoint, const Outbox& outbox,
             std::unique_ptr<ReplicationStream> stream,
             std::optional<AlreadyPublished> published = {});
  // Runs until an error, or until the process is to end: then returns OK. In both cases everything
  // that Kafka has acknowledged by then or acknowledges within 5 s is confirmed, if the connections
  // still allow that.
  absl::Status Run();

 private:
  // Once this position is confirmed, every transaction below `xmin` is published.
  struct Horizon {
    std::uint64_t xmin = 0;
    Lsn position = 0;
  };

  absl::Status StreamUntilStopped();
  absl::Status ReadSome();
  // Whether many rows have come lately, and none are left to take at once.
  bool IsBusy(SteadyTime now);
  absl::Status Handle(const StreamMessage& message);
  absl::Status HandleData(std::string_view data);
  // Whether the transaction has been published out of the table.
  bool IsPublished(const Change& begin);
  absl::Status HandleInsert(const Change& insert);
  absl::Status HandleRelation(const RelationInfo& relation);
  absl::Status ConfirmIfDue(SteadyTime now);
  // How far the source is published, the horizon excepted.
  Checkpoint Progress();
  absl::Status StoreAndConfirm(const Checkpoint& progress);
  // Moves the checkpoint's horizon once the position is confirmed that it was taken at.
  absl::Status ReachHorizon(Checkpoint* progress);
  // Takes the next horizon, when it is due and none is awaited.
  absl::Status RenewHorizon();
  absl::StatusOr<Horizon> TakeHorizon();
  absl::Status CheckPublication();
  absl::Status Finish();

  Session& session_;
  Checkpoint checkpoint_;
  const Outbox outbox_;
  std::unique_ptr<ReplicationStream> stream_;
  PgOutputDecoder decoder_;
  RowFeed feed_;
  const RelationInfo* relation_ = nullptr;
  // Why rows of the relation can't be mapped: an error once there is one to be published.
  absl::Status bound_;
  bool in_transaction_ = false;
  TransactionProgress progress_;
  std::optional<AlreadyPublished> published_;
  bool skipping_ = false;
  // The last ReadSome took everything that the socket had.
  bool all_read_ = false;
  bool busy_ = false;
  std::uint64_t taken_at_window_ = 0;
  SteadyTime busy_window_end_;
  std::uint64_t taken_at_store_ = 0;
  SteadyTime next_confirm_;
  SteadyTime last_store_;
  std::optional<Horizon> horizon_;
  SteadyTime next_horizon_;
};

}  // namespace waybill::outbox_relay
