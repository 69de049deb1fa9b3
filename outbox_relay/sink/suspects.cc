#include "outbox_relay/sink/suspects.h"

#include <functional>

namespace waybill::outbox_relay {

std::uint64_t Suspects::ContentHash(std::string_view topic, std::string_view key,
                                    std::string_view value) {
  std::uint64_t hash = 0;
  for (const std::string_view part : {topic, key, value}) {
    hash = hash * 0x9E3779B97F4A7C15 + std::hash<std::string_view>()(part);
  }
  return hash;
}

}  // namespace waybill::outbox_relay
