// Counts the sandbox's replies.
#pragma once

#include "platform/metrics/registry.h"

namespace waybill::payment_sandbox {

// waybill_sandbox_replies_total{status}: 2xx, 4xx or 5xx.
class ReplyMetrics {
 public:
  explicit ReplyMetrics(metrics::Registry& registry);

  void Count(int http_status) const;

 private:
  metrics::Counter ok_;
  metrics::Counter refused_;
  metrics::Counter failed_;
};

}  // namespace waybill::payment_sandbox
