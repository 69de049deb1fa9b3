#include "outbox_relay/base/wal_position.h"

#include "platform/types/status_macros.h"

namespace waybill::outbox_relay {

absl::StatusOr<Lsn> InsertPosition(PgConnection& connection) {
  ASSIGN_OR_RETURN(const PgResult result, connection.Exec("SELECT pg_current_wal_insert_lsn()"));
  return ParseLsn(result.Text(0, 0));
}

}  // namespace waybill::outbox_relay
