// inventory_svc's reaction to orders.events and payments.events.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "inventory_svc/application/apply_events.h"
#include "platform/inbox/batch_handler.h"

namespace waybill::inventory_svc {

// Called by the consumer engine, from its one thread.
class EventHandler final : public inbox::BatchHandler {
 public:
  // The use case, bound to the stores of the transaction. May throw what libpqxx throws.
  using Apply = std::function<std::vector<OutgoingChange>(postgres::Transaction&,
                                                          absl::Span<const IncomingChange>)>;

  explicit EventHandler(Apply apply) : apply_(std::move(apply)) {}

  std::vector<std::string> topics() const override;
  bool Handles(const std::string& type) const override;
  // kInvalidArgument: an event that can't be read or can't be true.
  absl::Status Handle(postgres::Transaction& tx,
                      absl::Span<const events::IncomingEvent> events) override;
  void OnCommitted() override;

 private:
  const Apply apply_;
  // Of the transaction that has not been heard of yet.
  std::vector<OutgoingChange> outcomes_;
};

}  // namespace waybill::inventory_svc
