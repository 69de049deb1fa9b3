// The names of a System's parts.
#pragma once

#include <string>

namespace waybill::e2e {

// The databases with an outbox.
inline const char* const kSources[] = {"orders", "payments", "inventory", "notifications"};

// Returns "order_svc" of "order_svc-2".
inline std::string ProgramOf(const std::string& process) {
  return process.substr(0, process.find('-'));
}

}  // namespace waybill::e2e
