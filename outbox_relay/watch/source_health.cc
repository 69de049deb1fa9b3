#include "outbox_relay/watch/source_health.h"

#include <utility>

#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

std::string ForSeconds(absl::Duration duration) {
  return StrCat(" for ", absl::ToInt64Seconds(duration), " s");
}

}  // namespace

void SourceHealth::Became(SourceState state) {
  const std::lock_guard lock(mutex_);
  beat_ = SteadyNow();
  if (state == state_) return;
  state_ = state;
  state_since_ = beat_;
  does_.clear();
  standstills_ = {};
  if (state == SourceState::kStandby) EndTrouble();
}

void SourceHealth::Does(std::string what) {
  const std::lock_guard lock(mutex_);
  does_ = std::move(what);
}

void SourceHealth::Failed(const absl::Status& why, absl::Duration retry_in) {
  const std::lock_guard lock(mutex_);
  trouble_ = std::string(why.message());
  log_.Failed(trouble_, retry_in);
}

void SourceHealth::Progressed() {
  const std::lock_guard lock(mutex_);
  trouble_.clear();
  if (Stall(SteadyNow()).empty()) EndTrouble();
}

void SourceHealth::StandsStill(WaitsFor what, SteadyTime since, std::string sentence) {
  const std::lock_guard lock(mutex_);
  standstills_[static_cast<std::size_t>(what)] = {since, std::move(sentence)};
}

void SourceHealth::Beat() {
  const std::lock_guard lock(mutex_);
  const SteadyTime now = SteadyNow();
  beat_ = now;
  if (state_ != SourceState::kStreaming) return;
  if (const std::string stall = Stall(now); !stall.empty()) {
    log_.Stalled(stall);
  } else if (trouble_.empty() || now - state_since_ >= stalled_after_) {
    // A stream that has met no row for a while works, too.
    EndTrouble();
  }
}

absl::Status SourceHealth::Ready() const {
  const std::lock_guard lock(mutex_);
  const SteadyTime now = SteadyNow();
  if (state_ == SourceState::kTrouble || state_ == SourceState::kStreaming) {
    if (!trouble_.empty()) return absl::UnavailableError(trouble_);
  }
  if (state_ == SourceState::kTrouble) {
    return absl::UnavailableError("the relay connects to the database");
  }
  if (now - beat_ > stalled_after_) {
    return absl::UnavailableError(
        StrCat("the relay has been waiting for an answer of PostgreSQL or Kafka",
               ForSeconds(now - beat_)));
  }
  if (state_ == SourceState::kLeading) {
    const std::string reason = does_.empty() ? Stall(now) : does_;
    if (reason.empty() && !trouble_.empty()) return absl::UnavailableError(trouble_);
    return absl::UnavailableError(
        StrCat("the relay doesn't stream yet", reason.empty() ? "" : ": ", reason));
  }
  const std::string stall = Stall(now);
  return stall.empty() ? absl::OkStatus() : absl::UnavailableError(stall);
}

std::string SourceHealth::Stall(SteadyTime now) const {
  for (const Standstill& standstill : standstills_) {
    const absl::Duration lasts = now - standstill.since;
    if (lasts > stalled_after_) return StrCat(standstill.sentence, ",", ForSeconds(lasts));
  }
  return "";
}

void SourceHealth::EndTrouble() {
  trouble_.clear();
  log_.Over();
}

}  // namespace waybill::outbox_relay
