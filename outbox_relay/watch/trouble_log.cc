#include "outbox_relay/watch/trouble_log.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "platform/log/log.h"

namespace waybill::outbox_relay {
namespace {

constexpr absl::Duration kRemindEvery = absl::Minutes(1);
constexpr std::size_t kMostTold = 32;

std::string WithoutDigits(std::string_view text) {
  std::string kind(text);
  std::erase_if(kind, [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); });
  return kind;
}

}  // namespace

void TroubleLog::Failed(std::string_view error, absl::Duration retry_in) {
  ++failures_;
  if (!Note(error)) return;
  log::Warn("the outbox source failed and will be retried",
            {{"source", source_},
             {"error", error},
             {"retry_in_ms", absl::ToInt64Milliseconds(retry_in)}});
}

void TroubleLog::Stalled(std::string_view reason) {
  if (!Note(reason)) return;
  log::Warn("the outbox source has stalled", {{"source", source_}, {"reason", reason}});
}

bool TroubleLog::Note(std::string_view trouble) {
  const SteadyTime now = SteadyNow();
  if (told_.empty()) began_ = now;
  if (told_.size() < kMostTold && told_.insert(WithoutDigits(trouble)).second) {
    remind_at_ = now + kRemindEvery;
    return true;
  }
  if (now < remind_at_) return false;
  remind_at_ = now + kRemindEvery;
  log::Warn("the outbox source is still in trouble",
            {{"source", source_},
             {"error", trouble},
             {"failures", failures_},
             {"since_s", absl::ToInt64Seconds(now - began_)}});
  return false;
}

void TroubleLog::Over() {
  if (told_.empty()) return;
  log::Info("the outbox source works again",
            {{"source", source_},
             {"failures", failures_},
             {"after_s", absl::ToInt64Seconds(SteadyNow() - began_)}});
  told_.clear();
  failures_ = 0;
}

}  // namespace waybill::outbox_relay
