// The run-time settings that every session of Waybill has, whatever a role, a database, a connection
// string or the environment says: parsing and statements rest on them.
//
// SET once the session is there beats ALTER ROLE, ALTER DATABASE, PGOPTIONS, PGTZ and the conninfo's
// `options`, and also works through a pooler that refuses `options`. Settings that are not named here
// stay whoever's they were.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waybill::postgres {

// Run-time settings of a session, as ("statement_timeout", "5s").
using Settings = std::vector<std::pair<std::string, std::string>>;

// The settings that are the same for every program, and those of the caller, whose values replace
// them; without those that a server of this version doesn't know. `server_version` as
// PQserverVersion has it; kAnyServer: only those that all know.
inline constexpr int kAnyServer = 0;
Settings PinnedSettings(const Settings& callers, int server_version);

// "SET name = 'value'".
std::string SetStatement(std::string_view name, std::string_view value);

// What a session that runs Waybill's own statements begins with, as one query: the settings above, the
// schema `public`, an error instead of rows that a policy hides, and durable commits: only
// synchronous_commit = off is replaced.
//
// default_transaction_read_only is left alone: whoever sets it for a role, a database or the server
// wants to stop the writes, and that has to work.
std::string ServiceSessionSql(Settings callers, int server_version);

}  // namespace waybill::postgres
