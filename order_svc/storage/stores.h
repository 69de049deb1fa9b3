// Stores are the tables that one open transaction of order_svc reads and writes.
#pragma once

#include "order_svc/storage/order_store.h"
#include "order_svc/storage/product_store.h"
#include "platform/postgres/unit_of_work.h"
#include "platform/request_keys/request_key_store.h"

namespace waybill::order_svc {

struct Stores {
  Stores(postgres::Transaction& tx, EventEncoder encode)
      : orders(tx, encode), products(tx), request_keys(tx) {}

  OrderStore orders;
  ProductStore products;
  request_keys::RequestKeyStore request_keys;
};

using UnitOfWork = postgres::UnitOfWork<Stores>;

}  // namespace waybill::order_svc
