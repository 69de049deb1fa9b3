#include "outbox_relay/source/backfill.h"

#include "outbox_relay/base/steady_time.h"
#include "outbox_relay/source/slots.h"
#include "outbox_relay/source/table_copy.h"
#include "platform/faults/fault_point.h"
#include "platform/log/log.h"
#include "platform/types/status_macros.h"

namespace waybill::outbox_relay {
namespace {

constexpr absl::Duration kConnectTimeout = absl::Seconds(10);
constexpr absl::Duration kSayWaitingEvery = absl::Seconds(5);

absl::StatusOr<NewSlot> CreateSlotPatiently(Session& session, PgConnection& replication,
                                            const std::string& name) {
  SteadyTime say_at = SteadyNow() + kSayWaitingEvery;
  return CreateSlot(replication, name, [&session, &name, &say_at]() -> absl::Status {
    if (session.stop.requested()) return absl::CancelledError("the relay is ending");
    if (SteadyNow() >= say_at) {
      log::Warn("the new slot waits for transactions to end",
                {{"source", session.source.name},
                 {"slot", name},
                 {"pids", OpenWriters(session.control)}});
      say_at = SteadyNow() + kSayWaitingEvery;
    }
    return session.Pulse();
  });
}

}  // namespace

absl::StatusOr<Checkpoint> Backfill(Session& session, const Outbox& outbox,
                                    const std::string& slot_name, std::uint64_t horizon) {
  ASSIGN_OR_RETURN(PgConnection replication,
                   PgConnection::Connect(session.source.conninfo, PgConnection::Kind::kReplication,
                                         {}, kConnectTimeout));
  RETURN_IF_ERROR(RecordSlot(session.control, slot_name, session.source.name));
  ASSIGN_OR_RETURN(const NewSlot slot, CreateSlotPatiently(session, replication, slot_name));
  faults::Point("outbox_relay.slot_created");
  ASSIGN_OR_RETURN(TableCopy copy, TableCopy::Open(session.source, slot.snapshot));
  ASSIGN_OR_RETURN(const std::int64_t rows, copy.Publish(session, outbox, horizon));
  faults::Point("outbox_relay.backfill_published");
  const Checkpoint checkpoint{.slot = slot_name,
                              .confirmed = slot.consistent_point,
                              .horizon = copy.snapshot().xmin,
                              .system_identifier = session.system_identifier,
                              .publication_oid = outbox.publication_oid};
  RETURN_IF_ERROR(session.checkpoints.Replace(checkpoint));
  log::Info("the backfill is complete",
            {{"source", session.source.name}, {"slot", slot_name}, {"rows", rows}});
  return checkpoint;
}

}  // namespace waybill::outbox_relay
