#include "platform/executor/batcher.h"

namespace waybill {

BatcherMetrics::BatcherMetrics(metrics::Registry& registry, const std::string& work)
    : waiting(registry.AddGauge("waybill_batcher_waiting_requests",
                                "Requests that are waiting for a batch", {{"work", work}})),
      rejected(registry.AddCounter("waybill_batcher_rejected_total",
                                   "Requests refused because the queue was full or too slow",
                                   {{"work", work}})),
      batch_requests(registry.AddHistogram("waybill_batcher_batch_requests", "Requests per batch",
                                           metrics::CountBuckets(), {{"work", work}})) {}

}  // namespace waybill
