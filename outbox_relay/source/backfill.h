// Publishes from the table the rows that no replication slot can deliver any more.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "outbox_relay/checkpoint/checkpoint.h"
#include "outbox_relay/source/outbox_table.h"
#include "outbox_relay/source/session.h"

namespace waybill::outbox_relay {

// Creates the slot `slot_name`, publishes every row of a transaction not below `horizon` that is
// visible at the slot's start, in the table's order, waits until Kafka has acknowledged all of
// them, and only then stores and returns the checkpoint that names the slot. Whatever commits later
// is in the slot, so there is no gap; rows may come twice. Cancelled when the process is to end:
// the slot is then dropped at the next start. Memory is bounded by the publisher's window.
absl::StatusOr<Checkpoint> Backfill(Session& session, const Outbox& outbox,
                                    const std::string& slot_name, std::uint64_t horizon);

}  // namespace waybill::outbox_relay
