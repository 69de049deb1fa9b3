#include "payment_svc/app.h"

#include <utility>
#include <vector>

#include "payment_svc/storage/payment_polls.h"
#include "payment_svc/transport/event_codec.h"
#include "platform/events/topics.h"
#include "platform/inbox/consumer_polls.h"
#include "platform/log/log.h"

namespace waybill::payment_svc {
namespace {

constexpr char kServiceName[] = "payment_svc";
constexpr absl::Duration kGrace = absl::Seconds(5);

}  // namespace

App::App(Config config) : config_(std::move(config)), monitor_(config_.metrics) {}

App::~App() { Shutdown(); }

absl::Status App::Wire() {
  pool_ = std::make_unique<postgres::Pool>(config_.postgres, kServiceName,
                                           postgres::PoolMetrics(monitor_.registry));
  metrics_pool_ = std::make_unique<postgres::Pool>(postgres::ForMetrics(config_.postgres),
                                                   "payment_svc_metrics");
  work_ = std::make_unique<PostgresUnitOfWork>(*pool_, &EncodeEvent);
  absl::StatusOr<std::unique_ptr<StripeProvider>> provider =
      StripeProvider::Make(config_.provider, ProviderMetrics(monitor_.registry));
  if (!provider.ok()) return provider.status();
  provider_ = *std::move(provider);

  drive_ = std::make_unique<DrivePayments>(config_.drive, *work_, *provider_,
                                           PaymentMetrics(monitor_.registry));
  // A round waits by itself, for answers as well as for work.
  worker_ = std::make_unique<PeriodicWorker>("drive_payments", absl::ZeroDuration(),
                                             [this] { return drive_->Round(); });
  event_handler_ = MakeEventHandler();
  consumer_ = std::make_unique<inbox::ConsumerEngine>(
      inbox::ConsumerOptions{.consumer = kServiceName,
                             .dlq_topic = events::kPaymentDlqTopic,
                             .kafka = config_.kafka,
                             .inbox = config_.inbox},
      *pool_, *event_handler_, inbox::ConsumerMetrics(monitor_.registry));
  executor_ = std::make_unique<Executor>(config_.grpc.workers, config_.grpc.queue,
                                         ExecutorMetrics(monitor_.registry));
  handlers_ = std::make_unique<PaymentHandlers>(*work_, *executor_);
  replay_handler_ = MakeEventHandler();
  parked_events_ =
      std::make_unique<grpc::ParkedEventHandlers>(kServiceName, *pool_, *replay_handler_);
  server_ = std::make_unique<grpc::Server>(
      config_.grpc, std::vector<::grpc::Service*>{handlers_.get(), parked_events_.get()},
      grpc::ServerMonitoring{.registry = &monitor_.registry, .readiness = &monitor_.readiness});
  monitor_.readiness.Add("consumer", [this] { return consumer_->Refusal(); });
  inbox::AddConsumerPolls(monitor_.poller, monitor_.registry, *consumer_, *metrics_pool_,
                          kServiceName);
  AddPaymentPolls(monitor_.poller, monitor_.registry, *metrics_pool_);
  return absl::OkStatus();
}

std::unique_ptr<EventHandler> App::MakeEventHandler() {
  return std::make_unique<EventHandler>(
      [encode = EventEncoder(&EncodeEvent)](postgres::Transaction& tx) {
        return std::make_unique<PostgresPaymentStore>(tx, encode);
      },
      [this] { drive_->Wake(); });
}

absl::Status App::Start() {
  if (absl::Status status = monitor_.endpoint.Start(); !status.ok()) return status;
  if (absl::Status status = pool_->WaitUntilReachable(); !status.ok()) return status;
  started_ = true;
  worker_->Start();
  if (absl::Status status = consumer_->Start(); !status.ok()) return status;
  monitor_.poller.Start();
  monitor_.readiness.MarkStarted();
  return server_->Start();
}

void App::Shutdown() {
  if (!std::exchange(started_, false)) return;
  monitor_.readiness.MarkShuttingDown();
  monitor_.poller.Stop();
  consumer_->Stop();
  worker_->Stop();
  drive_->Drain(config_.provider.call_timeout + kGrace);
  server_->Shutdown(kGrace);
  executor_->Shutdown();
  monitor_.endpoint.Stop();
  log::Info("stopped");
}

}  // namespace waybill::payment_svc
