// A checkpoint says how far a source is published; it is one row in the source's database.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outbox_relay/base/lsn.h"
#include "outbox_relay/base/oid_map.h"
#include "outbox_relay/base/pg_connection.h"
#include "outbox_relay/base/restored_rows.h"

namespace waybill::outbox_relay {

// The first `rows` rows, as they are decoded, of the transaction whose commit record is at `lsn`.
struct PartialTransaction {
  // 0 for none.
  Lsn lsn = 0;
  std::int64_t rows = 0;

  bool operator==(const PartialTransaction&) const = default;
};

struct Checkpoint {
  // The only slot that may be streamed from.
  std::string slot;
  // Everything before it is published. Stored before it is confirmed to the slot.
  Lsn confirmed = 0;
  // These rows, behind `confirmed`, are published or parked, too.
  PartialTransaction partial = {};
  // Every transaction with a lower number is published.
  std::uint64_t horizon = 0;
  // The cluster, as IDENTIFY_SYSTEM names it: another one has other transaction numbers.
  std::string system_identifier;
  // Outbox::publication_oid, as it was when the slot had every row; 0 once rows may be missing there.
  std::uint32_t publication_oid = 0;
  // The table that the slot is read for, whatever its name is by now; 0 in a checkpoint of a build
  // that didn't record it.
  std::uint32_t table_oid = 0;
  // Outbox::partitions, when the horizon was taken: any of them may have rows that aren't published.
  OidMap partitions = {};
  RestoredRows restored = {};
};

// Not thread-safe. Runs on the session that holds the leader lock, so that a superseded relay can't
// write.
class CheckpointStore {
 public:
  // `connection` outlives this.
  CheckpointStore(PgConnection& connection, std::string source)
      : connection_(connection), source_(std::move(source)) {}

  absl::StatusOr<std::optional<Checkpoint>> Load();
  // Writes the whole row, whether there is one already or not.
  absl::Status Replace(const Checkpoint& checkpoint);
  // Records progress on the same slot: the confirmed position, the partial transaction and the
  // horizon. FailedPrecondition if the row names another slot.
  absl::Status Advance(const Checkpoint& checkpoint);
  absl::Status RecordPartitions(const OidMap& partitions);
  // Records that the slot may lack rows, until the row is replaced.
  absl::Status Distrust();
  // The Kafka cluster that the rows were published to; "" when that isn't known.
  absl::StatusOr<std::string> KafkaCluster();
  // Records it; false if there is no checkpoint yet.
  absl::StatusOr<bool> RecordKafkaCluster(const std::string& id);
  // Records another one, to which nothing is published: as Distrust, and from the first row on. A
  // backfill that was cut begins anew.
  absl::Status BeginKafkaCluster(const std::string& id);

 private:
  PgConnection& connection_;
  const std::string source_;
};

}  // namespace waybill::outbox_relay
