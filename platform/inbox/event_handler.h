// EventHandler lets the consumer engine call a use case: it decodes the events of a batch and runs
// the use case on all of them, in the engine's transaction.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "platform/events/decoder.h"
#include "platform/inbox/batch_handler.h"
#include "platform/postgres/unit_of_work.h"
#include "platform/types/status_macros.h"

namespace waybill::inbox {

// UseCase:
//   using Change = ...;   // what one event means to the service
//   using Outcome = ...;  // what Run passes to OnCommitted
//   // Applies the changes, in order, in the transaction of the stores. Errors as
//   // BatchHandler::Handle's.
//   absl::StatusOr<Outcome> Run(Stores& stores, absl::Span<const Change> changes);
//   // After the commit: log, count, wake a worker. Must not block or fail.
//   void OnCommitted(const Outcome& outcome);
//
// One thread. Borrows all it is given; use cases are thread-safe, so that two handlers may share
// one.
template <typename Stores, typename UseCase>
class EventHandler final : public BatchHandler {
 public:
  using Change = typename UseCase::Change;

  EventHandler(std::vector<std::string> topics, const events::Decoders<Change>& decoders,
               const postgres::UnitOfWork<Stores>& unit_of_work, UseCase& use_case)
      : topics_(std::move(topics)),
        decoders_(decoders),
        unit_of_work_(unit_of_work),
        use_case_(use_case) {}

  std::vector<std::string> topics() const override { return topics_; }
  bool Handles(const std::string& type) const override { return events::Handles(decoders_, type); }
  absl::Status Handle(postgres::Transaction& tx,
                      absl::Span<const events::IncomingEvent> events) override {
    std::vector<Change> changes;
    changes.reserve(events.size());
    for (const events::IncomingEvent& event : events) {
      ASSIGN_OR_RETURN(Change change, events::Decode(decoders_, event));
      changes.push_back(std::move(change));
    }
    Stores stores = unit_of_work_.Open(tx);
    ASSIGN_OR_RETURN(outcome_, use_case_.Run(stores, changes));
    return absl::OkStatus();
  }
  void OnCommitted() override { use_case_.OnCommitted(std::exchange(outcome_, {})); }

 private:
  const std::vector<std::string> topics_;
  const events::Decoders<Change>& decoders_;
  const postgres::UnitOfWork<Stores>& unit_of_work_;
  UseCase& use_case_;
  // The outcome of the transaction that the engine has not committed yet.
  typename UseCase::Outcome outcome_;
};

}  // namespace waybill::inbox
