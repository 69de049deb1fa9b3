// PartitionRetirer drops partitions of an outbox table that are published and past their retention.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outbox_relay/base/pg_connection.h"
#include "outbox_relay/config.h"

namespace waybill::outbox_relay {

// Inserts continue all the while: nothing here takes a lock that they wait for, and a statement
// that waits for a lock times out after 2 s and is retried in the next round. Not thread-safe.
class PartitionRetirer {
 public:
  // `connection` and `source` outlive this.
  PartitionRetirer(PgConnection& connection, const SourceConfig& source)
      : connection_(connection), source_(source) {}

  // Retires every partition whose range ended longer than the retention ago and of which every row
  // is below the checkpoint's horizon, that is, published, and none is parked without its payload.
  // Returns how many are dropped.
  // Unavailable or Aborted: retry.
  absl::StatusOr<int> Round();

 private:
  struct Partition {
    std::string name;
    bool detaching = false;
    // The end of its range, as PostgreSQL writes it.
    std::string ended;
  };

  absl::StatusOr<std::vector<Partition>> OldPartitions();
  // False while it has a row that may be unpublished.
  absl::StatusOr<bool> IsPublished(const std::string& partition);
  // Stores from when on every row is retained: `republish` refuses what begins before.
  absl::Status NoteRetired(const Partition& partition);
  // Whether a parked row's payload is nowhere but here.
  absl::StatusOr<bool> HasOmittedPayloads(const std::string& partition);
  absl::Status Detach(const Partition& partition);
  absl::Status Reattach(const std::string& partition, const std::string& bounds);
  absl::Status Drop(const std::string& partition);
  std::string Qualified(const std::string& table) const;

  PgConnection& connection_;
  const SourceConfig& source_;
};

}  // namespace waybill::outbox_relay
