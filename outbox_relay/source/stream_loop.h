// Streams a slot into Kafka and confirms what Kafka has acknowledged.
#pragma once

#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "outbox_relay/checkpoint/checkpoint.h"
#include "outbox_relay/source/catch_up.h"
#include "outbox_relay/source/outbox_table.h"
#include "outbox_relay/source/pgoutput.h"
#include "outbox_relay/source/replication_stream.h"
#include "outbox_relay/source/row_feed.h"
#include "outbox_relay/source/session.h"

namespace waybill::outbox_relay {

class StreamLoop {
 public:
  // `session` outlives this.
  StreamLoop(Session& session, Checkpoint checkpoint, const Outbox& outbox,
             std::unique_ptr<ReplicationStream> stream,
             std::optional<AlreadyPublished> published = {});
  // Runs until an error, or until the process is to end: then returns OK, with everything in flight
  // acknowledged and confirmed unless Kafka needs longer than 5 s for that.
  absl::Status Run();

 private:
  // Once this position is confirmed, every transaction below `xmin` is published.
  struct Horizon {
    std::uint64_t xmin = 0;
    Lsn position = 0;
  };

  absl::Status ReadSome();
  // Whether many rows have come lately, and none are left to take at once.
  bool IsBusy(absl::Time now);
  absl::Status Handle(const StreamMessage& message);
  absl::Status HandleData(std::string_view data);
  // Whether the transaction has been published out of the table.
  bool IsPublished(const Change& begin);
  absl::Status HandleRelation(const RelationInfo& relation);
  absl::Status ConfirmIfDue(absl::Time now);
  absl::Status StoreAndConfirm();
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
  bool in_transaction_ = false;
  std::optional<AlreadyPublished> published_;
  bool skipping_ = false;
  // The last ReadSome took everything that the socket had.
  bool all_read_ = false;
  bool busy_ = false;
  std::uint64_t taken_at_window_ = 0;
  absl::Time busy_window_end_ = absl::InfinitePast();
  std::uint64_t taken_at_store_ = 0;
  absl::Time next_confirm_ = absl::InfinitePast();
  absl::Time last_store_ = absl::InfinitePast();
  std::optional<Horizon> horizon_;
  absl::Time next_horizon_ = absl::InfinitePast();
};

}  // namespace waybill::outbox_relay
