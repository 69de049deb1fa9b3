// Deletes inbox rows that no redelivery can need any more.
#pragma once

#include <cstdint>
#include <string>

#include "platform/postgres/transaction.h"
#include "platform/retention/batch.h"

namespace waybill::inbox {

// Deletes the ids of events that the consumer received before the batch's time, and returns how many.
// By the event's own time (the id is a UUIDv7) along the primary key, so that it needs no other index;
// an id that isn't a UUIDv7 may stay for ever, which is safe. Throws what libpqxx throws.
std::int64_t RetireInbox(postgres::Transaction& tx, const std::string& consumer,
                         const retention::Batch& batch);

}  // namespace waybill::inbox
