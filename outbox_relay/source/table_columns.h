// Reads which columns a table has.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "outbox_relay/base/pg_connection.h"
#include "outbox_relay/source/columns.h"

namespace waybill::outbox_relay {

// In the table's order. `table_oid` is a number.
absl::StatusOr<std::vector<ColumnInfo>> ReadColumns(PgConnection& connection,
                                                    const std::string& table_oid);

}  // namespace waybill::outbox_relay
