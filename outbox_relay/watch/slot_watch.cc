#include "outbox_relay/watch/slot_watch.h"

#include "platform/log/log.h"
#include "platform/types/status_macros.h"

namespace waybill::outbox_relay {

absl::Status SlotWatch::Look() {
  const int conninfo_version = source_.conninfo.version();
  if (conninfo_version != conninfo_version_) connection_.reset();
  if (!connection_) {
    conninfo_version_ = conninfo_version;
    ASSIGN_OR_RETURN(connection_,
                     PgConnection::Connect(source_.conninfo.Get(), PgConnection::Kind::kSql,
                                           {{"statement_timeout", "5000"}}, absl::Seconds(10)));
  }
  absl::StatusOr<SlotHealth> health = ReadSlotHealth(*connection_, source_);
  if (!health.ok()) {
    connection_.reset();
    return health.status();
  }
  metrics_.parked_rows.Set(static_cast<double>(health->parked_rows));
  metrics_.lag_bytes.Set(static_cast<double>(health->lag_bytes));
  metrics_.slot_retained_bytes.Set(static_cast<double>(health->retained_bytes));
  metrics_.slot_safe_bytes.Set(static_cast<double>(health->safe_bytes.value_or(-1)));
  metrics_.slot_endangered.Set(health->endangered());
  metrics_.slot_lost.Set(health->lost());
  Tell(*health);
  return absl::OkStatus();
}

void SlotWatch::Tell(const SlotHealth& health) {
  const Grade grade = health.lost()         ? Grade::kLost
                      : health.endangered() ? Grade::kEndangered
                                            : Grade::kFine;
  if (grade == told_) return;
  told_ = grade;
  if (grade == Grade::kFine) {
    log::Info("the slot is out of danger", {{"source", source_.name}, {"slot", health.slot}});
    return;
  }
  log::Warn(grade == Grade::kLost ? "the slot is lost: the relay will backfill from the table"
                                  : "the slot nears max_slot_wal_keep_size",
            {{"source", source_.name},
             {"slot", health.slot},
             {"retained_bytes", health.retained_bytes},
             {"safe_bytes", health.safe_bytes.value_or(0)}});
}

}  // namespace waybill::outbox_relay
