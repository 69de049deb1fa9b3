// What order_svc does with the events of payment_svc and inventory_svc.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "order_svc/application/ports.h"
#include "order_svc/application/transition_metrics.h"
#include "platform/inbox/batch_handler.h"

namespace waybill::order_svc {

// Called by the engine's one thread.
class EventHandler final : public inbox::BatchHandler {
 public:
  // Makes an OrderStore within the engine's transaction.
  using OpenStore = std::function<std::unique_ptr<OrderStore>(postgres::Transaction&)>;

  explicit EventHandler(OpenStore open_store, TransitionMetrics metrics = {})
      : open_store_(std::move(open_store)), metrics_(std::move(metrics)) {}

  std::vector<std::string> topics() const override;
  bool Handles(const std::string& type) const override;
  absl::Status Handle(postgres::Transaction& tx,
                      absl::Span<const events::IncomingEvent> events) override;
  // Logs and counts what the committed batch changed.
  void OnCommitted() override;

 private:
  const OpenStore open_store_;
  const TransitionMetrics metrics_;
  std::vector<TracedOrder> changed_;
};

}  // namespace waybill::order_svc
