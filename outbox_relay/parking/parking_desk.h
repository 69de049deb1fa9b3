// Lets an operator list, release and discard parked rows. It only records the request; the
// relay publishes.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outbox_relay/base/pg_connection.h"

namespace waybill::outbox_relay {

// A key with parked rows.
struct ParkedKeySummary {
  std::string topic;
  std::string key;
  std::int64_t rows = 0;
  // The reason and error of the first row: the one that the others are behind.
  std::string reason;
  std::string error;
  std::string parked_at;
  bool release_requested = false;
};

struct ParkedRowDetail {
  std::int64_t id = 0;
  std::string row_id;
  std::string reason;
  std::string error;
  std::string parked_at;
  // "" or when it was discarded.
  std::string discarded_at;
  // The payload's first 2,000 bytes, and how many it has.
  std::string payload;
  std::int64_t payload_bytes = 0;
  // The row is too large to be copied: the outbox has its payload and headers.
  bool payload_omitted = false;
  // At most 100, each name and value cut after 2,000 bytes.
  std::vector<std::pair<std::string, std::string>> headers;
};

// Not thread-safe. Every call is one statement or transaction of its own.
class ParkingDesk {
 public:
  ParkingDesk(PgConnection& connection, std::string source)
      : connection_(connection), source_(std::move(source)) {}

  // The oldest first, at most 1,000.
  absl::StatusOr<std::vector<ParkedKeySummary>> List();
  // A key's rows in order, discarded ones included, at most 100.
  absl::StatusOr<std::vector<ParkedRowDetail>> Show(const std::string& topic,
                                                    const std::string& key);
  // Requests that the relay publish a key's rows, in order. Returns how many keys: 0 or 1.
  absl::StatusOr<std::int64_t> Release(const std::string& topic, const std::string& key);
  // The same for all keys, or all of a topic ("": of every topic).
  absl::StatusOr<std::int64_t> ReleaseAll(const std::string& topic);
  // Drops one row for good; it stays in the table as the record of the gap. If it was its key's
  // last one, the key is free again. NotFound if there is no such row.
  absl::Status Discard(std::int64_t id);

 private:
  PgConnection& connection_;
  const std::string source_;
};

}  // namespace waybill::outbox_relay
