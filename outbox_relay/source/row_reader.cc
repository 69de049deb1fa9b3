#include "outbox_relay/source/row_reader.h"

#include <string>
#include <vector>

#include "outbox_relay/base/pg_connection.h"
#include "outbox_relay/base/printable.h"
#include "outbox_relay/base/steady_time.h"
#include "outbox_relay/source/copy_reader.h"
#include "outbox_relay/source/mapped_columns.h"
#include "outbox_relay/source/outbox_table.h"
#include "outbox_relay/source/row_mapper.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(5);

// The name is compared as the column's own type, so that an index on it is used.
std::string CopySql(const SourceConfig& source, const Outbox& outbox, const std::string& row_id) {
  return StrCat(kRawText, "COPY (SELECT ", CopyList(CopiedColumns(source.mapping, outbox.columns)),
                " FROM ", QuoteTable(source.schema, source.table), " WHERE ",
                QuoteIdentifier(source.mapping.row_id), " = ", QuoteLiteral(row_id),
                ") TO STDOUT (FORMAT binary)");
}

// kEnd when no row is left.
absl::StatusOr<CopyReader::Next> AwaitRow(PgConnection& connection, CopyReader& copy,
                                          SteadyTime deadline) {
  for (;;) {
    ASSIGN_OR_RETURN(const CopyReader::Next next, copy.NextRow());
    if (next != CopyReader::Next::kNothing) return next;
    if (!connection.WaitForSocket(false, deadline - SteadyNow())) {
      return absl::UnavailableError(
          StrCat("PostgreSQL did not send the row within ", absl::FormatDuration(kTimeout)));
    }
    RETURN_IF_ERROR(copy.Read());
  }
}

}  // namespace

absl::Status ReadRowAgain(const SourceConfig& source, const ParkedRow& row,
                          const std::function<absl::Status(const Record&)>& use) {
  if (source.mapping.row_id.empty() || row.row_id.empty()) {
    return absl::FailedPreconditionError(
        "the source has no columns.row_id to find the row by: publish it by other means and discard"
        " it");
  }
  const SteadyTime deadline = SteadyNow() + kTimeout;
  ASSIGN_OR_RETURN(
      PgConnection connection,
      PgConnection::Connect(source.conninfo.Get(), PgConnection::Kind::kSql, {}, kTimeout));
  ASSIGN_OR_RETURN(const Outbox outbox, InspectOutbox(connection, source));
  RowMapper mapper(source.mapping, connection.server_encoding());
  RETURN_IF_ERROR(mapper.Bind(CopiedColumns(source.mapping, outbox.columns)));
  CopyReader copy(connection);
  RETURN_IF_ERROR(copy.Start(CopySql(source, outbox, row.row_id), kTimeout));
  for (;;) {
    ASSIGN_OR_RETURN(const CopyReader::Next next, AwaitRow(connection, copy, deadline));
    if (next == CopyReader::Next::kEnd) break;
    Record record;
    if (!mapper.Map(copy.columns(), &record).ok()) continue;
    const RowName name = mapper.Name(copy.columns());
    if (RowIdentity::Of(record, name).Matches(row.identity)) return use(record);
  }
  return absl::NotFoundError(StrCat("the outbox has no row ", Excerpt(row.row_id),
                                    " with the parked row's content any more"));
}

}  // namespace waybill::outbox_relay
