// What a service plugs into the consumer engine.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "platform/events/envelope.h"
#include "platform/postgres/transaction.h"

namespace waybill::inbox {

// A service's reaction to events. The engine calls it from its one thread.
class BatchHandler {
 public:
  virtual ~BatchHandler() = default;

  // The topics to subscribe to, without prefix.
  virtual std::vector<std::string> topics() const = 0;
  // Whether Handle wants events of this type; others are skipped.
  virtual bool Handles(const std::string& type) const = 0;

  // Applies the events, in order, inside `tx`: effects and outbox rows. The engine has already
  // removed those that took effect before, and commits. Several events of one key may be in one
  // batch.
  //
  // Not OK means that nothing of the batch counts; the engine then tries halves, down to the one
  // event that fails, and treats that one by its code:
  //
  // - kInvalidArgument: permanent; the event is parked with its key (undecodable, invalid).
  // - kNotFound: a row it refers to is missing; tried again until the record is 30 s old, then
  //   parked.
  // - anything else: transient; tried again for ever.
  //
  // Exceptions of libpqxx may pass through; the engine classifies them by SQLSTATE
  // (platform/postgres/error.h).
  virtual absl::Status Handle(postgres::Transaction& tx,
                              absl::Span<const events::IncomingEvent> events) = 0;

  // After the transaction of the last Handle has committed: wake a worker, say. Not called when
  // that one failed, nor for a batch that brought nothing to handle. Must not block or fail.
  virtual void OnCommitted() {}
};

}  // namespace waybill::inbox
