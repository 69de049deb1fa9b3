// Takes records in commit order and sees each of them to Kafka or into the parking.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outbox_relay/base/record.h"
#include "outbox_relay/config.h"
#include "outbox_relay/parking/parking_store.h"
#include "outbox_relay/sink/lone_sender.h"
#include "outbox_relay/sink/producer.h"
#include "outbox_relay/sink/topics.h"
#include "outbox_relay/sink/window.h"
#include "outbox_relay/watch/source_metrics.h"

namespace waybill::outbox_relay {

// Records that were in a batch which Kafka refused. One of them is to blame, but not which; so each
// is sent alone when it comes again. Outlives the attempt to stream that met the refusal.
struct Suspects {
  absl::flat_hash_set<std::uint64_t> hashes;
  // They have all come again once this position is confirmed.
  Lsn until = 0;
};

// Not thread-safe. One of them lives as long as one attempt to stream; any error it returns ends
// the attempt, and the next one sends again what isn't confirmed. A key's first occurrences reach
// Kafka in the order of the offers, whatever happens: each attempt sends a gapless run that starts
// no later than the first record that isn't acknowledged.
class Publisher {
 public:
  enum class Offered { kTaken, kFull };

  // `store`, `suspects` and `metrics` outlive this. InvalidArgument for a Kafka property that can't
  // be.
  static absl::StatusOr<std::unique_ptr<Publisher>> Create(const KafkaConfig& kafka,
                                                           const LimitsConfig& limits,
                                                           ParkingStore& store, Suspects& suspects,
                                                           const SourceMetrics& metrics);
  // Puts what is acknowledged into the metrics.
  ~Publisher();

  // Called only for rows that are parked: makes a std::string.
  using RowId = std::function<std::string()>;

  // Takes the record or, when there is no room or something has to end first, doesn't: call Poll,
  // wait and offer it again. Blocks only to ask about a topic or to send a suspect alone, 2 s at
  // most. `unreadable` is why the row makes no record: it is parked.
  absl::StatusOr<Offered> Offer(const Record& record, const RowId& row_id,
                                const absl::Status& unreadable = absl::OkStatus());
  // The records that follow are of a transaction that was committed then.
  void BeginTransaction(absl::Time committed) { committed_ = committed; }
  // The transaction of the records since the last call ended at `end`.
  void EndTransaction(Lsn end);
  // Takes note of what Kafka acknowledged and stores what is to be parked. Blocks for that store
  // alone.
  absl::Status Poll();
  // Once a second or so: publishes what an operator released, looks at topics that were unknown.
  absl::Status Maintain();

  // Everything up to here is in Kafka or parked.
  Lsn confirmed() const { return window_.confirmed(); }
  bool idle() const { return window_.empty(); }
  // Readable when Poll has something to do.
  int fd() const { return producer_->fd(); }
  // When Poll has to be called although nothing is readable.
  absl::Time next_poll() const { return parked_.empty() ? absl::InfiniteFuture() : park_by_; }
  // Records ever taken, for the rate.
  std::uint64_t taken() const { return taken_; }
  const Window& window() const { return window_; }

 private:
  Publisher(const KafkaConfig& kafka, const LimitsConfig& limits, ParkingStore& store,
            Suspects& suspects, const SourceMetrics& metrics, std::unique_ptr<Producer> producer);

  absl::Status LoadParked();
  absl::StatusOr<Offered> Send(const Record& record, const Topic& topic, const RowId& row_id);
  absl::StatusOr<Offered> SendAlone(const Record& record, const RowId& row_id);
  absl::StatusOr<Offered> OfferToClosed(const Record& record, const Topic& topic,
                                        const RowId& row_id);
  // Parks the first row of a key, once nothing is in flight any more.
  absl::StatusOr<Offered> ParkFirst(const Record& record, const RowId& row_id, ParkReason reason,
                                    const std::string& error);
  absl::StatusOr<Offered> ParkNow(const Record& record, const RowId& row_id, ParkReason reason,
                                  const std::string& error);
  absl::StatusOr<Offered> ParkBehind(ParkedRow row);
  absl::Status StoreParked();
  absl::StatusOr<bool> ReleaseSome(const ParkedKey& key);
  bool IsParked(const Record& record);
  void Acknowledge(std::uint64_t number, const rd_kafka_message_t& message);
  void CollectSuspects();
  void CountPublished(std::string_view topic, std::size_t bytes);
  void Report();

  const KafkaConfig kafka_;
  const LimitsConfig limits_;
  ParkingStore& store_;
  Suspects& suspects_;
  const SourceMetrics& metrics_;
  std::unique_ptr<Producer> producer_;
  Topics topics_;
  LoneSender alone_;
  Window window_;
  absl::Status failure_;
  std::uint64_t taken_ = 0;
  Lsn last_end_ = 0;
  absl::Time committed_ = absl::InfiniteFuture();
  // Acknowledged since the last report: rows by topic, bytes, errors.
  std::map<std::string, std::uint64_t, std::less<>> published_;
  std::uint64_t published_bytes_ = 0;
  std::uint64_t errors_ = 0;

  absl::flat_hash_set<ParkedKey> parked_keys_;
  absl::flat_hash_set<std::string> discarded_;
  ParkedKey probe_;
  std::vector<ParkedRow> parked_;
  std::vector<std::uint64_t> parked_numbers_;
  std::size_t parked_bytes_ = 0;
  absl::Time park_by_;
};

}  // namespace waybill::outbox_relay
