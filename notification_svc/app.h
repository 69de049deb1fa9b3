// notification_svc, put together: the one place that knows which part stands behind which port.
#pragma once

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "notification_svc/application/send_due_mails.h"
#include "notification_svc/config.h"
#include "notification_svc/gateway/smtp_sender.h"
#include "notification_svc/storage/pg_mail_queue.h"
#include "platform/executor/periodic_worker.h"
#include "platform/grpc/parked_event_handlers.h"
#include "platform/grpc/server.h"
#include "platform/inbox/batch_handler.h"
#include "platform/inbox/consumer_engine.h"
#include "platform/metrics/monitor.h"
#include "platform/postgres/pool.h"

namespace waybill::notification_svc {

// The service's reaction to events, with its mails in PostgreSQL. `on_queued` as EventHandler's.
std::unique_ptr<inbox::BatchHandler> MakeEventHandler(std::function<void()> on_queued);

// How long a claimed mail is kept from others, given how long sending one may take.
SendOptions SendOptionsOf(const SmtpOptions& smtp);

// Lifecycle: Wire, Start, Shutdown, each once, from one thread.
class App {
 public:
  // Builds the parts; talks to nobody yet. kInvalidArgument: smtp.from is no address.
  static absl::StatusOr<std::unique_ptr<App>> Wire(Config config);

  // Waits for the database, then consumes, sends and serves. kUnavailable: the database
  // can't be reached within postgres.start_timeout, or the address is taken. kFailedPrecondition,
  // kInvalidArgument: the configuration is wrong. A broker or an SMTP server that is away is waited
  // for in the background.
  absl::Status Start();

  // Ends what is under way and stops. Blocks for smtp.timeout and about 15 s more at most.
  void Shutdown();

  // The gRPC port, once started.
  int port() const { return server_.port(); }
  // The port of the HTTP endpoint for metrics and health, once started; 0 when there is none.
  int metrics_port() const { return monitor_.endpoint.port(); }

 private:
  App(const Config& config, MailAddress from);
  absl::StatusOr<RoundResult> SendRound();

  metrics::Monitor monitor_;
  postgres::Pool pool_;
  postgres::Pool metrics_pool_;
  PgMailQueue queue_;
  SmtpSender sender_;
  SendDueMails send_due_mails_;
  PeriodicWorker worker_;
  std::unique_ptr<inbox::BatchHandler> event_handler_;
  inbox::ConsumerEngine consumer_;
  std::unique_ptr<inbox::BatchHandler> replay_handler_;
  grpc::ParkedEventHandlers parked_events_;
  grpc::Server server_;
};

}  // namespace waybill::notification_svc
