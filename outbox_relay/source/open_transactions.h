// Finds the transactions that keep a new slot, or a catch-up, waiting.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "outbox_relay/base/pg_connection.h"

namespace waybill::outbox_relay {

// Of the whole server, because a new slot waits for the transactions of every database; the oldest
// 20 of either kind, as text for people; "" for none.
struct OpenTransactions {
  // Of sessions: "process 17 (user a, database b), process 18 (...)".
  std::string sessions;
  // Prepared (two-phase) ones, which outlive their sessions and the server, with their age and what
  // ends them.
  std::string prepared;

  std::string Text() const {
    return sessions + (sessions.empty() || prepared.empty() ? "" : "; ") + prepared;
  }
};

// Those that have written something; any role may see them. One query.
absl::StatusOr<OpenTransactions> FindOpenTransactions(PgConnection& connection);
// The same as text for the log, or why they can't be found.
std::string DescribeOpenTransactions(PgConnection& connection);

}  // namespace waybill::outbox_relay
