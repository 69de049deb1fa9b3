// How long request ids are remembered, and the statement that forgets them.
#pragma once

#include <cstdint>

#include "absl/time/time.h"
#include "platform/config/config_reader.h"
#include "platform/postgres/transaction.h"
#include "platform/retention/batch.h"

namespace waybill::request_keys {

// A repeated request is answered for at least as long as clients are promised (order_service.proto):
// no shorter period is taken.
inline constexpr absl::Duration kLeastRetention = absl::Hours(24);
inline constexpr absl::Duration kRetention = absl::Hours(24 * 90);

// Reads retention.request_keys: 0 (for ever), or 24 h to ten years; default 90 days.
absl::Duration ReadRetention(ConfigReader& reader);

// Forgets requests that took effect before the batch's time, and returns how many. A request_id that
// is used again after that is a new one. Throws what libpqxx throws.
std::int64_t RetireKeys(postgres::Transaction& tx, const retention::Batch& batch);

}  // namespace waybill::request_keys
