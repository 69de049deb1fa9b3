// Publishes from the table the rows that no replication slot can deliver any more.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "outbox_relay/checkpoint/backfill_store.h"
#include "outbox_relay/checkpoint/checkpoint.h"
#include "outbox_relay/source/outbox_table.h"
#include "outbox_relay/source/session.h"
#include "outbox_relay/source/slots.h"

namespace waybill::outbox_relay {

// The backfill that the last attempt has left, if it can be continued: nothing that it depends on
// has changed, and its slot, which is among the source's own `slots`, has everything that has come
// since. `since` is the transaction from which on rows are wanted.
absl::StatusOr<std::optional<BackfillState>> FindCutBackfill(Session& session, const Outbox& outbox,
                                                             const std::vector<SlotState>& slots,
                                                             std::uint64_t since);

// Creates the slot `slot_name` through `replication`, which is free to stream from it afterwards (a
// server may have room for a single such connection), publishes every row of a transaction not
// below `since`, none of `restored`, that is visible at the slot's start, in the table's order, waits
// until Kafka has acknowledged all of them, and only then stores and returns the checkpoint that
// names the slot. Whatever commits later is in the slot, so there is no gap; rows may come twice.
// Stores every 2 s how far it has come. Cancelled when the process is to end. Memory is bounded by
// the publisher's window.
absl::StatusOr<Checkpoint> Backfill(Session& session, PgConnection& replication,
                                    const Outbox& outbox, const std::string& slot_name,
                                    std::uint64_t since, const RestoredRows& restored);

// Continues one that was cut, in a later snapshot: rows that only this one sees are in the slot,
// too.
absl::StatusOr<Checkpoint> ContinueBackfill(Session& session, const Outbox& outbox,
                                            const BackfillState& cut, const RestoredRows& restored);

}  // namespace waybill::outbox_relay
