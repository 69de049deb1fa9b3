// TableCopy publishes the rows of an outbox from the table itself, as one snapshot sees them.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "outbox_relay/base/pg_connection.h"
#include "outbox_relay/base/snapshot.h"
#include "outbox_relay/source/outbox_table.h"
#include "outbox_relay/source/session.h"

namespace waybill::outbox_relay {

// Not thread-safe.
class TableCopy {
 public:
  // Reads in the snapshot that another session exported, or in a new one if `exported` is "".
  // Blocks for 30 s at most.
  static absl::StatusOr<TableCopy> Open(const SourceConfig& source, const std::string& exported);

  // Once everything that this snapshot sees is published, so is every transaction below its xmin.
  const Snapshot& snapshot() const { return snapshot_; }

  // Publishes every row of a transaction not below `horizon`, in the table's order, and waits until
  // Kafka has acknowledged them all. Returns how many there were. Cancelled when the process is to
  // end. Memory is bounded by the publisher's window.
  absl::StatusOr<std::int64_t> Publish(Session& session, const Outbox& outbox,
                                       std::uint64_t horizon);

 private:
  explicit TableCopy(PgConnection reader) : reader_(std::move(reader)) {}

  PgConnection reader_;
  Snapshot snapshot_;
};

// The process ids of sessions that have written something and not yet committed, for the log.
std::string OpenWriters(PgConnection& connection);

}  // namespace waybill::outbox_relay
