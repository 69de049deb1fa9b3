// Reads and writes the tables of parked rows: outbox_relay.parked_keys and
// outbox_relay.parked_rows.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outbox_relay/base/pg_connection.h"
#include "outbox_relay/parking/parked_row.h"

namespace waybill::outbox_relay {

// A row that an operator has discarded.
struct DiscardedRow {
  std::string row_id;
  RowIdentity identity;
};

// Every call is one statement or one short transaction. Not thread-safe; the relay's runs on the
// session that holds the leader lock, so that a superseded relay can't write.
class ParkingStore {
 public:
  // `connection` outlives this.
  ParkingStore(PgConnection& connection, std::string source)
      : connection_(connection), source_(std::move(source)) {}

  const std::string& source() const { return source_; }

  absl::StatusOr<std::vector<ParkedKey>> LoadKeys();
  // The rows that an operator has discarded, as far as they have a name.
  absl::StatusOr<std::vector<DiscardedRow>> LoadDiscarded();
  // The topics for which rows were parked in the last `seconds` because they were unknown: those of
  // the 10,000 keys that were parked last.
  absl::StatusOr<std::vector<std::string>> LoadUnknownTopics(std::int64_t seconds);
  // Adds the rows, in this order, and their keys; rows that are there already stay as they are.
  // Blocks for 60 s at most.
  absl::Status Park(const std::vector<ParkedRow>& rows);

  // The keys whose release is requested.
  absl::StatusOr<std::vector<ParkedKey>> ReleaseRequests();
  // Requests the release of the keys that were parked in the last `seconds` because one of `topics`
  // was unknown.
  absl::Status RequestReleaseOfTopics(const std::vector<std::string>& topics, std::int64_t seconds);
  // Opens a transaction and locks the key's next rows, in order: at most `max_rows`, and no more
  // than `max_bytes` of payload and headers unless the first alone is larger. A row whose payload is
  // omitted comes alone.
  absl::StatusOr<std::vector<ParkedRow>> BeginRelease(const ParkedKey& key, int max_rows,
                                                      std::int64_t max_bytes);
  // Ends that transaction without any change.
  absl::Status AbandonRelease();
  // Ends that transaction: `published` of the rows are deleted; with `refused` the next one gets
  // its reason and error, and the release ends; without it and without rows left, the key is free
  // again. True if it is.
  absl::StatusOr<bool> EndRelease(const ParkedKey& key, const std::vector<ParkedRow>& rows,
                                  std::size_t published, const ParkedRow* refused);

 private:
  PgConnection& connection_;
  const std::string source_;
};

}  // namespace waybill::outbox_relay
