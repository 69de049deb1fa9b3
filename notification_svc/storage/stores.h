// Stores are the tables that one open transaction of notification_svc reads and writes.
#pragma once

#include "notification_svc/storage/mail_store.h"
#include "platform/postgres/unit_of_work.h"

namespace waybill::notification_svc {

struct Stores {
  explicit Stores(postgres::Transaction& tx) : mails(tx) {}

  MailStore mails;
};

using UnitOfWork = postgres::UnitOfWork<Stores>;

}  // namespace waybill::notification_svc
