// Deletes the history of orders that ended long ago.
#pragma once

#include <cstdint>

#include "platform/postgres/transaction.h"
#include "platform/retention/batch.h"

namespace waybill::order_svc {

// Deletes transitions of orders that have ended and were last changed before the batch's time, and
// returns how many. The orders stay. Throws what libpqxx throws.
std::int64_t RetireHistory(postgres::Transaction& tx, const retention::Batch& batch);

}  // namespace waybill::order_svc
