// Parking parks rows: a row that can't be published, and every later row of its key, goes into the
// parking's tables instead of Kafka.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "outbox_relay/base/record.h"
#include "outbox_relay/base/steady_time.h"
#include "outbox_relay/parking/parked_row.h"
#include "outbox_relay/parking/parking_store.h"

namespace waybill::outbox_relay {

// Not thread-safe. Rows are stored in batches; nothing but the store blocks.
class Parking {
 public:
  // Makes the name of a row. Called only where a row is parked or may be discarded: it makes a
  // std::string.
  using NameOf = std::function<RowName()>;
  // Called with the number of each row, once it is stored.
  using Stored = std::function<void(std::uint64_t number)>;

  // `store` outlives this.
  Parking(ParkingStore& store, Stored stored) : store_(store), stored_(std::move(stored)) {}

  // Reads which keys are parked and which rows an operator has discarded. To be called first.
  absl::Status Load();

  // Whether no key is parked.
  bool empty() const { return keys_.empty(); }
  // Whether the record's key is parked, so that the record has to wait behind its earlier rows.
  bool Holds(const Record& record) {
    return !keys_.empty() && !record.key.empty() && HasKeyOf(record);
  }
  // Whether an operator has discarded the row: it is never published.
  bool HasDiscarded(const Record& record, const NameOf& name_of) const {
    return !discarded_.empty() && IsDiscarded(record, name_of());
  }

  // Parks the row and, if it isn't yet, its key. `number` is the caller's name for the row. Stores
  // the batch when it is full.
  absl::Status Add(ParkedRow row, std::uint64_t number);
  // Stores the rows that wait for it.
  absl::Status Store();
  // How many rows wait to be stored, and when that is due at the latest; InfiniteFuture for none.
  std::size_t waiting() const { return rows_.size(); }
  SteadyTime store_by() const { return rows_.empty() ? SteadyTime::InfiniteFuture() : store_by_; }

  // The key is parked no more.
  void Free(const ParkedKey& key) { keys_.erase(key); }

 private:
  bool HasKeyOf(const Record& record);
  bool IsDiscarded(const Record& record, const RowName& name) const;

  ParkingStore& store_;
  const Stored stored_;
  absl::flat_hash_set<ParkedKey> keys_;
  // By the row's name, as it is stored.
  absl::flat_hash_map<std::string, std::vector<RowIdentity>> discarded_;
  // The key that HasKeyOf searches for; its strings are reused for each record.
  ParkedKey probe_;
  std::vector<ParkedRow> rows_;
  std::vector<std::uint64_t> numbers_;
  std::size_t bytes_ = 0;
  SteadyTime store_by_;
};

}  // namespace waybill::outbox_relay
