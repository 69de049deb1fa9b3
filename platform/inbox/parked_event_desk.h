// ParkedEventDesk lets an operator list, replay and discard a consumer's parked events.
//
// Safe beside the running consumer: both lock the row of the key in parked_keys before they touch
// what is parked of it. An event that comes for the key while a replay runs waits for its end; it
// is then parked behind what is left, or processed if nothing is. An event's effect and its removal
// are one transaction, so a process that dies in between has done neither, and of two replays of
// one event the second finds it gone. A fix that makes an event processable is made elsewhere:
// in the service, or in its database.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "platform/inbox/batch_handler.h"
#include "platform/inbox/parked_event_store.h"
#include "platform/postgres/pool.h"

namespace waybill::inbox {

enum class ReplayOutcome { kReplayed, kFailed, kBehind };

struct Replayed {
  std::int64_t id = 0;
  ReplayOutcome outcome = ReplayOutcome::kReplayed;
  // What was wrong; "" when it was replayed.
  std::string error = {};
};

// Thread-safe; replays run one after the other. Borrows pool and handler; `handler` must be another
// one than the consumer engine's, which has it to itself.
//
// Every method blocks until `deadline` at most, and a transaction more. Errors besides those named:
// RunTransaction's.
class ParkedEventDesk {
 public:
  // The most events that one Replay takes, and the longest it begins new ones.
  static constexpr int kMaxReplays = 500;
  static constexpr absl::Duration kMaxReplayTime = absl::Seconds(2);

  ParkedEventDesk(std::string consumer, postgres::Pool& pool, BatchHandler& handler)
      : consumer_(std::move(consumer)), pool_(pool), handler_(handler) {}

  const std::string& consumer() const { return consumer_; }

  // As ParkedEventStore::List.
  absl::StatusOr<std::vector<StoredEvent>> List(const ParkedSelection& selection, int limit,
                                                int payload_limit, absl::Time deadline);
  // kNotFound (NOT_PARKED).
  absl::StatusOr<StoredEvent> Get(std::int64_t id, absl::Time deadline);

  struct ReplayResult {
    std::vector<Replayed> events;
    // What is left of the selection; nothing when it is done.
    std::optional<ParkedSelection> rest;
  };
  // Replays the selected events in order of arrival, those that were parked when it was called. One
  // that fails stays parked with the new error, and those behind it are not replayed. A transient
  // failure (database away, lock timeout) ends it early: as an error if nothing was replayed
  // before, else with the rest to continue from.
  absl::StatusOr<ReplayResult> Replay(const ParkedSelection& selection, absl::Time deadline);

  struct Discarded {
    StoredEvent event;
    // How many events of its topic and key stay parked.
    std::int64_t left_behind = 0;
  };
  // kNotFound (NOT_PARKED), also when it was discarded before.
  absl::StatusOr<Discarded> Discard(std::int64_t id, const std::string& by,
                                    const std::string& reason, absl::Time deadline);

 private:
  absl::StatusOr<Replayed> ReplayOne(std::int64_t id, absl::Time deadline);
  absl::Status Apply(postgres::Transaction& tx, const StoredEvent& event);

  const std::string consumer_;
  postgres::Pool& pool_;
  // Held while handler_ is in use.
  std::mutex replaying_;
  BatchHandler& handler_;
};

}  // namespace waybill::inbox
