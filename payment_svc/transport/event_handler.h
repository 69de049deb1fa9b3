// payment_svc's part in the consumer engine: orders.events and inventory.events raise what is
// wanted.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "payment_svc/application/ports.h"
#include "platform/inbox/batch_handler.h"

namespace waybill::payment_svc {

class EventHandler final : public inbox::BatchHandler {
 public:
  using StoreFactory = std::function<std::unique_ptr<PaymentStore>(postgres::Transaction&)>;

  // `wake` tells the worker that payments may have become due; it must not block.
  EventHandler(StoreFactory open_store, std::function<void()> wake)
      : open_store_(std::move(open_store)), wake_(std::move(wake)) {}

  std::vector<std::string> topics() const override;
  bool Handles(const std::string& type) const override;
  absl::Status Handle(postgres::Transaction& tx,
                      absl::Span<const events::IncomingEvent> events) override;
  void OnCommitted() override { wake_(); }

 private:
  const StoreFactory open_store_;
  const std::function<void()> wake_;
};

}  // namespace waybill::payment_svc
