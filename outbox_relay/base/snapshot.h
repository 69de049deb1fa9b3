// A snapshot says whose changes a query sees ("pg_snapshot" in PostgreSQL's manual, 9.27).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace waybill::outbox_relay {

struct Snapshot {
  // Every transaction below had ended.
  std::uint64_t xmin = 0;
  // None from here on had begun to write.
  std::uint64_t xmax = 0;
  // Those between that were under way, ascending.
  std::vector<std::uint64_t> running;

  // Parses pg_current_snapshot()'s text, "xmin:xmax:xid,xid,...". InvalidArgument.
  static absl::StatusOr<Snapshot> Parse(std::string_view text);
  // Whether it sees what a committed transaction wrote. `xid` is the short form, of a transaction
  // less than 2^31 away from xmax.
  bool Saw(std::uint32_t xid) const;
};

}  // namespace waybill::outbox_relay
