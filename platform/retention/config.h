// What an operator may set of retention: the section [retention].
#pragma once

#include <string_view>

#include "absl/time/time.h"
#include "platform/config/config_reader.h"

namespace waybill::retention {

struct RetentionConfig {
  // False: nothing is retired, whatever the periods say.
  bool enabled = true;
  // How often old rows are looked for; 10 ms to 24 h.
  absl::Duration every = absl::Minutes(1);
  // Rows in one transaction; 1 to 10,000.
  int batch = 1000;
};

// Reads retention.enabled, retention.every and retention.batch.
RetentionConfig ReadRetentionConfig(ConfigReader& reader);

// Reads how long something is kept: 0 keeps it for ever; anything else is `least` to ten years. A
// shorter or negative period is a mistake in the file.
absl::Duration ReadPeriod(ConfigReader& reader, std::string_view key, absl::Duration fallback,
                          absl::Duration least);

}  // namespace waybill::retention
