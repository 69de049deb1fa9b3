// Reads and writes outbox_relay.republications: an operator's requests, and how far the relay is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outbox_relay/base/pg_connection.h"
#include "outbox_relay/config.h"
#include "outbox_relay/republish/row_range.h"

namespace waybill::outbox_relay {

// What became of rows: Kafka acknowledged them, they are parked or discarded, Kafka won't take them.
struct RowCounts {
  std::int64_t sent = 0;
  std::int64_t skipped = 0;
  std::int64_t refused = 0;
  std::int64_t all() const { return sent + skipped + refused; }
};

struct RepublishRequest {
  std::int64_t id = 0;
  // What the operator typed.
  std::string arguments;
  RowFilter filter;
  // REQUESTED, RUNNING, STOPPED, DONE or FAILED.
  std::string state;
  std::int64_t total = 0;
  RowCounts counts;
  // RowRange's positions: of the last row that had its turn ("": none had), and of the last of all.
  std::string position;
  std::string last_position;
  // Why nothing happens at the moment, or why it failed.
  std::string error;
  std::string requested_at;

  bool active() const { return state == "REQUESTED" || state == "RUNNING"; }
};

// Every call is one statement. Not thread-safe.
class RequestStore {
 public:
  // Both outlive this.
  RequestStore(PgConnection& connection, const SourceConfig& source)
      : connection_(connection), source_(source) {}

  absl::StatusOr<std::optional<RepublishRequest>> Active();
  absl::StatusOr<std::optional<RepublishRequest>> Find(std::int64_t id);
  // The newest one with these arguments.
  absl::StatusOr<std::optional<RepublishRequest>> Newest(const std::string& arguments);

  // For the operator; AlreadyExists when another one is active. Resume activates a request that was
  // stopped or failed.
  absl::StatusOr<std::int64_t> Add(const RepublishRequest& request);
  absl::Status Resume(std::int64_t id);
  // Stops the active one and returns it.
  absl::StatusOr<std::optional<RepublishRequest>> Stop();
  // Whether a relay holds the source's leader lock.
  absl::StatusOr<bool> HasLeader();

  // For the relay whose leader lock the server process `leader` holds. They change nothing, and
  // return false, when it holds that lock no more.
  absl::StatusOr<bool> Begin(std::int64_t id, int leader);
  absl::StatusOr<bool> Advance(std::int64_t id, int leader, const RowCounts& more,
                               const std::string& position);
  absl::StatusOr<bool> End(std::int64_t id, int leader);
  absl::StatusOr<bool> Fail(std::int64_t id, int leader, const std::string& error);
  absl::StatusOr<bool> NoteTrouble(std::int64_t id, int leader, const std::string& error);

 private:
  absl::StatusOr<std::optional<RepublishRequest>> ReadOne(
      const std::string& condition, const std::vector<PgConnection::Param>& params);
  absl::StatusOr<bool> Update(std::int64_t id, int leader, const std::string& assignments,
                              std::vector<PgConnection::Param> params);
  // A query for the leader lock.
  std::string LeaderLock() const;

  PgConnection& connection_;
  const SourceConfig& source_;
};

}  // namespace waybill::outbox_relay
