#include "platform/retention/config.h"

#include "platform/types/strings.h"

namespace waybill::retention {
namespace {

constexpr absl::Duration kLongest = absl::Hours(24 * 3660);

}  // namespace

RetentionConfig ReadRetentionConfig(ConfigReader& reader) {
  RetentionConfig config;
  config.enabled = reader.Bool("retention.enabled", config.enabled);
  config.every =
      reader.Duration("retention.every", config.every, {absl::Milliseconds(10), absl::Hours(24)});
  config.batch = static_cast<int>(reader.Int("retention.batch", config.batch, {1, 10'000}));
  return config;
}

absl::Duration ReadPeriod(ConfigReader& reader, std::string_view key, absl::Duration fallback,
                          absl::Duration least) {
  const absl::Duration period = reader.Duration(key, fallback, {absl::ZeroDuration(), kLongest});
  if (period == absl::ZeroDuration() || period >= least) return period;
  reader.AddError(key, StrCat(absl::FormatDuration(period), " is shorter than ",
                              absl::FormatDuration(least), ", the least; 0s keeps for ever"));
  return fallback;
}

}  // namespace waybill::retention
