// RestoredRows bounds the rows that a dump has brought from another PostgreSQL cluster.
#pragma once

#include <cstdint>
#include <string>

namespace waybill::outbox_relay {

// Those with columns.order at most `until` and a transaction number of `tx` or more, which this cluster
// had not reached. They count as published. Rows that this cluster inserts have a greater columns.order.
struct RestoredRows {
  std::uint64_t tx = 0;
  // "" for none.
  std::string until = {};
};

// The condition that a row may be unpublished: its transaction isn't below `horizon`, and it is none of
// `restored`. A horizon of 0 is that of a checkpoint that begins anew: nothing is published then. The
// columns' names are unquoted; `order_column` may be "" if there are no restored rows.
std::string UnpublishedSql(const std::string& tx_column, const std::string& order_column,
                           std::uint64_t horizon, const RestoredRows& restored);

}  // namespace waybill::outbox_relay
