// Lets an operator request that retained rows are published again. It only records the request; the
// relay publishes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outbox_relay/base/pg_connection.h"
#include "outbox_relay/config.h"
#include "outbox_relay/republish/request_store.h"
#include "outbox_relay/republish/row_range.h"

namespace waybill::outbox_relay {

// As the operator typed it.
struct RepublishArguments {
  std::optional<std::string> since;
  std::optional<std::string> until;
  std::optional<std::string> topic;
  std::optional<std::string> key;

  // "--since 2h --key k"; "all rows" for none.
  std::string Text() const;
};

struct TopicSummary {
  std::string topic;
  std::int64_t rows = 0;
  // Of the first and the last row; "" without columns.time.
  std::string from;
  std::string to;
};

struct RetainedRows {
  std::vector<TopicSummary> topics;
  std::int64_t total = 0;
  // The column in whose order they are published; "": in none.
  std::string order;
  RepublishRequest request;
};

// Not thread-safe.
class RequestDesk {
 public:
  // Both outlive this.
  RequestDesk(PgConnection& connection, const SourceConfig& source)
      : connection_(connection), source_(source) {}

  // The request with these arguments that is active, or was stopped or failed last; nothing
  // otherwise.
  absl::StatusOr<std::optional<RepublishRequest>> Unfinished(const RepublishArguments& arguments);
  // Counts the rows: reads the table, for 10 min at most. InvalidArgument for a time that is none.
  // FailedPrecondition when the table has no column that the arguments need, when rows have no
  // place in the order, or when a partition of the range has been dropped.
  absl::StatusOr<RetainedRows> Count(const RepublishArguments& arguments);
  // Records the request, or activates it again if it was stopped. Returns its id. FailedPrecondition
  // names the other one that is active.
  absl::StatusOr<std::int64_t> Submit(const RepublishRequest& request);

 private:
  absl::StatusOr<RowFilter> Resolve(const RepublishArguments& arguments);
  absl::Status RefuseDroppedPartitions(const RowFilter& filter);
  absl::Status RefuseUnplaced(const RowRange& range);

  PgConnection& connection_;
  const SourceConfig& source_;
};

}  // namespace waybill::outbox_relay
