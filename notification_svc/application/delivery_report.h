// Logs and counts attempts to send mails.
#pragma once

#include <map>

#include "notification_svc/domain/delivery.h"
#include "notification_svc/storage/mail_store.h"
#include "platform/metrics/registry.h"

namespace waybill::notification_svc {

// waybill_mail_attempts_total{outcome}: sent, refused (for good), deferred or unreachable (both are
// retried). Thread-safe.
class DeliveryReport {
 public:
  // Counts nowhere.
  DeliveryReport() = default;
  explicit DeliveryReport(metrics::Registry& registry);

  // Counts the attempt, and logs it with order_id and trace_id; no address.
  void Report(const DueMail& mail, const Delivery& delivery) const;

 private:
  std::map<Delivery::Outcome, metrics::Counter> attempts_;
};

}  // namespace waybill::notification_svc
