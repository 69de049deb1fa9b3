#include "notification_svc/application/queue_mails.h"

#include "platform/log/log.h"

namespace waybill::notification_svc {
namespace {

MailContent Write(const OrderNews& news) {
  switch (news.kind) {
    case OrderNews::Kind::kConfirmed:
      return ConfirmationMail(news.order);
    case OrderNews::Kind::kRefunded:
      return RefundMail(news.order, news.refund, news.refunded);
    case OrderNews::Kind::kCancelled:
      break;
  }
  return CancellationMail(news.order, news.cancel_reason);
}

}  // namespace

absl::StatusOr<QueueMails::Outcome> QueueMails::Run(Stores& stores,
                                                    absl::Span<const OrderNews> news) {
  Outcome mails;
  mails.reserve(news.size());
  for (const OrderNews& one : news) {
    mails.push_back({.id = one.event,
                     .order = one.order.order,
                     .sequence = one.sequence,
                     .recipient = one.recipient,
                     .content = Write(one),
                     .trace = one.trace.Child()});
  }
  stores.mails.Add(mails);
  return mails;
}

void QueueMails::OnCommitted(const Outcome& queued) {
  for (const NewMail& mail : queued) {
    log::Debug("the mail was queued", {{"order_id", mail.order.ToString()},
                                       {"trace_id", mail.trace.trace_id()},
                                       {"mail_id", mail.id.ToString()}});
  }
  sender_.Wake();
}

}  // namespace waybill::notification_svc
