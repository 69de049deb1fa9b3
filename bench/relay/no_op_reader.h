// Measures the upper bound for a reader: a bare libpq loop that reads a slot's content, in binary,
// and discards it.
#pragma once

#include <cstdint>
#include <string>

namespace waybill::bench {

struct NoOpRead {
  double rows_per_second = 0;
  double cpu_s_per_100k = 0;
};

// Measures from START_REPLICATION to the last of `rows` inserts. Confirms nothing. Throws
// std::runtime_error.
NoOpRead ReadAndDrop(const std::string& conninfo, const std::string& slot, std::int64_t rows);

}  // namespace waybill::bench
