#include "platform/inbox/retention_guard.h"

#include <utility>

#include "platform/inbox/retention_check.h"
#include "platform/log/log.h"

namespace waybill::inbox {
namespace {

constexpr absl::Duration kAskEvery = absl::Minutes(1);

}  // namespace

RetentionGuard::RetentionGuard(ConsumerOptions options, std::vector<std::string> topics)
    : topics_(std::move(topics)),
      options_(std::move(options)),
      worker_("retention guard", kAskEvery, [this]() -> absl::StatusOr<RoundResult> {
        const absl::Status answer = Ask();
        // Asked for more often: the first answer, and that about a topic about to be made.
        if (absl::IsNotFound(answer)) return answer;
        if (absl::IsUnavailable(answer) && absl::IsUnavailable(Verdict())) return answer;
        return RoundResult::kIdle;
      }) {}

absl::Status RetentionGuard::Start() {
  if (absl::Status status = Ask(); absl::IsInvalidArgument(status)) return status;
  worker_.Start();
  return absl::OkStatus();
}

void RetentionGuard::Stop() { worker_.Stop(); }

void RetentionGuard::Use(const kafka::KafkaConfig& kafka) {
  const std::lock_guard lock(mutex_);
  for (const char* key : {"sasl.username", "sasl.password"}) {
    const auto found = kafka.properties.find(key);
    if (found != kafka.properties.end()) options_.kafka.properties[key] = found->second;
  }
}

absl::Status RetentionGuard::Verdict() const {
  const std::lock_guard lock(mutex_);
  return verdict_;
}

absl::Status RetentionGuard::Ask() {
  ConsumerOptions options;
  {
    const std::lock_guard lock(mutex_);
    options = options_;
  }
  absl::Status answer = CheckRetention(options, topics_);
  const bool refused = absl::IsInvalidArgument(answer);
  // A broker that doesn't answer changes nothing.
  if (!answer.ok() && !refused && !absl::IsNotFound(answer)) {
    return absl::UnavailableError(answer.message());
  }
  const std::lock_guard lock(mutex_);
  const bool refused_before = absl::IsInvalidArgument(verdict_);
  if (refused && !refused_before)
    log::Error("the consumer doesn't read: retention is refused", {{"error", answer.message()}});
  if (!refused && refused_before) log::Info("the consumer reads again: retention is accepted");
  verdict_ = refused ? answer : absl::OkStatus();
  return answer;
}

}  // namespace waybill::inbox
