// Sends what is due, round by round.
#pragma once

#include <vector>

#include "absl/random/random.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "notification_svc/application/mail_metrics.h"
#include "notification_svc/application/ports.h"

namespace waybill::notification_svc {

struct SendOptions {
  // Mails sent at the same time, 1 to 1000.
  int max_in_flight = 32;
  // How long a mail that was claimed is kept from others: longer than sending can take. A mail
  // whose sender died is sent again after this.
  absl::Duration lease = absl::Seconds(20);
};

// One thread. Borrows queue and sender.
class SendDueMails {
 public:
  SendDueMails(MailQueue& queue, MailSender& sender, SendOptions options, MailMetrics metrics = {})
      : queue_(queue), sender_(sender), options_(options), metrics_(metrics) {}

  // Claims, sends outside any transaction, and writes down what became of it. Returns how many
  // mails were claimed; kUnavailable when the SMTP server can't be reached at all. A mail that was
  // handed over but could not be marked (the database is away) is marked by the next round, or sent
  // a second time by another process after its lease, with the same Message-ID.
  absl::StatusOr<int> Round();

 private:
  // Settles what earlier rounds could not.
  absl::Status SettleUnsettled();
  MailResult ResultOf(const DueMail& mail, const Delivery& delivery);

  MailQueue& queue_;
  MailSender& sender_;
  const SendOptions options_;
  const MailMetrics metrics_;
  absl::BitGen random_;
  // At most max_in_flight: nothing is claimed while it is not empty.
  std::vector<MailResult> unsettled_;
};

}  // namespace waybill::notification_svc
