// Says which names Kafka's topics may have.
#pragma once

#include <string_view>

namespace waybill::outbox_relay {

// 1 to 249 letters, digits, dots, underscores and hyphens, but neither "." nor "..". No broker has
// a topic with another name.
bool IsTopicName(std::string_view full_name);

}  // namespace waybill::outbox_relay
