// MailSender is the port through which mails are sent.
#pragma once

#include <vector>

#include "absl/types/span.h"
#include "notification_svc/domain/delivery.h"
#include "notification_svc/storage/mail_store.h"

namespace waybill::notification_svc {

// One thread at a time.
class MailSender {
 public:
  virtual ~MailSender() = default;
  // One delivery per mail, in order. Blocks until the last outcome is known.
  virtual std::vector<Delivery> Send(absl::Span<const DueMail> mails) = 0;
};

}  // namespace waybill::notification_svc
