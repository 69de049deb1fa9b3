#include "outbox_relay/sink/topic_list.h"

#include "platform/types/status_macros.h"

namespace waybill::outbox_relay {
namespace {

constexpr absl::Duration kRenewEvery = absl::Seconds(1);
constexpr absl::Duration kAskTimeout = absl::Seconds(1);

}  // namespace

absl::StatusOr<bool> TopicList::Has(const std::string& full_name) {
  if (SteadyNow() >= renew_at_) {
    names_ = producer_.ListTopics(kAskTimeout);
    renew_at_ = SteadyNow() + kRenewEvery;
  }
  RETURN_IF_ERROR(names_.status());
  return names_->contains(full_name);
}

}  // namespace waybill::outbox_relay
