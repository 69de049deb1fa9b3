#include "notification_svc/app.h"

#include <memory>

#include "notification_svc/storage/mail_polls.h"
#include "notification_svc/storage/text_retirement.h"
#include "notification_svc/transport/events.h"
#include "platform/events/topics.h"
#include "platform/inbox/event_handler.h"
#include "platform/types/status_macros.h"

namespace waybill::notification_svc {

App::App(const Config& config)
    : Host("notification_svc", config),
      unit_of_work_(pool()),
      smtp_sender_(config.smtp),
      send_due_mails_(
          unit_of_work_, smtp_sender_,
          {.max_in_flight = config.smtp.max_in_flight, .send_timeout = config.smtp.timeout},
          DeliveryReport(registry())),
      queue_mails_(send_due_mails_.worker()) {
  Consume(events::kNotificationDlqTopic, [this] {
    return std::make_unique<inbox::EventHandler<Stores, QueueMails>>(Topics(), EventDecoders(),
                                                                     unit_of_work_, queue_mails_);
  });
  Work(send_due_mails_.worker());
  Retire({.what = "mail_texts", .period = config.mail_text_retention, .retire = RetireTexts});
  AddMailPolls(poller(), registry(), metrics_pool());
}

absl::Status App::Reconfigure(const Config& config) {
  RETURN_IF_ERROR(Host::Reconfigure(config));
  smtp_sender_.UseLogin(config.smtp.username, config.smtp.password);
  return absl::OkStatus();
}

}  // namespace waybill::notification_svc
