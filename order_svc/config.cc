#include "order_svc/config.h"

namespace waybill::order_svc {

Config ReadConfig(ConfigReader& reader) {
  Config config{service::ReadHostConfig(reader, "127.0.0.1:7101")};
  config.order_timeout = reader.Duration("order.timeout", config.order_timeout,
                                         {absl::Milliseconds(100), absl::Hours(24 * 30)});
  config.timeout_check_every =
      reader.Duration("order.timeout_check_every", config.timeout_check_every,
                      {absl::Milliseconds(10), absl::Hours(1)});
  config.place_order.lanes =
      static_cast<int>(reader.Int("order.place_lanes", config.place_order.lanes, {1, 64}));
  config.place_order.max_waiting = static_cast<std::size_t>(
      reader.Int("order.place_queue", static_cast<std::int64_t>(config.place_order.max_waiting),
                 {1, 1 << 20}));
  config.watch_poll_every = reader.Duration("order.watch_poll_every", config.watch_poll_every,
                                            {absl::Milliseconds(5), absl::Minutes(1)});
  config.request_key_retention = request_keys::ReadRetention(reader);
  config.history_retention = retention::ReadPeriod(reader, "retention.order_history",
                                                   config.history_retention, absl::Hours(1));
  return config;
}

}  // namespace waybill::order_svc
