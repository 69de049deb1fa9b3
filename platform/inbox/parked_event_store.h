// ParkedEventStore reads and removes one consumer's parked events for an operator, inside one
// transaction. Throws what libpqxx throws.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "platform/inbox/park_reason.h"
#include "platform/postgres/transaction.h"
#include "platform/types/ids.h"

namespace waybill::inbox {

struct StoredEvent {
  std::int64_t id = 0;
  // Without prefix.
  std::string topic;
  // Absent where the event is parked alone; else any bytes.
  std::optional<std::string> key;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  EventId event_id;
  std::string event_type;
  // A ParkReason's name.
  std::string reason;
  std::string error;
  absl::Time parked_at;
  int failed_replays = 0;
  std::optional<absl::Time> last_replay_at;
  std::map<std::string, std::string> headers;
  // Possibly only its beginning: see payload_size.
  std::string payload;
  std::int64_t payload_size = 0;
};

// Selects the parked events that match every field.
struct ParkedSelection {
  std::optional<std::string> topic;
  std::optional<std::string> key;
  std::int64_t first_id = 0;
  std::int64_t last_id = INT64_MAX;
};

class ParkedEventStore {
 public:
  ParkedEventStore(postgres::Transaction& tx, const std::string& consumer)
      : tx_(tx), consumer_(consumer) {}

  // Up to `limit`, in order of arrival, each with up to `payload_limit` bytes of its payload.
  std::vector<StoredEvent> List(const ParkedSelection& selection, int limit, int payload_limit);
  // The ids alone.
  std::vector<std::int64_t> ListIds(const ParkedSelection& selection, int limit);
  // The highest id, 0 when nothing is parked.
  std::int64_t LastId();
  std::optional<StoredEvent> Find(std::int64_t id);

  // Locks the event's key, so that the consumer parks nothing behind it and no other replay runs
  // meanwhile, then the event itself, and reads it. Nothing when it is not parked any more.
  std::optional<StoredEvent> Lock(std::int64_t id);
  // The first event of the same topic and key, by arrival; `event` itself when it stands alone.
  std::int64_t FirstOfKey(const StoredEvent& event);
  // Deletes a locked event, and with the last event of its key the hold on the key. Returns how
  // many of the key stay parked.
  std::int64_t Remove(const StoredEvent& event);
  // Ensures that the inbox has the event's id, however long it was parked.
  void RememberInInbox(const StoredEvent& event);

  // Records a replay that failed. Does nothing if the event has gone.
  void NoteFailure(std::int64_t id, ParkReason reason, const std::string& error);
  // Copies a locked event into discarded_events.
  void RecordDiscard(const StoredEvent& event, const std::string& by, const std::string& reason);
  bool WasDiscarded(std::int64_t id);

 private:
  postgres::Transaction& tx_;
  const std::string& consumer_;
};

}  // namespace waybill::inbox
