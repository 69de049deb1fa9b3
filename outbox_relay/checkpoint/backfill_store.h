// BackfillStore remembers how far a backfill has come, so that the next attempt continues it; one row
// in the source's database while a backfill runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outbox_relay/base/lsn.h"
#include "outbox_relay/base/pg_connection.h"

namespace waybill::outbox_relay {

// What the backfill reads, and how far it has come. A backfill of something else starts anew.
struct BackfillState {
  std::string slot = {};
  // The slot's start: what commits later is in the slot.
  Lsn confirmed = 0;
  // Transactions below need no backfill.
  std::uint64_t since = 0;
  // The oldest transaction that was open, or still to begin, at the slot's start.
  std::uint64_t horizon = 0;
  std::string system_identifier = {};
  std::uint32_t publication_oid = 0;
  std::uint32_t table_oid = 0;
  // CopyOrder::name.
  std::string ordered_by = {};
  // Every row before it is published; "" for none.
  std::string position = {};
  // How many rows all attempts have published.
  std::int64_t rows = 0;
};

// Not thread-safe. Runs on the session that holds the leader lock.
class BackfillStore {
 public:
  // `connection` outlives this.
  BackfillStore(PgConnection& connection, std::string source)
      : connection_(connection), source_(std::move(source)) {}

  absl::StatusOr<std::optional<BackfillState>> Load();
  absl::Status Begin(const BackfillState& state);
  absl::Status Advance(const std::string& position, std::int64_t rows);
  absl::Status End();

 private:
  PgConnection& connection_;
  const std::string source_;
};

}  // namespace waybill::outbox_relay
