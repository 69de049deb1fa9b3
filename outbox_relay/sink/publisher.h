// Publisher publishes records to Kafka in commit order, and knows up to where the log may be
// confirmed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outbox_relay/base/record.h"
#include "outbox_relay/base/steady_time.h"
#include "outbox_relay/config.h"
#include "outbox_relay/parking/parking.h"
#include "outbox_relay/parking/parking_store.h"
#include "outbox_relay/sink/lone_sender.h"
#include "outbox_relay/sink/producer.h"
#include "outbox_relay/sink/publish_counts.h"
#include "outbox_relay/sink/releaser.h"
#include "outbox_relay/sink/suspects.h"
#include "outbox_relay/sink/topics.h"
#include "outbox_relay/sink/trial.h"
#include "outbox_relay/sink/window.h"
#include "outbox_relay/watch/source_metrics.h"

namespace waybill::outbox_relay {

// Not thread-safe. One of them lives as long as one attempt to stream; any error it returns ends
// the attempt, and the next one sends again what isn't confirmed. A key's first occurrences reach
// Kafka in the order of the offers, whatever happens: each attempt sends a gapless run that starts
// no later than the first record that isn't acknowledged.
class Publisher {
 public:
  enum class Offered { kTaken, kFull };
  using NameOf = Parking::NameOf;

  // `store`, `suspects` and `metrics` outlive this. InvalidArgument for a Kafka property that can't
  // be.
  static absl::StatusOr<std::unique_ptr<Publisher>> Create(const KafkaConfig& kafka,
                                                           const LimitsConfig& limits,
                                                           ParkingStore& store, Suspects& suspects,
                                                           const SourceMetrics& metrics,
                                                           ReadRow read_row);
  // Puts what is acknowledged into the metrics.
  ~Publisher();

  // Takes the record or, when there is no room or something has to end first, doesn't: call Poll,
  // wait and offer it again. Blocks only to query the brokers about a topic and to send a suspect
  // alone (see Topics::Find and LoneSender::Send), and to store a full batch of parked rows, for
  // one transaction; not before Poll once 500 ms have passed since the last one. `unreadable` is
  // why the row makes no record: it is parked.
  absl::StatusOr<Offered> Offer(const Record& record, const NameOf& name_of,
                                const absl::Status& unreadable = absl::OkStatus());
  // The records that follow are of this transaction, whose commit record is at `commit` and which was
  // committed then.
  void BeginTransaction(std::uint32_t xid, Lsn commit, absl::Time committed) {
    xid_ = xid;
    read_up_to_ = commit + 1;
    committed_ = committed;
  }
  // The records that follow belong to no transaction of the stream.
  void LeaveTransaction() {
    xid_.reset();
    committed_ = absl::InfiniteFuture();
  }
  // The transaction of the records since the last call ended at `end`.
  void EndTransaction(Lsn end);
  // Records what Kafka acknowledged and stores the rows to be parked. Blocks for that store alone.
  absl::Status Poll();
  // To be called about once per second: publishes the rows released from the parking, and reports
  // to the metrics. Blocks as Releaser::Run does.
  absl::Status Maintain();

  // Everything up to here is in Kafka or parked.
  Lsn confirmed() const { return window_.confirmed(); }
  // The number that the next record gets, and the number below which every record is published or
  // parked. A row that was settled at once has none.
  std::uint64_t next_number() const { return window_.next(); }
  std::uint64_t settled() const { return window_.first_open(); }
  bool idle() const { return window_.empty(); }
  // The id of the Kafka cluster; "" while no broker has told it.
  std::string kafka_cluster() const { return producer_->cluster_id(); }
  // The last error of a broker that could not be reached or refused the login; "": there was none.
  const std::string& trouble() const { return producer_->trouble(); }
  // Readable when Poll has something to do.
  int fd() const { return producer_->fd(); }
  // When Poll has to be called although nothing is readable.
  SteadyTime next_poll() const { return parking_.store_by(); }
  // Records ever taken, for the rate.
  std::uint64_t taken() const { return counts_.taken(); }

 private:
  Publisher(const KafkaConfig& kafka, const LimitsConfig& limits, ParkingStore& store,
            Suspects& suspects, const SourceMetrics& metrics, ReadRow read_row,
            std::unique_ptr<Producer> producer);

  absl::StatusOr<Offered> Send(const Record& record, const Topic& topic, const NameOf& name_of);
  absl::StatusOr<Offered> Settle(const Record& record, const NameOf& name_of,
                                 const Verdict& verdict);
  // Parks the first row of a key, once nothing is in flight any more.
  absl::StatusOr<Offered> ParkFirst(const Record& record, const NameOf& name_of, ParkReason reason,
                                    std::string error);
  absl::StatusOr<Offered> Park(const Record& record, const NameOf& name_of, ParkReason reason,
                               std::string error);
  // Whether Kafka has yet to answer to a record: rows that wait to be stored are in the window,
  // too.
  bool AwaitsKafka() const { return window_.records() > parking_.waiting(); }
  void TakeOutcomes();
  void TakeOutcome(std::uint64_t number, const rd_kafka_message_t& message);
  void CollectSuspects();
  void Report();

  // Whether the caller has to come round to Poll, and to its other duties, before anything blocks
  // again: what many rows wait for adds up.
  bool IsPollDue() const;
  // The row's name, with the transaction that the stream tells.
  RowName NameIn(const NameOf& name_of) const;

  const std::size_t parked_payload_bytes_;
  const std::size_t prefix_size_;
  Suspects& suspects_;
  const SourceMetrics& metrics_;
  std::unique_ptr<Producer> producer_;
  PublishCounts counts_;
  Topics topics_;
  LoneSender alone_;
  Window window_;
  Parking parking_;
  Trial trial_;
  Releaser releaser_;
  absl::Status failure_;
  // No record so far is of a transaction that ends behind it.
  Lsn read_up_to_ = 0;
  std::optional<std::uint32_t> xid_;
  SteadyTime polled_ = SteadyNow();
  absl::Time committed_ = absl::InfiniteFuture();
};

}  // namespace waybill::outbox_relay
