#include "tools/payment_sandbox/reply_metrics.h"

namespace waybill::payment_sandbox {
namespace {

metrics::Counter Replies(metrics::Registry& registry, const char* status) {
  return registry.AddCounter("waybill_sandbox_replies_total", "Replies of the payment sandbox",
                             {{"status", status}});
}

}  // namespace

ReplyMetrics::ReplyMetrics(metrics::Registry& registry)
    : ok_(Replies(registry, "2xx")),
      refused_(Replies(registry, "4xx")),
      failed_(Replies(registry, "5xx")) {}

void ReplyMetrics::Count(int http_status) const {
  if (http_status >= 500) return failed_.Add();
  if (http_status >= 400) return refused_.Add();
  ok_.Add();
}

}  // namespace waybill::payment_sandbox
