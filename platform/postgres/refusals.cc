#include "platform/postgres/refusals.h"

#include "platform/log/log.h"
#include "platform/postgres/error.h"

namespace waybill::postgres {

void Refusals::Note(const absl::Status& refusal, absl::Time now) {
  const std::lock_guard lock(mutex_);
  if (now - noted_at_ > kRemembered) {
    log::Error("the database refuses work",
               {{"sqlstate", SqlStateOf(refusal)}, {"error", refusal.message()}});
  }
  last_ = refusal;
  noted_at_ = now;
}

absl::Status Refusals::Current(absl::Time now) const {
  const std::lock_guard lock(mutex_);
  return now - noted_at_ > kRemembered ? absl::OkStatus() : last_;
}

}  // namespace waybill::postgres
