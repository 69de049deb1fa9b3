// InboxStore reads and writes the tables `inbox`, `parked_keys` and `parked_events`, for one
// consumer and inside one transaction. Throws what libpqxx throws.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "platform/inbox/park_reason.h"
#include "platform/inbox/received_event.h"
#include "platform/postgres/transaction.h"

namespace waybill::inbox {

struct ParkedEvent {
  const ReceivedEvent* received = nullptr;
  ParkReason reason = ParkReason::kInvalid;
  // What was wrong, in words for people.
  std::string error;
};

class InboxStore {
 public:
  InboxStore(postgres::Transaction& tx, const std::string& consumer)
      : tx_(tx), consumer_(consumer) {}

  struct Taken {
    // The events whose ids were not there before. An id that stands twice in the batch counts once.
    std::set<EventId> fresh;
    // Those of the events' (topic, key) pairs that are parked.
    std::set<std::pair<std::string, std::string>> parked_keys;
  };
  // Inserts the ids of the events, in one statement. Blocks while another transaction is inserting
  // one of them; kAborted: it has committed it, so roll back and run the transaction again. The
  // rows of the parked keys stay locked until the end of the transaction, so that no replay runs
  // meanwhile.
  absl::StatusOr<Taken> Take(absl::Span<const ReceivedEvent* const> events);

  // Parks the events, in this order, with their keys, and sends a copy of each to `dlq_topic`
  // through the outbox.
  void Park(absl::Span<const ParkedEvent> parked, const std::string& dlq_topic);

 private:
  Taken Insert(absl::Span<const ReceivedEvent* const> events);

  postgres::Transaction& tx_;
  const std::string& consumer_;
};

}  // namespace waybill::inbox
