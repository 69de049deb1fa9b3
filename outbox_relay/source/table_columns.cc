#include "outbox_relay/source/table_columns.h"

#include "outbox_relay/base/parse_number.h"
#include "platform/types/status_macros.h"

namespace waybill::outbox_relay {
namespace {

// A domain is read as what it is made of.
constexpr char kColumns[] = R"sql(
SELECT a.attname, CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum)sql";

}  // namespace

absl::StatusOr<std::vector<ColumnInfo>> ReadColumns(PgConnection& connection,
                                                    const std::string& table_oid) {
  ASSIGN_OR_RETURN(const PgResult result, connection.Exec(kColumns, {table_oid}));
  std::vector<ColumnInfo> columns;
  for (int i = 0; i < result.rows(); ++i) {
    ColumnInfo column{std::string(result.Text(i, 0)), 0};
    if (!ParseNumber(result.Text(i, 1), &column.type)) {
      return absl::InternalError("pg_attribute has a type oid that is not a number");
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

}  // namespace waybill::outbox_relay
