// Inspects the outbox table and its publication, as they are now.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "outbox_relay/base/pg_connection.h"
#include "outbox_relay/config.h"
#include "outbox_relay/source/columns.h"

namespace waybill::outbox_relay {

// The state of the publication and the table.
struct Outbox {
  // Of the table's membership in the publication (of the publication itself if it has all tables),
  // mixed with the transaction that altered the publication last: it differs once rows may have
  // been skipped.
  std::uint32_t publication_oid = 0;
  std::vector<ColumnInfo> columns;
};
// FailedPrecondition says what is wrong with either: not there, not published, inserts not
// published, partitions published under their own names, only some rows published.
absl::StatusOr<Outbox> InspectOutbox(PgConnection& connection, const SourceConfig& source);

}  // namespace waybill::outbox_relay
