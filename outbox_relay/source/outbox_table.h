// Inspects the outbox table and its publication, as they are now.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "outbox_relay/base/oid_map.h"
#include "outbox_relay/base/pg_connection.h"
#include "outbox_relay/config.h"
#include "outbox_relay/source/columns.h"

namespace waybill::outbox_relay {

// The state of the publication and the table.
struct Outbox {
  // Of the table that has the configured name now.
  std::uint32_t table_oid = 0;
  // Differs once the log may lack rows: a digest of the table's membership in the publication, of
  // the transaction that altered the publication last, and of what else decides whether the log has
  // them. Never 0.
  std::uint32_t publication_oid = 0;
  // The name by which the bound table goes now; "" if it is dropped.
  std::string bound_name;
  // Every partition at every level, with what changes when it is made unlogged or logged; none of a
  // table that isn't partitioned.
  OidMap partitions;
  std::vector<ColumnInfo> columns;
};

// One query, which waits for no lock; `columns` stays empty. `bound_oid` is the table that the
// source has been reading, 0 for none. DataLoss while rows are inserted that the log won't have: an
// unlogged or foreign table. FailedPrecondition for anything else that is wrong: no table by that
// name, not published, inserts not published, published under the name of another table, only some
// rows published, inherited from. The message says what to run.
absl::StatusOr<Outbox> LookAtOutbox(PgConnection& connection, const SourceConfig& source,
                                    std::uint32_t bound_oid);

// The same with the table's columns.
absl::StatusOr<Outbox> InspectOutbox(PgConnection& connection, const SourceConfig& source,
                                     std::uint32_t bound_oid = 0);

}  // namespace waybill::outbox_relay
