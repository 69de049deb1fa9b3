#include "outbox_relay/source/topic_template.h"

#include "platform/types/strings.h"

namespace waybill::outbox_relay {

absl::StatusOr<std::vector<TopicPart>> ParseTopicTemplate(std::string_view topic) {
  std::vector<TopicPart> parts;
  std::string_view rest = topic;
  while (!rest.empty()) {
    const std::size_t open = rest.find('{');
    if (open != 0) {
      parts.push_back({false, std::string(rest.substr(0, open))});
      rest = open == std::string_view::npos ? "" : rest.substr(open);
      continue;
    }
    const std::size_t close = rest.find('}');
    if (close == std::string_view::npos) {
      return absl::FailedPreconditionError(StrCat("source.topic has a { without a }: ", topic));
    }
    parts.push_back({true, std::string(rest.substr(1, close - 1))});
    rest = rest.substr(close + 1);
  }
  return parts;
}

}  // namespace waybill::outbox_relay
