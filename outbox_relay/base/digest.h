// Makes digests of what has no bound on its length.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace waybill::outbox_relay {

// The SHA-256 (32 bytes) of the parts, each preceded by its length, so that other parts never have
// the same one.
std::string Digest(const std::vector<std::string_view>& parts);

}  // namespace waybill::outbox_relay
