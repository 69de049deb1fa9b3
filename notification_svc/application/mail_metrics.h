// What becomes of attempts to send mails.
#pragma once

#include "notification_svc/application/ports.h"
#include "platform/metrics/registry.h"

namespace waybill::notification_svc {

// waybill_mail_attempts_total{outcome}: sent, refused (for good), deferred or unreachable (both: to
// be tried again). Without a registry it counts nowhere.
class MailMetrics {
 public:
  MailMetrics() = default;
  explicit MailMetrics(metrics::Registry& registry);

  void Count(Delivery::Outcome outcome) const;

 private:
  metrics::Counter sent_;
  metrics::Counter refused_;
  metrics::Counter deferred_;
  metrics::Counter unreachable_;
};

}  // namespace waybill::notification_svc
