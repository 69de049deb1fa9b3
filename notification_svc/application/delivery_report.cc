#include "notification_svc/application/delivery_report.h"

#include <string>

#include "platform/log/log.h"

namespace waybill::notification_svc {
namespace {

void Log(const DueMail& mail, const Delivery& delivery) {
  const std::string order = mail.order.ToString();
  const std::string id = mail.id.ToString();
  const std::string& trace = mail.trace.trace_id();
  switch (delivery.outcome) {
    case Delivery::Outcome::kSent:
      log::Info("the mail was sent", {{"order_id", order}, {"trace_id", trace}, {"mail_id", id}});
      return;
    case Delivery::Outcome::kRefused:
      log::Warn("the SMTP server has permanently refused the mail; the table mails has the error",
                {{"order_id", order},
                 {"trace_id", trace},
                 {"mail_id", id},
                 {"smtp_code", delivery.code}});
      return;
    case Delivery::Outcome::kDeferred:
    case Delivery::Outcome::kUnreachable:
      log::Info("the mail could not be sent yet and will be retried", {{"order_id", order},
                                                                       {"trace_id", trace},
                                                                       {"mail_id", id},
                                                                       {"smtp_code", delivery.code},
                                                                       {"tries", mail.tries}});
  }
}

}  // namespace

DeliveryReport::DeliveryReport(metrics::Registry& registry) {
  for (const auto& [outcome, name] : EnumNames(Delivery::Outcome{})) {
    attempts_[outcome] = registry.AddCounter(
        "waybill_mail_attempts_total", "Attempts to send a mail", {{"outcome", std::string(name)}});
  }
}

void DeliveryReport::Report(const DueMail& mail, const Delivery& delivery) const {
  const auto counter = attempts_.find(delivery.outcome);
  if (counter != attempts_.end()) counter->second.Add();
  Log(mail, delivery);
}

}  // namespace waybill::notification_svc
