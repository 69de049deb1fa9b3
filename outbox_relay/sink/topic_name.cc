#include "outbox_relay/sink/topic_name.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"

namespace waybill::outbox_relay {
namespace {

constexpr std::size_t kMaxLength = 249;

}  // namespace

bool IsTopicName(std::string_view full_name) {
  return !full_name.empty() && full_name.size() <= kMaxLength && full_name != "." &&
         full_name != ".." && std::all_of(full_name.begin(), full_name.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' ||
                  c == '-';
         });
}

}  // namespace waybill::outbox_relay
