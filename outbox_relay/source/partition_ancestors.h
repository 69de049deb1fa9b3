// Looks at the tables that a table is a partition of.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "outbox_relay/base/pg_connection.h"

namespace waybill::outbox_relay {

// Whether the table is now a partition, at any level, of the other one. One query, which waits for no
// lock; false when either is gone.
absl::StatusOr<bool> IsAncestor(PgConnection& connection, std::uint32_t ancestor_oid,
                                std::uint32_t table_oid);

}  // namespace waybill::outbox_relay
