#include "platform/inbox/config.h"

namespace waybill::inbox {

InboxConfig ReadInboxConfig(ConfigReader& reader) {
  InboxConfig config;
  config.retention = reader.Duration("inbox.retention", config.retention,
                                     {absl::Minutes(1), absl::Hours(24 * 366)});
  config.outbox_retention = reader.Duration("inbox.outbox_retention", config.outbox_retention,
                                            {absl::ZeroDuration(), absl::Hours(24 * 366)});
  config.max_batch = static_cast<int>(reader.Int("inbox.max_batch", config.max_batch, {1, 10'000}));
  return config;
}

}  // namespace waybill::inbox
