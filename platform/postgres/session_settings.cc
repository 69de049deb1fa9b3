#include "platform/postgres/session_settings.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "absl/strings/str_replace.h"
#include "platform/types/strings.h"

namespace waybill::postgres {
namespace {

struct Pinned {
  const char* name;
  const char* value;
  // The first server that knows it, as PQserverVersion has it.
  int since = 0;
};

constexpr Pinned kPinned[] = {
    // How values travel and look, in results and in what is published.
    {"client_encoding", "UTF8"},
    {"bytea_output", "hex"},
    {"DateStyle", "ISO, MDY"},
    {"TimeZone", "UTC"},
    {"IntervalStyle", "postgres"},
    {"extra_float_digits", "1"},
    {"lc_monetary", "C"},
    {"xmloption", "content"},
    {"quote_all_identifiers", "off"},
    // How literals and expressions are read.
    {"standard_conforming_strings", "on"},
    {"array_nulls", "on"},
    {"transform_null_equals", "off"},
    // How transactions run.
    {"default_transaction_isolation", "read committed"},
    {"default_transaction_deferrable", "off"},
    // No session or transaction ends before its owner wants it to, unless the owner says when.
    {"statement_timeout", "0"},
    {"lock_timeout", "0"},
    {"idle_in_transaction_session_timeout", "0"},
    {"idle_session_timeout", "0", 140000},
    {"transaction_timeout", "0", 170000},
};

const std::string* Find(const Settings& settings, std::string_view name) {
  for (const auto& [known, value] : settings) {
    if (known == name) return &value;
  }
  return nullptr;
}

bool IsPinned(std::string_view name) {
  return std::ranges::any_of(kPinned, [name](const Pinned& pinned) { return pinned.name == name; });
}

}  // namespace

Settings PinnedSettings(const Settings& callers, int server_version) {
  Settings settings;
  for (const Pinned& pinned : kPinned) {
    if (server_version < pinned.since) continue;
    const std::string* own = Find(callers, pinned.name);
    settings.emplace_back(pinned.name, own == nullptr ? pinned.value : *own);
  }
  for (const auto& setting : callers) {
    if (!IsPinned(setting.first)) settings.push_back(setting);
  }
  return settings;
}

std::string SetStatement(std::string_view name, std::string_view value) {
  // A list of names, where all others are one value.
  if (name == "search_path") return StrCat("SET search_path = ", value);
  return StrCat("SET ", name, " = '", absl::StrReplaceAll(ToAbsl(value), {{"'", "''"}}), "'");
}

std::string ServiceSessionSql(Settings callers, int server_version) {
  callers.emplace_back("search_path", "public");
  callers.emplace_back("row_security", "off");
  std::string sql;
  for (const auto& [name, value] : PinnedSettings(callers, server_version)) {
    StrAppend(&sql, SetStatement(name, value), "; ");
  }
  return StrCat(sql,
                "SELECT pg_catalog.set_config('synchronous_commit', 'on', false)"
                " WHERE pg_catalog.current_setting('synchronous_commit') = 'off'");
}

}  // namespace waybill::postgres
