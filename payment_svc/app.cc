#include "payment_svc/app.h"

#include <utility>
#include <vector>

#include "payment_svc/transport/event_codec.h"
#include "platform/events/topics.h"
#include "platform/log/log.h"

namespace waybill::payment_svc {
namespace {

constexpr char kServiceName[] = "payment_svc";
constexpr absl::Duration kGrace = absl::Seconds(5);

}  // namespace

App::App(Config config) : config_(std::move(config)) {}

App::~App() { Shutdown(); }

absl::Status App::Wire() {
  pool_ = std::make_unique<postgres::Pool>(config_.postgres, kServiceName);
  work_ = std::make_unique<PostgresUnitOfWork>(*pool_, &EncodeEvent);
  absl::StatusOr<std::unique_ptr<StripeProvider>> provider = StripeProvider::Make(config_.provider);
  if (!provider.ok()) return provider.status();
  provider_ = *std::move(provider);

  drive_ = std::make_unique<DrivePayments>(config_.drive, *work_, *provider_);
  // A round waits by itself, for answers as well as for work.
  worker_ = std::make_unique<PeriodicWorker>("drive_payments", absl::ZeroDuration(),
                                             [this] { return drive_->Round(); });
  event_handler_ = MakeEventHandler();
  consumer_ = std::make_unique<inbox::ConsumerEngine>(
      inbox::ConsumerOptions{.consumer = kServiceName,
                             .dlq_topic = events::kPaymentDlqTopic,
                             .kafka = config_.kafka,
                             .inbox = config_.inbox},
      *pool_, *event_handler_);
  executor_ = std::make_unique<Executor>(config_.grpc.workers, config_.grpc.queue);
  handlers_ = std::make_unique<PaymentHandlers>(*work_, *executor_);
  replay_handler_ = MakeEventHandler();
  parked_events_ =
      std::make_unique<grpc::ParkedEventHandlers>(kServiceName, *pool_, *replay_handler_);
  server_ = std::make_unique<grpc::Server>(
      config_.grpc, std::vector<::grpc::Service*>{handlers_.get(), parked_events_.get()});
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
  if (absl::Status status = pool_->WaitUntilReachable(); !status.ok()) return status;
  started_ = true;
  if (absl::Status status = server_->Start(); !status.ok()) return status;
  worker_->Start();
  return consumer_->Start();
}

void App::Shutdown() {
  if (!std::exchange(started_, false)) return;
  consumer_->Stop();
  worker_->Stop();
  drive_->Drain(config_.provider.call_timeout + kGrace);
  server_->Shutdown(kGrace);
  executor_->Shutdown();
  log::Info("stopped");
}

}  // namespace waybill::payment_svc
