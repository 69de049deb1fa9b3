// The interface through which the consumer engine calls a service.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "platform/events/envelope.h"
#include "platform/postgres/transaction.h"

namespace waybill::inbox {

// Applies events to a service. The engine calls it from its one thread.
class BatchHandler {
 public:
  virtual ~BatchHandler() = default;

  // The topics to subscribe to, without prefix.
  virtual std::vector<std::string> topics() const = 0;
  // Whether Handle takes events of this type; others are skipped.
  virtual bool Handles(const std::string& type) const = 0;

  // Applies the events, in order, inside `tx`: effects and outbox rows. The engine has already
  // removed those that took effect before, and commits. Several events of one key may be in one
  // batch.
  //
  // Not OK rolls the whole batch back. The engine then acts by the code:
  //
  // - kInvalidArgument, kNotFound, kInternal: one event may be to blame; the engine halves the
  //   batch, down to the one event that fails. kInvalidArgument is permanent (undecodable,
  //   invalid): the event is parked with its key. kNotFound means that a row it refers to is
  //   missing: it is retried until its record is 30 s old, then parked; MissingRows (missing_rows.h) names all such
  //   events at once, so that the engine needs no halving. kInternal is transient.
  // - kFailedPrecondition: all events of a type would fail alike, because the database isn't as the
  //   service needs it (a column that must not be NULL and that the service doesn't know, a missing
  //   table or right). The engine halves the batch down to one type, and holds all of that type.
  // - anything else: transient. The engine doesn't halve the batch.
  //
  // Events that failed for a transient reason are retried with backoff, without limit, while other
  // keys continue.
  //
  // Exceptions of libpqxx may pass through; the engine classifies them by SQLSTATE
  // (platform/postgres/error.h).
  virtual absl::Status Handle(postgres::Transaction& tx,
                              absl::Span<const events::IncomingEvent> events) = 0;

  // Called after the transaction of the last Handle has committed: it may wake a worker, say. Not
  // called if that transaction failed, nor for a batch without an event to handle. Must not block
  // or fail.
  virtual void OnCommitted() {}
};

}  // namespace waybill::inbox
