// The tables that the relay keeps for itself in a source database, in the schema outbox_relay.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "outbox_relay/base/pg_connection.h"

namespace waybill::outbox_relay {

// What makes them for the role outbox_relay: a migration of Waybill, which the build puts here
// (relay_tables_sql.cc.in).
extern const char kRelayTablesSql[];

// The same for `role`; it can be run again.
std::string RelayTablesSql(const std::string& role);
// Makes them if they are missing and the connection may; FailedPrecondition says what to run if
// not.
absl::Status EnsureRelayTables(PgConnection& connection);

}  // namespace waybill::outbox_relay
