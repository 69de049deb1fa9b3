// notification_svc's reaction to orders.events.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "notification_svc/application/queue_mails.h"
#include "platform/inbox/batch_handler.h"

namespace waybill::notification_svc {

// Called by the consumer engine, from its one thread.
class EventHandler final : public inbox::BatchHandler {
 public:
  // The use case, bound to the store of the transaction. May throw what libpqxx throws.
  using Queue =
      std::function<std::vector<NewMail>(postgres::Transaction&, absl::Span<const OrderNews>)>;

  // `on_queued` is called after a commit that may have left mails to send; it must not block.
  EventHandler(Queue queue, std::function<void()> on_queued)
      : queue_(std::move(queue)), on_queued_(std::move(on_queued)) {}

  std::vector<std::string> topics() const override;
  bool Handles(const std::string& type) const override;
  // kInvalidArgument: an event that can't be read or can't be true.
  absl::Status Handle(postgres::Transaction& tx,
                      absl::Span<const events::IncomingEvent> events) override;
  void OnCommitted() override;

 private:
  const Queue queue_;
  const std::function<void()> on_queued_;
  // Of the transaction that has not been heard of yet.
  std::vector<NewMail> mails_;
};

}  // namespace waybill::notification_svc
