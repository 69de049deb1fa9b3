// Writes PostgreSQL's timestamps in RFC 3339.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace waybill::outbox_relay {

// Of microseconds since 2000-01-01 UTC, as PostgreSQL counts. Infinity and years past 9999 or
// before 1 have no RFC 3339 form and are written as the nearest that has one. Refers to `scratch`,
// whose content is replaced.
std::string_view TimestampText(std::int64_t micros, std::string* scratch);

// Of the text form (DateStyle ISO, TimeZone UTC): "2024-01-02 03:04:05.6+00". What isn't one is
// returned as it is.
std::string_view TimestampText(std::string_view iso, std::string* scratch);

}  // namespace waybill::outbox_relay
