#include "outbox_relay/source/outbox_table.h"

#include <string>

#include "outbox_relay/base/parse_number.h"
#include "outbox_relay/source/table_columns.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr char kInspect[] = R"sql(
SELECT c.oid, c.relkind = 'p', p.oid, p.puballtables, p.pubinsert, p.pubviaroot, r.oid,
       r.prqual IS NOT NULL, p.xmin
FROM (SELECT to_regclass($1) AS oid) t
LEFT JOIN pg_class c ON c.oid = t.oid
LEFT JOIN pg_publication p ON p.pubname = $2
LEFT JOIN pg_publication_rel r ON r.prpubid = p.oid AND r.prrelid = c.oid)sql";

}  // namespace

absl::StatusOr<Outbox> InspectOutbox(PgConnection& connection, const SourceConfig& source) {
  const std::string table =
      StrCat(QuoteIdentifier(source.schema), ".", QuoteIdentifier(source.table));
  ASSIGN_OR_RETURN(const PgResult result, connection.Exec(kInspect, {table, source.publication}));
  const auto is_true = [&result](int column) { return result.Text(0, column) == "t"; };
  if (result.IsNull(0, 0)) {
    return absl::FailedPreconditionError(StrCat("there is no table ", table));
  }
  const std::string publication = QuoteIdentifier(source.publication);
  if (result.IsNull(0, 2)) {
    return absl::FailedPreconditionError(StrCat(
        "there is no publication ", publication, ": CREATE PUBLICATION ", publication,
        " FOR TABLE ", table, " WITH (publish = 'insert', publish_via_partition_root = true)"));
  }
  if (!is_true(4)) {
    return absl::FailedPreconditionError(StrCat("publication ", publication,
                                                " doesn't publish inserts: ALTER PUBLICATION ",
                                                publication, " SET (publish = 'insert')"));
  }
  if (is_true(1) && !is_true(5)) {
    return absl::FailedPreconditionError(
        StrCat("publication ", publication,
               " publishes partitions under their own names: ALTER PUBLICATION ", publication,
               " SET (publish_via_partition_root = true)"));
  }
  if (result.IsNull(0, 6) && !is_true(3)) {
    return absl::FailedPreconditionError(StrCat("publication ", publication, " doesn't have table ",
                                                table, ": ALTER PUBLICATION ", publication,
                                                " ADD TABLE ", table));
  }
  if (is_true(7)) {
    return absl::FailedPreconditionError(StrCat("publication ", publication,
                                                " has a WHERE clause for ", table,
                                                ": rows that it leaves out would be lost"));
  }
  Outbox outbox;
  std::uint32_t version = 0;
  if (!ParseNumber(result.Text(0, result.IsNull(0, 6) ? 2 : 6), &outbox.publication_oid) ||
      !ParseNumber(result.Text(0, 8), &version)) {
    return absl::InternalError("pg_publication has an oid that is not a number");
  }
  // Multiplied by an odd constant, so that two small numbers don't cancel out.
  outbox.publication_oid ^= version * 0x9E3779B1U;
  ASSIGN_OR_RETURN(outbox.columns, ReadColumns(connection, std::string(result.Text(0, 0))));
  return outbox;
}

}  // namespace waybill::outbox_relay
