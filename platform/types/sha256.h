// SHA-256 (FIPS 180-4).
#pragma once

#include <string>
#include <string_view>

namespace waybill {

// The digest's 32 bytes. Pure.
std::string Sha256(std::string_view text);

}  // namespace waybill
