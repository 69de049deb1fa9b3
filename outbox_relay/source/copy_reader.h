// Reads the rows of COPY ... TO STDOUT (FORMAT binary).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outbox_relay/base/pg_connection.h"
#include "outbox_relay/source/columns.h"

namespace waybill::outbox_relay {

// Stands before a COPY in one query. The statement itself is UTF-8, what it returns isn't converted:
// a text that has no UTF-8 form would end the whole COPY.
inline constexpr char kRawText[] = "SET LOCAL client_encoding = SQL_ASCII; ";

// Not thread-safe. Nothing blocks but Start. `connection` outlives this; it is free again after
// kEnd.
class CopyReader {
 public:
  enum class Next { kRow, kNothing, kEnd };

  explicit CopyReader(PgConnection& connection) : connection_(connection) {}

  // `copy_sql` ends in a COPY. Blocks until the first row is on its way: for `timeout` at most.
  absl::Status Start(const std::string& copy_sql, absl::Duration timeout);
  // Takes what the socket has.
  absl::Status Read();
  // After kRow, columns() has the row until the next call. kNothing: Read first.
  absl::StatusOr<Next> NextRow();
  const std::vector<ColumnValue>& columns() const { return columns_; }

 private:
  PgConnection& connection_;
  std::unique_ptr<char, decltype(&PQfreemem)> buffer_{nullptr, PQfreemem};
  bool header_seen_ = false;
  std::vector<ColumnValue> columns_;
};

}  // namespace waybill::outbox_relay
