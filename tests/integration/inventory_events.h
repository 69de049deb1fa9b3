// Events as inventory_svc gets them, and what it does with them.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "inventory_svc/application/apply_events.h"
#include "inventory_svc/transport/events.h"
#include "platform/events/envelope.h"
#include "platform/events/topics.h"
#include "platform/inbox/event_handler.h"
#include "waybill/events/v1/events.pb.h"

namespace waybill::inventory_svc {

template <typename Message>
events::IncomingEvent Incoming(const char* topic, const OrderId& order, Message message) {
  message.set_order_id(order.ToString());
  return {.id = EventId::New(),
          .topic = topic,
          .type = Message::descriptor()->full_name(),
          .key = order.ToString(),
          .sequence = 1,
          .trace = TraceContext::NewRoot(),
          .payload = events::ToJson(message)};
}

using Lines = std::vector<std::pair<std::string, int>>;

inline events::IncomingEvent Placed(const OrderId& order, const Lines& lines) {
  events::v1::OrderPlaced message;
  for (const auto& [product, quantity] : lines) {
    events::v1::Item& item = *message.add_items();
    item.set_product_id(product);
    item.set_quantity(quantity);
  }
  return Incoming(events::kOrdersTopic, order, message);
}

inline events::IncomingEvent Paid(const OrderId& order, const std::string& status = "confirmed") {
  events::v1::PaymentProcessed message;
  message.set_payment_status(status);
  return Incoming(events::kPaymentsTopic, order, message);
}

inline events::IncomingEvent Cancelled(const OrderId& order) {
  events::v1::OrderCancelled message;
  message.set_reason("CUSTOMER");
  return Incoming(events::kOrdersTopic, order, message);
}

inline std::unique_ptr<inbox::BatchHandler> MakeEventHandler(const UnitOfWork& unit_of_work) {
  static ApplyEvents apply_events;
  return std::make_unique<inbox::EventHandler<Stores, ApplyEvents>>(Topics(), EventDecoders(),
                                                                    unit_of_work, apply_events);
}

}  // namespace waybill::inventory_svc
