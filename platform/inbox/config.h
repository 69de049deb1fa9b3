// What an operator may set of a consumer.
#pragma once

#include "absl/time/time.h"
#include "platform/config/config_reader.h"

namespace waybill::inbox {

struct InboxConfig {
  // Inbox rows younger than this are kept. Must be over outbox_retention + the topics' retention.ms
  // + segment.ms, or a republished old event would take effect again; checked against the broker at
  // start.
  absl::Duration retention = absl::Hours(24 * 30);
  // The outbox retention of the services that produce for us.
  absl::Duration outbox_retention = absl::Hours(24 * 7);
  // Records in one transaction, 1 to 10,000.
  int max_batch = 500;
};

// Reads the section [inbox].
InboxConfig ReadInboxConfig(ConfigReader& reader);

}  // namespace waybill::inbox
