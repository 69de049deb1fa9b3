// RestoredRows are rows that came with a dump from another PostgreSQL cluster, and have transaction
// numbers that this one has not reached yet.
#pragma once

#include <cstdint>
#include <string>

namespace waybill::outbox_relay {

// Those up to `until`, in the order of columns.order, whose number isn't below `tx` are published: what
// this cluster inserts is ordered behind them.
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
