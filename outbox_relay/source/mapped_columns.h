// Tells which columns of a table records are made of.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "outbox_relay/config.h"
#include "outbox_relay/source/columns.h"

namespace waybill::outbox_relay {

// Those of `columns` that the mapping names, in their order. columns.order and columns.tx aren't
// among them: nothing is made of their values.
std::vector<ColumnInfo> MappedColumns(const RowMapping& mapping,
                                      const std::vector<ColumnInfo>& columns);

// Those that a copy reads: columns.tx, too, which tells rows of one name apart.
std::vector<ColumnInfo> CopiedColumns(const RowMapping& mapping,
                                      const std::vector<ColumnInfo>& columns);
// What a COPY selects to read the columns: as they are, or as text.
std::string CopyList(const std::vector<ColumnInfo>& columns);

// FailedPrecondition says why PostgreSQL doesn't stream one of them, and what to do.
absl::Status CheckStreamed(const ColumnInfo& column);
absl::Status CheckStreamed(const std::vector<ColumnInfo>& columns);

// The first that has no binary form that the relay can read; null if all have.
const ColumnInfo* FindUnreadableBinary(const std::vector<ColumnInfo>& columns);

}  // namespace waybill::outbox_relay
