#include "platform/service/host.h"

#include <utility>

#include "platform/inbox/consumer_polls.h"
#include "platform/inbox/inbox_retirement.h"
#include "platform/types/status_macros.h"

namespace waybill::service {
namespace {

constexpr absl::Duration kGrace = absl::Seconds(5);
constexpr int kOperatorThreads = 2;
constexpr std::size_t kOperatorQueue = 16;

}  // namespace

Host::Host(std::string name, const HostConfig& config)
    : name_(std::move(name)),
      config_(config),
      monitor_(config.metrics),
      pool_(config.postgres, name_, postgres::PoolMetrics(monitor_.registry)),
      metrics_pool_(postgres::ForMetrics(config.postgres), name_ + "_metrics"),
      retirement_(pool_, config.retention, monitor_.registry),
      limits_(config.limits, monitor_.registry),
      executor_(config.grpc.workers, static_cast<std::size_t>(config.grpc.queue),
                ExecutorMetrics(monitor_.registry)),
      // Its calls would otherwise wait behind those of whom a revoked key still lets in.
      api_keys_(metrics_pool_),
      authenticator_(config.auth, &api_keys_),
      operator_calls_(pool_),
      door_(executor_, authenticator_, limits_, operator_calls_),
      operators_executor_(kOperatorThreads, kOperatorQueue),
      operators_door_(operators_executor_, authenticator_, limits_, operator_calls_) {
  monitor_.readiness.Add("database", [this] { return pool_.Refusal(); });
  Retire({.what = "operator_calls",
          .period = config.operator_call_retention,
          .retire = audit::RetireOperatorCalls});
}

void Host::Serve(::grpc::Service& service) { services_.push_back(&service); }

void Host::Consume(const char* dlq_topic, const MakeHandler& make) {
  event_handler_ = make();
  replay_handler_ = make();
  consumer_ = std::make_unique<inbox::ConsumerEngine>(
      inbox::ConsumerOptions{.consumer = name_,
                             .dlq_topic = dlq_topic,
                             .kafka = config_.kafka,
                             .inbox = config_.inbox},
      pool_, *event_handler_, inbox::ConsumerMetrics(monitor_.registry));
  parked_events_ =
      std::make_unique<grpc::ParkedEventHandlers>(operators_door_, name_, pool_, *replay_handler_);
  services_.push_back(parked_events_.get());
  Retire({.what = "inbox",
          .period = config_.inbox.retention,
          .retire = [this](postgres::Transaction& tx, const retention::Batch& batch) {
            return inbox::RetireInbox(tx, name_, batch);
          }});
  monitor_.readiness.Add("consumer", [this] { return consumer_->Refusal(); });
  inbox::AddConsumerPolls(monitor_.poller, monitor_.registry, *consumer_, metrics_pool_, name_);
}

void Host::Work(PeriodicWorker& worker, std::function<void()> drain) {
  workers_.push_back({worker, std::move(drain)});
}

void Host::Retire(retention::Rule rule) { retirement_.Add(std::move(rule)); }

void Host::EndStreams(std::function<void()> end) { end_streams_.push_back(std::move(end)); }

absl::Status Host::Start() {
  server_ = std::make_unique<grpc::Server>(
      config_.grpc, services_,
      grpc::ServerMonitoring{.registry = &monitor_.registry, .readiness = &monitor_.readiness});
  RETURN_IF_ERROR(monitor_.endpoint.Start());
  RETURN_IF_ERROR(authenticator_.Start());
  RETURN_IF_ERROR(pool_.WaitUntilReachable());
  if (config_.auth.api_key) RETURN_IF_ERROR(api_keys_.Start());
  for (const Worker& worker : workers_) worker.worker.Start();
  retirement_.Start();
  if (consumer_ != nullptr) RETURN_IF_ERROR(consumer_->Start());
  monitor_.poller.Start();
  monitor_.readiness.MarkStarted();
  return server_->Start();
}

absl::Status Host::Reconfigure(const HostConfig& config) {
  RETURN_IF_ERROR(pool_.UseConninfo(config.postgres.conninfo));
  RETURN_IF_ERROR(metrics_pool_.UseConninfo(config.postgres.conninfo));
  if (consumer_ != nullptr) RETURN_IF_ERROR(consumer_->UseCredentials(config.kafka));
  limits_.Set(config.limits);
  return absl::OkStatus();
}

void Host::Shutdown() {
  if (std::exchange(is_shut_down_, true)) return;
  monitor_.readiness.MarkShuttingDown();
  executor_.Close();
  operators_executor_.Close();
  for (const auto& end : end_streams_) end();
  if (server_ != nullptr) server_->Shutdown(kGrace);
  executor_.Shutdown();
  operators_executor_.Shutdown();
  monitor_.poller.Stop();
  if (consumer_ != nullptr) consumer_->Stop();
  for (const Worker& worker : workers_) {
    worker.worker.Stop();
    if (worker.drain) worker.drain();
  }
  retirement_.Stop();
  api_keys_.Stop();
  monitor_.endpoint.Stop();
}

}  // namespace waybill::service
