#include "outbox_relay/sink/topics.h"

#include <algorithm>

#include "outbox_relay/base/printable.h"
#include "outbox_relay/sink/topic_name.h"
#include "platform/log/log.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr absl::Duration kAskTimeout = absl::Seconds(1);
constexpr absl::Duration kAskPerSecond = absl::Milliseconds(200);
constexpr absl::Duration kRecheckTime = absl::Milliseconds(200);
// So few that each of them is inspected once per second.
constexpr std::size_t kFewTopics = 20;
constexpr std::size_t kMaxClosed = 10'000;

}  // namespace

Topics::Topics(Producer& producer, std::string prefix, absl::Duration retry_closed)
    : producer_(producer),
      prefix_(std::move(prefix)),
      retry_closed_(retry_closed),
      list_(producer),
      budget_(kAskPerSecond) {}

absl::StatusOr<Topic*> Topics::Find(std::string_view name) {
  if (last_ != nullptr && last_name_ == name) return last_;
  auto found = topics_.find(name);
  if (found == topics_.end()) {
    const std::string full_name = StrCat(prefix_, name);
    if (!IsTopicName(full_name)) return Impossible(full_name);
    Topic topic;
    RETURN_IF_ERROR(FirstLook(full_name, topic));
    BoundClosed();
    found = topics_.emplace(name, std::move(topic)).first;
    last_ = nullptr;
  } else if (found->second.closed && !found->second.refused &&
             SteadyNow() >= found->second.retry_at && budget_.IsLeft()) {
    RETURN_IF_ERROR(Inspect(StrCat(prefix_, name), found->second));
  }
  if (!found->second.closed) {
    last_name_ = name;
    last_ = &found->second;
  }
  return &found->second;
}

Topic* Topics::Impossible(const std::string& full_name) {
  impossible_.closed = ParkReason::kUnknownTopic;
  impossible_.error = StrCat("Kafka can't have a topic ", Excerpt(full_name),
                             ": names are 1 to 249 letters, digits, dots, underscores and hyphens");
  return &impossible_;
}

absl::Status Topics::FirstLook(const std::string& full_name, Topic& topic) {
  if (budget_.IsLeft()) return Inspect(full_name, topic);
  ASSIGN_OR_RETURN(const bool listed, list_.Has(full_name));
  if (listed) {
    Open(full_name, topic);
  } else {
    SetClosed(full_name, ParkReason::kUnknownTopic, topic);
  }
  return absl::OkStatus();
}

absl::Status Topics::Inspect(const std::string& full_name, Topic& topic) {
  ASSIGN_OR_RETURN(const TopicState state, budget_.Spend([this, &full_name] {
    return producer_.Inspect(full_name, kAskTimeout);
  }));
  switch (state.kind) {
    case TopicState::Kind::kKnown:
      Open(full_name, topic);
      break;
    case TopicState::Kind::kUnknown:
      SetClosed(full_name, ParkReason::kUnknownTopic, topic);
      break;
    case TopicState::Kind::kNotAuthorised:
      SetClosed(full_name, ParkReason::kNotAuthorised, topic);
      break;
  }
  return absl::OkStatus();
}

void Topics::Open(const std::string& full_name, Topic& topic) {
  topic.handle = producer_.Topic(full_name);
  topic.max_bytes = producer_.max_record_bytes();
  if (topic.closed == ParkReason::kUnknownTopic) {
    appeared_.push_back(full_name.substr(prefix_.size()));
  }
  topic.closed.reset();
  // Without it Kafka refuses a batch, if need be, and its records are sent one by one.
  if (!budget_.IsLeft()) return;
  const absl::StatusOr<std::size_t> limit = budget_.Spend(
      [this, &full_name] { return producer_.MaxMessageBytes(full_name, kAskTimeout); });
  topic.max_bytes = std::min(topic.max_bytes, limit.value_or(SIZE_MAX));
}

void Topics::SetClosed(const std::string& full_name, ParkReason reason, Topic& topic) {
  const bool unknown = reason == ParkReason::kUnknownTopic;
  if (!topic.closed) {
    log::Warn(unknown ? "Kafka doesn't know the topic: its rows are parked"
                      : "the relay may not describe the topic: its rows are parked",
              {{"topic", full_name}});
  }
  topic.closed = reason;
  topic.error = unknown ? StrCat("Kafka has no topic ", full_name)
                        : StrCat("the relay is not authorised for topic ", full_name);
  topic.retry_at = SteadyNow() + retry_closed_;
}

void Topics::BoundClosed() {
  if (++found_since_ < kMaxClosed) return;
  found_since_ = 0;
  std::erase_if(topics_, [](const auto& entry) { return entry.second.closed.has_value(); });
  forgot_unknown_ = true;
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

void Topics::AddUnknown(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const std::string full_name = StrCat(prefix_, name);
    if (!topics_.contains(name) && IsTopicName(full_name)) {
      SetClosed(full_name, ParkReason::kUnknownTopic, topics_[name]);
    }
  }
}

std::vector<std::string> Topics::Unknown() const {
  std::vector<std::string> names;
  for (const auto& [name, topic] : topics_) {
    if (topic.closed == ParkReason::kUnknownTopic && !topic.refused) names.push_back(name);
  }
  return names;
}

std::vector<std::string> Topics::Appeared() {
  std::vector<std::string> names = Unknown();
  std::rotate(names.begin(), std::upper_bound(names.begin(), names.end(), last_rechecked_),
              names.end());
  const bool few = names.size() <= kFewTopics;
  const SteadyTime deadline = SteadyNow() + kRecheckTime;
  bool ask = true;
  for (const std::string& name : names) {
    const std::string full_name = StrCat(prefix_, name);
    Topic& topic = topics_.find(name)->second;
    if (!few && list_.Has(full_name).value_or(false)) {
      Open(full_name, topic);
    } else if (ask && SteadyNow() < deadline) {
      // The list says neither what isn't authorised nor what a broker would create if asked.
      last_rechecked_ = name;
      ask = Inspect(full_name, topic).ok();
    }
  }
  return std::exchange(appeared_, {});
}

const Topic* Topics::Recheck(const std::string& name) {
  const absl::StatusOr<Topic*> found = Find(name);
  if (!found.ok() || !(*found)->closed || (*found)->refused) return nullptr;
  Topic& topic = **found;
  if (&topic == &impossible_) return &topic;
  return Inspect(StrCat(prefix_, name), topic).ok() && topic.closed ? &topic : nullptr;
}

}  // namespace waybill::outbox_relay
