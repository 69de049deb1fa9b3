// BinaryRows reads the rows of a query as PostgreSQL's binary COPY sends them
// (https://www.postgresql.org/docs/15/sql-copy.html, "Binary Format"): several times as fast as
// results of text, and never more than one row in memory.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "platform/types/uuid.h"

namespace waybill::postgres {

// One row; lives only inside the call that receives it. A column must have the type it is read as;
// NULL reads as a zero, a nil UUID or "".
class BinaryRow {
 public:
  bool IsNull(int column) const { return fields_[column].data() == nullptr; }
  // smallint, integer and bigint.
  std::int64_t Int(int column) const;
  bool Bool(int column) const;
  Uuid AsUuid(int column) const;
  // timestamptz, in microseconds since 1970.
  std::int64_t Micros(int column) const;
  // text and bytea.
  std::string_view Text(int column) const { return fields_[column]; }

 private:
  friend class BinaryRows;
  std::vector<std::string_view> fields_;
};

// A read-only session. Not thread-safe.
class BinaryRows {
 public:
  // Connects as Pool does. `statement_timeout` bounds every query. Errors as Pool::Acquire's.
  static absl::StatusOr<std::unique_ptr<BinaryRows>> Connect(const std::string& conninfo,
                                                             const std::string& application_name,
                                                             absl::Duration statement_timeout);

  // Calls `take` with each row. `sql` is a SELECT, made of constants and of literals that cannot
  // hold a quote. kUnavailable: the connection broke; kDeadlineExceeded: it took longer than the
  // timeout; kFailedPrecondition: any other error of the server (no such table, not allowed).
  absl::Status ForEach(const std::string& sql, absl::FunctionRef<void(const BinaryRow&)> take);

 private:
  struct ConnectionDeleter {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };

  explicit BinaryRows(PGconn* connection) : connection_(connection) {}
  absl::Status StatusOfResult(const PGresult* result) const;

  std::unique_ptr<PGconn, ConnectionDeleter> connection_;
};

}  // namespace waybill::postgres
