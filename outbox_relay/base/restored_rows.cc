#include "outbox_relay/base/restored_rows.h"

#include "outbox_relay/base/pg_connection.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {

std::string UnpublishedSql(const std::string& tx_column, const std::string& order_column,
                           std::uint64_t horizon, const RestoredRows& restored) {
  const std::string tx = QuoteIdentifier(tx_column);
  const std::string condition = StrCat(tx, " >= '", horizon, "'::xid8");
  if (horizon == 0 || restored.until.empty() || order_column.empty()) return condition;
  return StrCat(condition, " AND (", tx, " >= '", restored.tx, "'::xid8 AND ",
                QuoteIdentifier(order_column), " <= ", QuoteLiteral(restored.until),
                ") IS NOT TRUE");
}

}  // namespace waybill::outbox_relay
