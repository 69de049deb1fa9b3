// Stores are the tables that one open transaction of payment_svc reads and writes.
#pragma once

#include "payment_svc/storage/payment_store.h"
#include "platform/postgres/unit_of_work.h"

namespace waybill::payment_svc {

struct Stores {
  Stores(postgres::Transaction& tx, EventEncoder encode) : payments(tx, encode) {}

  PaymentStore payments;
};

using UnitOfWork = postgres::UnitOfWork<Stores>;

}  // namespace waybill::payment_svc
