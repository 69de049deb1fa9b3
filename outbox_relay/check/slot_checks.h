// The checks of what a source needs of its server's replication slots.
#pragma once

#include <vector>

#include "outbox_relay/base/pg_connection.h"
#include "outbox_relay/check/finding_list.h"
#include "outbox_relay/config.h"

namespace waybill::outbox_relay {

// Finds slots that are somebody else's, another configuration's relay, transactions that a first
// start would wait for, and whether a slot and a connection are free. Changes nothing.
void CheckSlots(PgConnection& connection, const SourceConfig& source, Findings& findings);

// Finds sources with one `slot` that reach one server by different connection strings. Connects only
// to sources that share one, 10 s each at most; says nothing of those it can't reach.
void CheckSharedSlots(const std::vector<SourceConfig>& sources, Findings& findings);

}  // namespace waybill::outbox_relay
