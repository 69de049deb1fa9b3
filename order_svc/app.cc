#include "order_svc/app.h"

#include <memory>

#include "order_svc/storage/history_retirement.h"
#include "order_svc/storage/order_polls.h"
#include "order_svc/transport/events.h"
#include "platform/events/topics.h"
#include "platform/inbox/event_handler.h"

namespace waybill::order_svc {

App::App(const Config& config)
    : Host("order_svc", config),
      transitions_(registry()),
      unit_of_work_(pool(), &Encode),
      place_order_(unit_of_work_, config.order_timeout, transitions_),
      place_order_batcher_(
          config.place_order,
          [this](absl::Span<const PlaceOrderCommand> commands) {
            return place_order_.Run(commands);
          },
          BatcherMetrics(registry(), "place_order")),
      get_order_(unit_of_work_),
      list_orders_(unit_of_work_),
      cancel_order_(unit_of_work_, transitions_),
      refund_order_(unit_of_work_, transitions_),
      cancel_timed_out_(
          unit_of_work_, [this] { return consumer().MeasureReading(); }, transitions_),
      list_products_(unit_of_work_),
      upsert_product_(unit_of_work_),
      watch_orders_(unit_of_work_, {.poll_every = config.watch_poll_every}),
      apply_events_(transitions_),
      timeout_worker_("cancel_timed_out", config.timeout_check_every,
                      [this] { return cancel_timed_out_.Run(); }),
      order_handlers_(door(), {place_order_batcher_, get_order_, list_orders_, cancel_order_,
                               refund_order_, watch_orders_}),
      catalog_handlers_(door(), list_products_, upsert_product_) {
  Serve(order_handlers_);
  Serve(catalog_handlers_);
  EndStreams([this] { watch_orders_.Stop(); });
  Consume(events::kOrderDlqTopic, [this] {
    return std::make_unique<inbox::EventHandler<Stores, ApplyEvents>>(Topics(), EventDecoders(),
                                                                      unit_of_work_, apply_events_);
  });
  Work(timeout_worker_);
  Work(watch_orders_.worker());
  Retire({.what = "request_keys",
          .period = config.request_key_retention,
          .retire = request_keys::RetireKeys});
  Retire({.what = "order_history",
          .period = config.history_retention,
          .retire = RetireHistory,
          .leaves_mark = true});
  AddOrderPolls(poller(), registry(), metrics_pool());
}

}  // namespace waybill::order_svc
