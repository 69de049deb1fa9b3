// A map from oids to oids, as text.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace waybill::outbox_relay {

using OidMap = std::map<std::uint32_t, std::uint32_t>;

// Of "1:2,3:4"; what isn't a pair of numbers is left out.
OidMap ParseOidMap(std::string_view text);
std::string FormatOidMap(const OidMap& oids);

}  // namespace waybill::outbox_relay
