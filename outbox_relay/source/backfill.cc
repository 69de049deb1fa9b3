#include "outbox_relay/source/backfill.h"

#include <algorithm>

#include "outbox_relay/base/steady_time.h"
#include "outbox_relay/source/open_transactions.h"
#include "outbox_relay/source/slots.h"
#include "outbox_relay/source/table_copy.h"
#include "platform/faults/fault_point.h"
#include "platform/log/log.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr absl::Duration kSayWaitingEvery = absl::Seconds(5);

absl::StatusOr<NewSlot> CreateSlotPatiently(Session& session, PgConnection& replication,
                                            const std::string& name) {
  SteadyTime say_at = SteadyNow() + kSayWaitingEvery;
  return CreateSlot(replication, name, [&session, &name, &say_at]() -> absl::Status {
    if (session.stop.requested()) return absl::CancelledError("the relay is ending");
    if (SteadyNow() >= say_at) {
      const std::string open = DescribeOpenTransactions(session.control);
      session.metrics.health.Does(StrCat("the new slot waits for transactions to end: ", open));
      log::Warn("the new slot waits for transactions to end",
                {{"source", session.source.name}, {"slot", name}, {"open", open}});
      say_at = SteadyNow() + kSayWaitingEvery;
    }
    return session.Pulse();
  });
}

// Publishes what is left, and ends the backfill.
absl::StatusOr<Checkpoint> Finish(Session& session, const Outbox& outbox, TableCopy& copy,
                                  const CopyOrder& order, const BackfillState& state,
                                  const RestoredRows& restored) {
  BackfillStore store(session.control, session.source.name);
  RestoredRows published = restored;
  if (state.since == 0) {
    ASSIGN_OR_RETURN(published, copy.FindRestored(session));
  }
  const CopyRange range{.since = state.since,
                        .order = order,
                        .from = state.position,
                        .horizon = state.horizon,
                        .restored = restored};
  ASSIGN_OR_RETURN(const std::int64_t rows,
                   copy.Publish(session, outbox, range, [&](const CopyProgress& progress) {
                     return store.Advance(progress.position, state.rows + progress.rows);
                   }));
  faults::Point("outbox_relay.backfill_published");
  const Checkpoint checkpoint{.slot = state.slot,
                              .confirmed = state.confirmed,
                              .horizon = state.horizon,
                              .system_identifier = state.system_identifier,
                              .publication_oid = state.publication_oid,
                              .table_oid = state.table_oid,
                              .partitions = outbox.partitions,
                              .restored = published};
  RETURN_IF_ERROR(session.checkpoints.Replace(checkpoint));
  RETURN_IF_ERROR(store.End());
  log::Info("the backfill is complete",
            {{"source", session.source.name}, {"slot", state.slot}, {"rows", state.rows + rows}});
  return checkpoint;
}

}  // namespace

absl::StatusOr<std::optional<BackfillState>> FindCutBackfill(Session& session, const Outbox& outbox,
                                                             const std::vector<SlotState>& slots,
                                                             std::uint64_t since) {
  BackfillStore store(session.control, session.source.name);
  ASSIGN_OR_RETURN(std::optional<BackfillState> cut, store.Load());
  if (!cut) return cut;
  ASSIGN_OR_RETURN(const CopyOrder order, FindCopyOrder(session.control, session.source));
  const bool has_slot = std::any_of(slots.begin(), slots.end(), [&cut](const SlotState& slot) {
    return slot.name == cut->slot && !slot.lost && slot.confirmed <= cut->confirmed;
  });
  const bool unchanged = cut->system_identifier == session.system_identifier &&
                         cut->publication_oid == outbox.publication_oid &&
                         cut->table_oid == order.table_oid && cut->ordered_by == order.name;
  if (has_slot && unchanged && cut->since <= since) return cut;
  return std::optional<BackfillState>();
}

absl::StatusOr<Checkpoint> Backfill(Session& session, PgConnection& replication,
                                    const Outbox& outbox, const std::string& slot_name,
                                    std::uint64_t since, const RestoredRows& restored) {
  ASSIGN_OR_RETURN(const CopyOrder order, FindCopyOrder(session.control, session.source));
  RETURN_IF_ERROR(RecordSlot(session.control, slot_name, session.source.name));
  ASSIGN_OR_RETURN(const NewSlot slot, CreateSlotPatiently(session, replication, slot_name));
  faults::Point("outbox_relay.slot_created");
  ASSIGN_OR_RETURN(TableCopy copy, TableCopy::Open(session.source, slot.snapshot));
  const BackfillState state{.slot = slot_name,
                            .confirmed = slot.consistent_point,
                            .since = since,
                            .horizon = copy.snapshot().xmin,
                            .system_identifier = session.system_identifier,
                            .publication_oid = outbox.publication_oid,
                            .table_oid = order.table_oid,
                            .ordered_by = order.name};
  RETURN_IF_ERROR(BackfillStore(session.control, session.source.name).Begin(state));
  return Finish(session, outbox, copy, order, state, restored);
}

absl::StatusOr<Checkpoint> ContinueBackfill(Session& session, const Outbox& outbox,
                                            const BackfillState& cut,
                                            const RestoredRows& restored) {
  log::Info("the backfill continues where it was cut",
            {{"source", session.source.name}, {"slot", cut.slot}, {"rows", cut.rows}});
  ASSIGN_OR_RETURN(const CopyOrder order, FindCopyOrder(session.control, session.source));
  ASSIGN_OR_RETURN(TableCopy copy, TableCopy::Open(session.source, ""));
  return Finish(session, outbox, copy, order, cut, restored);
}

}  // namespace waybill::outbox_relay
