// CopyOrder is the order in which a table is copied, and in which a copy that was cut is continued.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "outbox_relay/base/pg_connection.h"
#include "outbox_relay/base/restored_rows.h"
#include "outbox_relay/config.h"

namespace waybill::outbox_relay {

struct CopyOrder {
  std::uint32_t table_oid = 0;
  // The ordered column, quoted; `ctid`, the rows' places in the table's file, where there is none;
  // "" for a table of several files (partitioned or inherited) without such a column: a copy of it
  // can't be continued.
  std::string expression;
  // Whether rows have to be sorted by it; a file is read in the order of `ctid` anyway.
  bool sorted = false;
  bool nullable = false;
  // Whether a copy can be continued from a position: that takes the rows' places and transactions,
  // which nobody may read who may read some columns only.
  bool has_positions = true;
  // Positions of orders with different names don't compare: another column, or another file.
  std::string name;
};

// One query. FailedPrecondition when the table is gone.
absl::StatusOr<CopyOrder> FindCopyOrder(PgConnection& connection, const SourceConfig& source);

// Which rows a copy takes.
struct CopyRange {
  // Rows of transactions from this one on, if the table has a `tx` column, without the `restored` ones;
  // 0: all rows, the restored ones too.
  std::uint64_t since = 0;
  CopyOrder order = {};
  // Not those before this position of the order, because they are published; "" for none. Except
  // for rows of transactions not below `horizon` that have come in before it since: the range then
  // begins at the first of them, so that none of its key overtakes it.
  std::string from = {};
  std::uint64_t horizon = 0;
  RestoredRows restored = {};
};

// The position of a row, as text; null where the order has none.
std::string PositionSql(const CopyOrder& order);
// The condition on a table's rows, " WHERE ..." or "".
std::string WhereSql(const SourceConfig& source, const CopyRange& range);
// Their order, " ORDER BY ..." or ""; of the table's own column, whatever the query's are called.
std::string OrderSql(const SourceConfig& source, const CopyOrder& order);

}  // namespace waybill::outbox_relay
