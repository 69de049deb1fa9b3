#include "outbox_relay/sink/topics.h"

#include <algorithm>

#include "platform/log/log.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr absl::Duration kAskTimeout = absl::Seconds(1);

}  // namespace

absl::StatusOr<Topic*> Topics::Find(std::string_view name) {
  if (last_ != nullptr && last_name_ == name) return last_;
  auto found = topics_.find(name);
  if (found == topics_.end()) {
    Topic topic;
    RETURN_IF_ERROR(Inspect(name, topic));
    found = topics_.emplace(name, std::move(topic)).first;
    last_ = nullptr;
  } else if (found->second.closed && !found->second.refused &&
             SteadyNow() >= found->second.retry_at) {
    RETURN_IF_ERROR(Inspect(name, found->second));
  }
  if (!found->second.closed) {
    last_name_ = name;
    last_ = &found->second;
  }
  return &found->second;
}

absl::Status Topics::Inspect(std::string_view name, Topic& topic) {
  const std::string full_name = StrCat(prefix_, name);
  ASSIGN_OR_RETURN(const TopicState state, producer_.Inspect(full_name, kAskTimeout));
  topic.retry_at = SteadyNow() + retry_closed_;
  if (state.kind == TopicState::Kind::kKnown) {
    absl::StatusOr<std::size_t> limit = producer_.MaxMessageBytes(full_name, kAskTimeout);
    topic.handle = producer_.Topic(full_name);
    topic.max_bytes = std::min(producer_.max_record_bytes(), limit.value_or(SIZE_MAX));
    topic.closed.reset();
    return absl::OkStatus();
  }
  const bool unknown = state.kind == TopicState::Kind::kUnknown;
  if (!topic.closed) {
    log::Warn(unknown ? "Kafka doesn't know the topic: its rows are parked"
                      : "the relay may not describe the topic: its rows are parked",
              {{"topic", full_name}});
  }
  topic.closed = unknown ? ParkReason::kUnknownTopic : ParkReason::kNotAuthorised;
  topic.error = unknown ? StrCat("Kafka has no topic ", full_name)
                        : StrCat("the relay is not authorised for topic ", full_name);
  return absl::OkStatus();
}

void Topics::Close(std::string_view name, ParkReason reason, const std::string& error) {
  Topic& topic = topics_[std::string(name)];
  topic.closed = reason;
  topic.refused = true;
  topic.error = error;
  topic.retry_at = SteadyNow() + retry_closed_;
  last_ = nullptr;
  log::Warn("Kafka refuses records of the topic: its rows are parked",
            {{"topic", name}, {"error", error}});
}

void Topics::Reopen(std::string_view name) {
  const auto found = topics_.find(name);
  if (found != topics_.end() && found->second.closed) Forget(name);
}

void Topics::Forget(std::string_view name) {
  const auto found = topics_.find(name);
  if (found != topics_.end()) topics_.erase(found);
  last_ = nullptr;
}

std::vector<std::string> Topics::Unknown() const {
  std::vector<std::string> names;
  for (const auto& [name, topic] : topics_) {
    if (topic.closed == ParkReason::kUnknownTopic && !topic.refused) names.push_back(name);
  }
  return names;
}

bool Topics::Recheck(const std::string& name) {
  const auto found = topics_.find(name);
  return found != topics_.end() && Inspect(name, found->second).ok() && !found->second.closed;
}

}  // namespace waybill::outbox_relay
