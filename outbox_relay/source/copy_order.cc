#include "outbox_relay/source/copy_order.h"

#include <vector>

#include "absl/strings/str_join.h"
#include "outbox_relay/base/parse_number.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr char kFind[] = R"sql(
SELECT c.oid, c.relkind = 'r' AND NOT c.relhassubclass, coalesce(pg_relation_filenode(c.oid), 0),
       coalesce(a.attnum, 0), coalesce(a.attnotnull, false), has_table_privilege(c.oid, 'SELECT')
FROM pg_class c
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = $2 AND NOT a.attisdropped
WHERE c.oid = to_regclass($1))sql";

// A row that came in since the copy began, before the place that it has reached: xmin is its
// transaction, whether the table has a `tx` column or not. The slot's own hold on the log's catalog
// keeps transaction numbers from wrapping around in between. Rows that are taken for such although
// they are older are published twice, no more.
std::string Begin(const SourceConfig& source, const CopyRange& range) {
  const std::string& order = range.order.expression;
  const std::string from = QuoteLiteral(range.from);
  return StrCat("coalesce((SELECT ", order, " FROM ", QuoteTable(source.schema, source.table),
                " WHERE ", order, " < ", from, " AND age(xmin) BETWEEN 0 AND age('",
                static_cast<std::uint32_t>(range.horizon), "'::xid) ORDER BY ", order,
                " LIMIT 1), ", from, ")");
}

}  // namespace

absl::StatusOr<CopyOrder> FindCopyOrder(PgConnection& connection, const SourceConfig& source) {
  ASSIGN_OR_RETURN(
      const PgResult result,
      connection.Exec(kFind, {QuoteTable(source.schema, source.table), source.mapping.order}));
  if (result.rows() == 0) {
    return absl::FailedPreconditionError(
        StrCat("there is no table ", QuoteTable(source.schema, source.table)));
  }
  CopyOrder order;
  if (!ParseNumber(result.Text(0, 0), &order.table_oid)) {
    return absl::InternalError("pg_class has an oid that is not a number");
  }
  order.has_positions = result.Text(0, 5) == "t";
  if (!source.mapping.order.empty()) {
    order.expression = QuoteIdentifier(source.mapping.order);
    order.sorted = true;
    order.nullable = result.Text(0, 4) != "t";
    order.name = StrCat("column ", result.Text(0, 3));
  } else if (result.Text(0, 1) == "t" && order.has_positions) {
    order.expression = "ctid";
    order.name = StrCat("file ", result.Text(0, 2));
  }
  return order;
}

std::string PositionSql(const CopyOrder& order) {
  const bool has_position = order.has_positions && !order.expression.empty();
  return has_position ? StrCat(order.expression, "::text") : "NULL::text";
}

std::string WhereSql(const SourceConfig& source, const CopyRange& range) {
  const CopyOrder& order = range.order;
  std::vector<std::string> conditions;
  if (!source.mapping.tx.empty()) {
    conditions.push_back(
        UnpublishedSql(source.mapping.tx, source.mapping.order, range.since, range.restored));
  }
  if (!range.from.empty()) {
    const std::string begun = StrCat(order.expression, " >= ", Begin(source, range));
    conditions.push_back(order.nullable ? StrCat("(", begun, " OR ", order.expression, " IS NULL)")
                                        : begun);
  }
  return conditions.empty() ? "" : StrCat(" WHERE ", absl::StrJoin(conditions, " AND "));
}

std::string OrderSql(const SourceConfig& source, const CopyOrder& order) {
  return order.sorted
             ? StrCat(" ORDER BY ", QuoteTable(source.schema, source.table), ".", order.expression)
             : "";
}

}  // namespace waybill::outbox_relay
