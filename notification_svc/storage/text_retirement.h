// Blanks what is personal in mails that were sent long ago.
#pragma once

#include <cstdint>

#include "platform/postgres/transaction.h"
#include "platform/retention/batch.h"

namespace waybill::notification_svc {

// Blanks address, subject, text and error of mails that were sent, or refused for good, before the
// batch's time, and returns how many. The rows stay, so that no mail is written twice. Throws what
// libpqxx throws.
std::int64_t RetireTexts(postgres::Transaction& tx, const retention::Batch& batch);

}  // namespace waybill::notification_svc
