#include "outbox_relay/base/session_settings.h"

#include <algorithm>

#include "absl/strings/str_replace.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

struct Pinned {
  const char* name;
  const char* value;
  // By statement instead of in the startup packet.
  bool by_statement = false;
  // The first server that knows it, as PQserverVersion has it.
  int since = 0;
};

// client_encoding isn't here: libpq sends it by itself, see PgConnection::Connect.
constexpr Pinned kPinned[] = {
    // How values look, in results and in what is published.
    {"bytea_output", "hex"},
    {"IntervalStyle", "postgres"},
    {"extra_float_digits", "1"},
    {"lc_monetary", "C"},
    {"xmloption", "content"},
    {"quote_all_identifiers", "off"},
    // libpq puts PGDATESTYLE and PGTZ behind the options of the packet, so that they'd win.
    {"DateStyle", "ISO, MDY", true},
    {"TimeZone", "UTC", true},
    // How the relay's literals are read.
    {"standard_conforming_strings", "on"},
    {"array_nulls", "on"},
    // What its statements see: no function or operator of somebody else, and every row or an error.
    {"search_path", "pg_catalog"},
    {"row_security", "off"},
    // How its transactions run.
    {"default_transaction_isolation", "read committed"},
    {"default_transaction_read_only", "off"},
    {"default_transaction_deferrable", "off"},
    // What is confirmed to the slot, or to an operator, survives a crash. It needn't reach a standby:
    // a relay that finds an older checkpoint heals.
    {"synchronous_commit", "local"},
    // A backfill takes as long as it takes, and waits for Kafka in between.
    {"statement_timeout", "0"},
    {"lock_timeout", "0"},
    {"idle_in_transaction_session_timeout", "0"},
    {"idle_session_timeout", "0", true, 140000},
    {"transaction_timeout", "0", true, 170000},
};

const std::string* Find(const Settings& settings, std::string_view name) {
  for (const auto& [known, value] : settings) {
    if (known == name) return &value;
  }
  return nullptr;
}

const Pinned* FindPinned(std::string_view name) {
  const auto* found =
      std::ranges::find_if(kPinned, [name](const Pinned& pinned) { return pinned.name == name; });
  return found == std::end(kPinned) ? nullptr : found;
}

std::string Value(const Pinned& pinned, const Settings& callers) {
  const std::string* value = Find(callers, pinned.name);
  return value == nullptr ? pinned.value : *value;
}

void AppendOption(std::string& options, std::string_view name, const std::string& value) {
  StrAppend(&options, options.empty() ? "" : " ", "-c ", name, "=",
            absl::StrReplaceAll(value, {{"\\", "\\\\"}, {" ", "\\ "}}));
}

}  // namespace

std::string StartupOptions(const Settings& callers) {
  std::string options;
  for (const Pinned& pinned : kPinned) {
    if (!pinned.by_statement) AppendOption(options, pinned.name, Value(pinned, callers));
  }
  for (const auto& [name, value] : callers) {
    if (FindPinned(name) == nullptr) AppendOption(options, name, value);
  }
  return options;
}

std::vector<std::string> SettingStatements(const Settings& callers, int server_version) {
  std::vector<std::string> statements;
  for (const Pinned& pinned : kPinned) {
    if (!pinned.by_statement || server_version < pinned.since) continue;
    statements.push_back(StrCat("SET ", pinned.name, " = '", Value(pinned, callers), "'"));
  }
  return statements;
}

}  // namespace waybill::outbox_relay
