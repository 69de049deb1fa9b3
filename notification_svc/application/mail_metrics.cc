#include "notification_svc/application/mail_metrics.h"

namespace waybill::notification_svc {
namespace {

metrics::Counter Attempts(metrics::Registry& registry, const char* outcome) {
  return registry.AddCounter("waybill_mail_attempts_total", "Attempts to send a mail",
                             {{"outcome", outcome}});
}

}  // namespace

MailMetrics::MailMetrics(metrics::Registry& registry)
    : sent_(Attempts(registry, "sent")),
      refused_(Attempts(registry, "refused")),
      deferred_(Attempts(registry, "deferred")),
      unreachable_(Attempts(registry, "unreachable")) {}

void MailMetrics::Count(Delivery::Outcome outcome) const {
  switch (outcome) {
    case Delivery::Outcome::kSent:
      return sent_.Add();
    case Delivery::Outcome::kRefused:
      return refused_.Add();
    case Delivery::Outcome::kDeferred:
      return deferred_.Add();
    case Delivery::Outcome::kUnreachable:
      return unreachable_.Add();
  }
}

}  // namespace waybill::notification_svc
