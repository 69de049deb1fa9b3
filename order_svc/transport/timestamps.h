// Times as protobuf has them.
#pragma once

#include <google/protobuf/timestamp.pb.h>

#include "absl/time/time.h"

namespace waybill::order_svc {

// To the microsecond.
inline void SetTimestamp(google::protobuf::Timestamp& timestamp, absl::Time time) {
  const std::int64_t micros = absl::ToUnixMicros(time);
  timestamp.set_seconds(micros / 1'000'000);
  timestamp.set_nanos(static_cast<std::int32_t>(micros % 1'000'000) * 1000);
}

}  // namespace waybill::order_svc
