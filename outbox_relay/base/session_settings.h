// The run-time settings that every session of the relay has, whatever role, database, conninfo and
// environment say: its parsing and its statements rest on them.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace waybill::outbox_relay {

// Run-time settings of a session, as ("statement_timeout", "5s").
using Settings = std::vector<std::pair<std::string, std::string>>;

// What the startup packet's `options` are to have behind the user's own: the pinned settings and
// those of the caller, whose values replace the pinned ones. They beat role and database.
std::string StartupOptions(const Settings& callers);

// What a startup packet can't settle, one statement each, to be run once the session is there.
// `server_version` as PQserverVersion has it.
std::vector<std::string> SettingStatements(const Settings& callers, int server_version);

}  // namespace waybill::outbox_relay
