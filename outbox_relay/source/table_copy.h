// TableCopy publishes the rows of an outbox from the table itself, as one snapshot sees them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "outbox_relay/base/pg_connection.h"
#include "outbox_relay/base/snapshot.h"
#include "outbox_relay/source/copy_order.h"
#include "outbox_relay/source/outbox_table.h"
#include "outbox_relay/source/session.h"

namespace waybill::outbox_relay {

struct CopyProgress {
  std::int64_t rows = 0;
  // The last row's; "" where the order has none.
  std::string position;
};
using StoreProgress = std::function<absl::Status(const CopyProgress&)>;

// Not thread-safe.
class TableCopy {
 public:
  // Reads in the snapshot that another session exported, or in a new one if `exported` is "".
  // Blocks for 30 s at most.
  static absl::StatusOr<TableCopy> Open(const SourceConfig& source, const std::string& exported);

  // Once everything that this snapshot sees is published, so is every transaction below its xmin.
  const Snapshot& snapshot() const { return snapshot_; }

  // Publishes every row of the range, in its order, and waits until Kafka has acknowledged them all.
  // Returns how many there were. Calls `store`, if there is one, every 2 s with a position before
  // which everything is acknowledged; an error from that ends it. Cancelled when the process is to
  // end, FailedPrecondition when the role may not read the whole table. Memory is bounded by the publisher's window.
  absl::StatusOr<std::int64_t> Publish(Session& session, const Outbox& outbox,
                                       const CopyRange& range, const StoreProgress& store = {});

  // Finds the restored rows that this snapshot sees: a row that this cluster inserted has a transaction
  // below the snapshot's xmax. None if the table has no `tx`, or no order column whose numbers come from
  // a sequence. Reads the whole table; to be called before Publish. Errors as those of
  // Session::QueryPatiently.
  absl::StatusOr<RestoredRows> FindRestored(Session& session);

 private:
  explicit TableCopy(PgConnection reader) : reader_(std::move(reader)) {}

  PgConnection reader_;
  Snapshot snapshot_;
};

// FailedPrecondition when the table lacks a column of the mapping, or the relay's role may not read
// every row of it, for want of SELECT or because of row-level security: a copy would be refused,
// while the stream has every row.
absl::Status CheckReadable(PgConnection& connection, const SourceConfig& source,
                           const Outbox& outbox);

}  // namespace waybill::outbox_relay
