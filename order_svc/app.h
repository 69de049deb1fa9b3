// The application order_svc: creates its parts and connects them.
#pragma once

#include "order_svc/application/apply_events.h"
#include "order_svc/application/cancel_order.h"
#include "order_svc/application/cancel_timed_out.h"
#include "order_svc/application/get_order.h"
#include "order_svc/application/list_orders.h"
#include "order_svc/application/list_products.h"
#include "order_svc/application/place_order.h"
#include "order_svc/application/refund_order.h"
#include "order_svc/application/upsert_product.h"
#include "order_svc/application/watch_orders.h"
#include "order_svc/config.h"
#include "order_svc/storage/stores.h"
#include "order_svc/transport/catalog_handlers.h"
#include "order_svc/transport/order_handlers.h"
#include "platform/executor/periodic_worker.h"
#include "platform/service/host.h"

namespace waybill::order_svc {

class App final : public service::Host {
 public:
  static Config ReadConfig(ConfigReader& reader) { return order_svc::ReadConfig(reader); }

  explicit App(const Config& config);
  ~App() override { Shutdown(); }

 private:
  // In the order in which they are built, each after what it borrows.
  const TransitionReport transitions_;
  const UnitOfWork unit_of_work_;
  PlaceOrder place_order_;
  PlaceOrderBatcher place_order_batcher_;
  GetOrder get_order_;
  ListOrders list_orders_;
  CancelOrder cancel_order_;
  RefundOrder refund_order_;
  CancelTimedOut cancel_timed_out_;
  ListProducts list_products_;
  UpsertProduct upsert_product_;
  WatchOrders watch_orders_;
  ApplyEvents apply_events_;
  PeriodicWorker timeout_worker_;
  OrderHandlers order_handlers_;
  CatalogHandlers catalog_handlers_;
};

}  // namespace waybill::order_svc
