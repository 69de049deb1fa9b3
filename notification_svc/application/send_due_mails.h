// Use case: sends the mails that are due, round by round.
#pragma once

#include <utility>
#include <vector>

#include "absl/random/random.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "notification_svc/application/delivery_report.h"
#include "notification_svc/storage/stores.h"
#include "platform/executor/periodic_worker.h"

namespace waybill::notification_svc {

// The port through which mails are sent. One thread at a time.
class MailSender {
 public:
  virtual ~MailSender() = default;
  // One delivery per mail, in order. Blocks until the last outcome is known.
  virtual std::vector<Delivery> Send(absl::Span<const DueMail> mails) = 0;
};

struct SendOptions {
  // Mails sent at the same time, 1 to 1000.
  int max_in_flight = 32;
  // How long sending a round's mails takes at most. A claimed mail is kept from others for twice as
  // long; one whose sender died is sent again after that.
  absl::Duration send_timeout = absl::Seconds(10);
};

// Borrows the unit of work and the sender. Run is called by one thread: the worker's, once that is
// started.
class SendDueMails {
 public:
  SendDueMails(const UnitOfWork& unit_of_work, MailSender& sender, SendOptions options,
               DeliveryReport report = {});

  // Runs when woken and every 500 ms, which is how late a retry may be. To be started.
  PeriodicWorker& worker() { return worker_; }

  // Claims due mails, sends them outside any transaction, and records the outcome; kIdle when
  // nothing was due. A mail that was sent but could not be marked (the database is away) is marked
  // by the next round, or sent a second time by another process after its lease, with the same
  // Message-ID.
  //
  // Blocks for send_timeout and about 30 s at most. Errors: kUnavailable when the SMTP server can't
  // be reached at all; UnitOfWork's.
  absl::StatusOr<RoundResult> Run();

 private:
  absl::StatusOr<std::vector<DueMail>> Claim();
  // Records the outcomes that this round or an earlier one has left.
  absl::Status SettleUnsettled();
  MailResult ResultOf(const DueMail& mail, const Delivery& delivery);

  const UnitOfWork& unit_of_work_;
  MailSender& sender_;
  const SendOptions options_;
  const DeliveryReport report_;
  absl::BitGen random_;
  // At most max_in_flight: nothing is claimed while it is not empty.
  std::vector<MailResult> unsettled_;
  // Last, so that it ends before what its rounds use.
  PeriodicWorker worker_;
};

}  // namespace waybill::notification_svc
