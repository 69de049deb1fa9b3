// The application notification_svc: creates its parts and connects them.
#pragma once

#include "notification_svc/application/queue_mails.h"
#include "notification_svc/application/send_due_mails.h"
#include "notification_svc/config.h"
#include "notification_svc/gateway/smtp_sender.h"
#include "notification_svc/storage/stores.h"
#include "platform/service/host.h"

namespace waybill::notification_svc {

// Shutting down takes up to smtp.timeout longer than the Host's own bound.
class App final : public service::Host {
 public:
  static Config ReadConfig(ConfigReader& reader) { return notification_svc::ReadConfig(reader); }

  // The mail server's user and password, besides what every service takes over.
  absl::Status Reconfigure(const Config& config);

  explicit App(const Config& config);
  ~App() override { Shutdown(); }

 private:
  // In the order in which they are built, each after what it borrows.
  const UnitOfWork unit_of_work_;
  SmtpSender smtp_sender_;
  SendDueMails send_due_mails_;
  QueueMails queue_mails_;
};

}  // namespace waybill::notification_svc
