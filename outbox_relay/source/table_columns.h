// Reads which columns a table has, and how their values are written.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outbox_relay/base/pg_connection.h"
#include "outbox_relay/source/columns.h"

namespace waybill::outbox_relay {

// In the table's order. `table_oid` is a number.
absl::StatusOr<std::vector<ColumnInfo>> ReadColumns(PgConnection& connection,
                                                    const std::string& table_oid,
                                                    const std::string& publication);

// Fills in the forms of columns whose types are known; a type that is gone by now is kOther.
absl::Status ReadForms(PgConnection& connection, std::vector<ColumnInfo>& columns);

}  // namespace waybill::outbox_relay
