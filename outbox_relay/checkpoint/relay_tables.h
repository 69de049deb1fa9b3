// The tables that the relay keeps for itself in a source database, in the schema outbox_relay.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "outbox_relay/base/pg_connection.h"

namespace waybill::outbox_relay {

// The SQL that creates these tables for the role outbox_relay. The build copies it from migrations
// (checkpoint/relay_tables_sql.cc.in).
extern const char kRelayTablesSql[];
// What outbox_relay.schema_version() returns once that SQL has run.
inline constexpr int kRelayTablesVersion = 3;

// The same SQL for `role`; it can be run again.
std::string RelayTablesSql(const std::string& role);
// Creates them, or brings them up to this build, if the connection may; FailedPrecondition says what
// to run if it may not. One of several callers at a time makes them; blocks for a minute at most.
absl::Status EnsureRelayTables(PgConnection& connection);

}  // namespace waybill::outbox_relay
