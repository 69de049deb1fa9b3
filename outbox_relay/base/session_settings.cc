#include "outbox_relay/base/session_settings.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/str_replace.h"
#include "platform/postgres/session_settings.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

// What the relay's sessions have besides the settings of all, unless the caller has another value.
Settings WithRelaySettings(const Settings& callers) {
  Settings settings = {
      // What its statements see: no function or operator of somebody else, and every row or an error.
      {"search_path", "pg_catalog"},
      {"row_security", "off"},
      // What it remembers in its own tables isn't the database's data.
      {"default_transaction_read_only", "off"},
      // What is confirmed to the slot, or to an operator, survives a crash. It needn't reach a standby:
      // a relay that finds an older checkpoint heals.
      {"synchronous_commit", "local"}};
  for (const auto& setting : callers) {
    std::erase_if(settings, [&](const auto& own) { return own.first == setting.first; });
    settings.push_back(setting);
  }
  return settings;
}

// libpq puts PGDATESTYLE and PGTZ behind the options of the packet, so that they'd win.
bool IsByStatement(std::string_view name) { return name == "DateStyle" || name == "TimeZone"; }

// libpq sends client_encoding by itself, see PgConnection::Connect.
bool IsInPacket(std::string_view name) { return !IsByStatement(name) && name != "client_encoding"; }

}  // namespace

std::string StartupOptions(const Settings& callers) {
  std::string options;
  for (const auto& [name, value] :
       postgres::PinnedSettings(WithRelaySettings(callers), postgres::kAnyServer)) {
    if (!IsInPacket(name)) continue;
    StrAppend(&options, options.empty() ? "" : " ", "-c ", name, "=",
              absl::StrReplaceAll(value, {{"\\", "\\\\"}, {" ", "\\ "}}));
  }
  return options;
}

std::vector<std::string> SettingStatements(const Settings& callers, int server_version) {
  const Settings settings = WithRelaySettings(callers);
  const Settings known_to_all = postgres::PinnedSettings(settings, postgres::kAnyServer);
  std::vector<std::string> statements;
  for (const auto& setting : postgres::PinnedSettings(settings, server_version)) {
    const bool in_packet = std::ranges::find(known_to_all, setting) != known_to_all.end();
    if (!in_packet || IsByStatement(setting.first)) {
      statements.push_back(postgres::SetStatement(setting.first, setting.second));
    }
  }
  return statements;
}

}  // namespace waybill::outbox_relay
