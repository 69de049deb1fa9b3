// Drops the partitions of an outbox table that nobody needs any more.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outbox_relay/base/pg_connection.h"
#include "outbox_relay/config.h"

namespace waybill::outbox_relay {

// Inserts go on all the while: nothing here takes a lock that they wait for, and what waits for a
// lock gives up after 2 s and is tried again in the next round. Not thread-safe.
class PartitionRetirer {
 public:
  // `connection` and `source` outlive this.
  PartitionRetirer(PgConnection& connection, const SourceConfig& source)
      : connection_(connection), source_(source) {}

  // Retires every partition whose range ended longer than the retention ago and of which every row
  // is below the checkpoint's horizon, that is, published. How many are gone. Unavailable or
  // Aborted: try again.
  absl::StatusOr<int> Round();

 private:
  struct Partition {
    std::string name;
    bool detaching = false;
  };

  absl::StatusOr<std::vector<Partition>> OldPartitions();
  // False while it has a row that may be unpublished.
  absl::StatusOr<bool> IsPublished(const std::string& partition);
  absl::Status Detach(const Partition& partition);
  absl::Status Reattach(const std::string& partition, const std::string& bounds);
  absl::Status Drop(const std::string& partition);
  std::string Qualified(const std::string& table) const;

  PgConnection& connection_;
  const SourceConfig& source_;
};

}  // namespace waybill::outbox_relay
