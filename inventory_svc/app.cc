#include "inventory_svc/app.h"

#include <memory>

#include "inventory_svc/transport/events.h"
#include "platform/events/topics.h"
#include "platform/inbox/event_handler.h"

namespace waybill::inventory_svc {

App::App(const Config& config)
    : Host("inventory_svc", config),
      report_(registry()),
      unit_of_work_(pool(), &Encode),
      get_stock_(unit_of_work_),
      set_stock_(unit_of_work_),
      ship_order_(unit_of_work_, report_),
      apply_events_(report_),
      inventory_handlers_(door(), get_stock_, set_stock_, ship_order_) {
  Serve(inventory_handlers_);
  Consume(events::kInventoryDlqTopic, [this] {
    return std::make_unique<inbox::EventHandler<Stores, ApplyEvents>>(Topics(), EventDecoders(),
                                                                      unit_of_work_, apply_events_);
  });
  Retire({.what = "request_keys",
          .period = config.request_key_retention,
          .retire = request_keys::RetireKeys});
}

}  // namespace waybill::inventory_svc
