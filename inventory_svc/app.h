// The application inventory_svc: creates its parts and connects them.
#pragma once

#include "inventory_svc/application/apply_events.h"
#include "inventory_svc/application/get_stock.h"
#include "inventory_svc/application/set_stock.h"
#include "inventory_svc/application/ship_order.h"
#include "inventory_svc/config.h"
#include "inventory_svc/storage/stores.h"
#include "inventory_svc/transport/inventory_handlers.h"
#include "platform/service/host.h"

namespace waybill::inventory_svc {

class App final : public service::Host {
 public:
  static Config ReadConfig(ConfigReader& reader) { return inventory_svc::ReadConfig(reader); }

  explicit App(const Config& config);
  ~App() override { Shutdown(); }

 private:
  // In the order in which they are built, each after what it borrows.
  const StockReport report_;
  const UnitOfWork unit_of_work_;
  GetStock get_stock_;
  SetStock set_stock_;
  ShipOrder ship_order_;
  ApplyEvents apply_events_;
  InventoryHandlers inventory_handlers_;
};

}  // namespace waybill::inventory_svc
