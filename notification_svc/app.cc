#include "notification_svc/app.h"

#include <utility>

#include "notification_svc/application/queue_mails.h"
#include "notification_svc/storage/mail_polls.h"
#include "notification_svc/storage/pg_mail_store.h"
#include "notification_svc/transport/event_handler.h"
#include "platform/events/topics.h"
#include "platform/inbox/consumer_polls.h"
#include "platform/log/log.h"

namespace waybill::notification_svc {
namespace {

constexpr char kName[] = "notification_svc";
constexpr absl::Duration kGrace = absl::Seconds(1);
// New mails wake the worker; this is how late a retry may be.
constexpr absl::Duration kLookEvery = absl::Milliseconds(500);

inbox::ConsumerOptions ConsumerOptionsOf(const Config& config) {
  return {.consumer = kName,
          .dlq_topic = events::kNotificationDlqTopic,
          .kafka = config.kafka,
          .inbox = config.inbox};
}

}  // namespace

std::unique_ptr<inbox::BatchHandler> MakeEventHandler(std::function<void()> on_queued) {
  return std::make_unique<EventHandler>(
      [](postgres::Transaction& tx, absl::Span<const OrderNews> news) {
        PgMailStore store(tx);
        return QueueMails(store, news);
      },
      std::move(on_queued));
}

SendOptions SendOptionsOf(const SmtpOptions& smtp) {
  return {.max_in_flight = smtp.max_in_flight, .lease = 2 * smtp.timeout};
}

absl::StatusOr<std::unique_ptr<App>> App::Wire(Config config) {
  absl::StatusOr<MailAddress> from = MailAddress::Parse(config.smtp.from);
  if (!from.ok()) return from.status();
  return std::unique_ptr<App>(new App(config, *std::move(from)));
}

App::App(const Config& config, MailAddress from)
    : monitor_(config.metrics),
      pool_(config.postgres, kName, postgres::PoolMetrics(monitor_.registry)),
      metrics_pool_(postgres::ForMetrics(config.postgres), "notification_svc_metrics"),
      queue_(pool_),
      sender_(config.smtp, std::move(from)),
      send_due_mails_(queue_, sender_, SendOptionsOf(config.smtp), MailMetrics(monitor_.registry)),
      worker_("mail sender", kLookEvery, [this] { return SendRound(); }),
      event_handler_(MakeEventHandler([this] { worker_.Wake(); })),
      consumer_(ConsumerOptionsOf(config), pool_, *event_handler_,
                inbox::ConsumerMetrics(monitor_.registry)),
      replay_handler_(MakeEventHandler([this] { worker_.Wake(); })),
      parked_events_(kName, pool_, *replay_handler_),
      server_(config.grpc, {&parked_events_},
              {.registry = &monitor_.registry, .readiness = &monitor_.readiness}) {
  monitor_.readiness.Add("consumer", [this] { return consumer_.Refusal(); });
  inbox::AddConsumerPolls(monitor_.poller, monitor_.registry, consumer_, metrics_pool_, kName);
  AddMailPolls(monitor_.poller, monitor_.registry, metrics_pool_);
}

absl::StatusOr<RoundResult> App::SendRound() {
  const absl::StatusOr<int> claimed = send_due_mails_.Round();
  if (!claimed.ok()) return claimed.status();
  return *claimed > 0 ? RoundResult::kMoreWork : RoundResult::kIdle;
}

absl::Status App::Start() {
  if (absl::Status status = monitor_.endpoint.Start(); !status.ok()) return status;
  if (absl::Status status = pool_.WaitUntilReachable(); !status.ok()) return status;
  if (absl::Status status = consumer_.Start(); !status.ok()) return status;
  worker_.Start();
  monitor_.poller.Start();
  monitor_.readiness.MarkStarted();
  if (absl::Status status = server_.Start(); !status.ok()) return status;
  log::Info("started", {{"grpc_port", server_.port()}});
  return absl::OkStatus();
}

void App::Shutdown() {
  monitor_.readiness.MarkShuttingDown();
  server_.Shutdown(kGrace);
  monitor_.poller.Stop();
  consumer_.Stop();
  worker_.Stop();
  monitor_.endpoint.Stop();
  log::Info("stopped");
}

}  // namespace waybill::notification_svc
