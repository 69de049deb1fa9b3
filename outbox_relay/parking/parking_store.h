// The tables of what Kafka won't take: outbox_relay.parked_keys and outbox_relay.parked_rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outbox_relay/base/pg_connection.h"
#include "outbox_relay/base/record.h"

namespace waybill::outbox_relay {

// Why a row is parked; the names are those of the table's `reason` column.
enum class ParkReason { kTooLarge, kUnknownTopic, kNotAuthorised, kRefused, kUnreadable, kBehind };
std::string ReasonName(ParkReason reason);

struct ParkedKey {
  std::string topic;
  std::string key;

  friend auto operator<=>(const ParkedKey&, const ParkedKey&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const ParkedKey& k) {
    return H::combine(std::move(h), k.topic, k.key);
  }
};

// A record that owns its bytes.
struct ParkedRow {
  ParkedKey key;
  // "" where the outbox has no such column.
  std::string row_id;
  ParkReason reason = ParkReason::kBehind;
  std::string error;
  std::optional<std::string> payload;
  std::vector<std::pair<std::string, std::string>> headers;
  // The table's number of it, once it is there.
  std::int64_t id = 0;

  static ParkedRow From(const Record& record, std::string row_id, ParkReason reason,
                        std::string error);
  // Refers to this row.
  Record ToRecord() const;
  std::size_t Bytes() const;
};

// Every call is one statement or one short transaction. Not thread-safe; the relay's runs on the
// session that holds the leader lock, so that a superseded relay can't write.
class ParkingStore {
 public:
  // `connection` outlives this.
  ParkingStore(PgConnection& connection, std::string source)
      : connection_(connection), source_(std::move(source)) {}

  absl::StatusOr<std::vector<ParkedKey>> LoadKeys();
  // The row ids that an operator has discarded.
  absl::StatusOr<std::vector<std::string>> LoadDiscarded();
  // Adds the rows, in this order, and their keys; rows that are there already stay as they are.
  absl::Status Park(const std::vector<ParkedRow>& rows);

  // The keys that an operator wants released.
  absl::StatusOr<std::vector<ParkedKey>> ReleaseRequests();
  // Wants those keys released that wait for `topic`, unknown until now, since `seconds` at most.
  absl::Status RequestReleaseOfTopic(const std::string& topic, std::int64_t seconds);
  // Opens a transaction and locks the key's next rows, in order: at most `max_rows`, and no more
  // than `max_bytes` of payload unless the first alone is larger.
  absl::StatusOr<std::vector<ParkedRow>> BeginRelease(const ParkedKey& key, int max_rows,
                                                      std::int64_t max_bytes);
  // Ends that transaction: `published` of the rows are forgotten; with `refused` the next one gets
  // its reason and error, and the release ends; without it and without rows left, the key is free
  // again. True if it is.
  absl::StatusOr<bool> EndRelease(const ParkedKey& key, const std::vector<ParkedRow>& rows,
                                  std::size_t published, const ParkedRow* refused);
  void AbandonRelease();

 private:
  PgConnection& connection_;
  const std::string source_;
};

}  // namespace waybill::outbox_relay
