#include "notification_svc/application/send_due_mails.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "platform/executor/backoff.h"
#include "platform/faults/fault_point.h"
#include "platform/types/status_macros.h"

namespace waybill::notification_svc {
namespace {

using Outcome = Delivery::Outcome;

constexpr absl::Duration kLookEvery = absl::Milliseconds(500);
constexpr absl::Duration kTransactionPatience = absl::Seconds(10);
// A mailbox that is busy or greylists.
constexpr BackoffOptions kDeferredBackoff{
    .initial = absl::Seconds(1), .max = absl::Minutes(5), .factor = 2.0};
// A server that is away, which the pause between rounds is for already.
constexpr BackoffOptions kUnreachableBackoff{
    .initial = absl::Milliseconds(100), .max = absl::Seconds(10), .factor = 2.0};

bool NobodyCouldBeAsked(const std::vector<Delivery>& deliveries) {
  return std::ranges::all_of(deliveries, [](const Delivery& delivery) {
    return delivery.outcome == Outcome::kUnreachable;
  });
}

}  // namespace

SendDueMails::SendDueMails(const UnitOfWork& unit_of_work, MailSender& sender, SendOptions options,
                           DeliveryReport report)
    : unit_of_work_(unit_of_work),
      sender_(sender),
      options_(options),
      report_(std::move(report)),
      worker_("send_due_mails", kLookEvery, [this] { return Run(); }) {}

absl::StatusOr<RoundResult> SendDueMails::Run() {
  RETURN_IF_ERROR(SettleUnsettled());
  ASSIGN_OR_RETURN(const std::vector<DueMail> mails, Claim());
  if (mails.empty()) return RoundResult::kIdle;

  const std::vector<Delivery> deliveries = sender_.Send(mails);
  for (std::size_t i = 0; i < mails.size(); ++i) {
    unsettled_.push_back(ResultOf(mails[i], deliveries[i]));
    report_.Report(mails[i], deliveries[i]);
  }
  faults::Point("notification_svc.sent_not_settled");
  RETURN_IF_ERROR(SettleUnsettled());
  if (NobodyCouldBeAsked(deliveries)) {
    return absl::UnavailableError(
        absl::StrCat("the SMTP server can't be reached: ", deliveries.front().error));
  }
  return RoundResult::kMoreWork;
}

absl::StatusOr<std::vector<DueMail>> SendDueMails::Claim() {
  std::vector<DueMail> mails;
  RETURN_IF_ERROR(
      unit_of_work_.RunInBackground("claim_mails", kTransactionPatience, [&](Stores& stores) {
        mails = stores.mails.Claim(options_.max_in_flight, 2 * options_.send_timeout);
        return absl::OkStatus();
      }));
  return mails;
}

absl::Status SendDueMails::SettleUnsettled() {
  if (unsettled_.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(
      unit_of_work_.RunInBackground("settle_mails", kTransactionPatience, [&](Stores& stores) {
        stores.mails.Settle(unsettled_);
        return absl::OkStatus();
      }));
  unsettled_.clear();
  return absl::OkStatus();
}

MailResult SendDueMails::ResultOf(const DueMail& mail, const Delivery& delivery) {
  const BackoffOptions& backoff =
      delivery.outcome == Outcome::kUnreachable ? kUnreachableBackoff : kDeferredBackoff;
  return {.id = mail.id,
          .delivery = delivery,
          .due_at = absl::Now() + Backoff::After(mail.tries, backoff, random_)};
}

}  // namespace waybill::notification_svc
