#include "outbox_relay/source/partition_ancestors.h"

#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {

absl::StatusOr<bool> IsAncestor(PgConnection& connection, std::uint32_t ancestor_oid,
                                std::uint32_t table_oid) {
  ASSIGN_OR_RETURN(const PgResult result,
                   connection.Exec("SELECT EXISTS (SELECT FROM pg_partition_ancestors($1::oid)"
                                   " WHERE relid = $2::oid)",
                                   {StrCat(table_oid), StrCat(ancestor_oid)}));
  return result.Text(0, 0) == "t";
}

}  // namespace waybill::outbox_relay
