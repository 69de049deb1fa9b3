// Stores are the tables that one open transaction of inventory_svc reads and writes.
#pragma once

#include "inventory_svc/storage/reservation_store.h"
#include "inventory_svc/storage/stock_store.h"
#include "platform/postgres/unit_of_work.h"
#include "platform/request_keys/request_key_store.h"

namespace waybill::inventory_svc {

struct Stores {
  Stores(postgres::Transaction& tx, EventEncoder encode)
      : reservations(tx, encode), stock(tx), request_keys(tx) {}

  ReservationStore reservations;
  StockStore stock;
  request_keys::RequestKeyStore request_keys;
};

using UnitOfWork = postgres::UnitOfWork<Stores>;

}  // namespace waybill::inventory_svc
