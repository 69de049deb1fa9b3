// The base class of every service: metrics and health, database sessions, consumer and gRPC server,
// started and stopped in a fixed order.
//
//   class App final : public service::Host {
//    public:
//     explicit App(const Config& config)
//         : Host("order_svc", config), place_order_(unit_of_work_, ...) {
//       Serve(handlers_);
//       Consume(events::kOrderDlqTopic, [this] { return std::make_unique<EventHandler>(...); });
//       Work(timeout_worker_);
//     }
//     ~App() override { Shutdown(); }
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "platform/audit/operator_call_store.h"
#include "platform/auth/api_key_directory.h"
#include "platform/auth/authenticator.h"
#include "platform/executor/executor.h"
#include "platform/executor/periodic_worker.h"
#include "platform/grpc/door.h"
#include "platform/grpc/parked_event_handlers.h"
#include "platform/grpc/server.h"
#include "platform/inbox/batch_handler.h"
#include "platform/inbox/consumer_engine.h"
#include "platform/metrics/monitor.h"
#include "platform/postgres/pool.h"
#include "platform/retention/retirement.h"
#include "platform/service/host_config.h"
#include "platform/service/main.h"

namespace waybill::service {

// Constructed, then told what to serve, consume and work on, then started, then shut down; all by
// one thread. A derived class's destructor must call Shutdown: the parts that it owns are in use
// until then.
class Host : public Runnable {
 public:
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;
  // Stops what is left; Shutdown must have been called, since the parts of a derived class are gone.
  ~Host() override = default;

  // In this order, so that whoever looks sees each step, and nobody is sent work that can't be
  // done:
  //   1. metrics and health, which say "not ready"
  //   2. the key set of tokens; the database, waited for until postgres.start_timeout; its API keys
  //   3. the workers, which take up what an earlier process has left
  //   4. the consumer; a broker that is away is waited for in the background
  //   5. polls for metrics, and the gRPC server: ready
  // Errors: those of Endpoint::Start, Authenticator::Start, Pool::WaitUntilReachable, ApiKeyDirectory::Start, ConsumerEngine::Start and
  // Server::Start.
  absl::Status Start() override;

  // Takes over, while it runs: [limits], postgres.conninfo, and Kafka's sasl.username and sasl.password. A
  // database that can't be reached with the new connection string is an error, and nothing changes. From one
  // thread, between Start and Shutdown. Blocks for about 10 s at most.
  absl::Status Reconfigure(const HostConfig& config);

  // Stops in this order, so that accepted work is finished, and no part is fed by one that has stopped:
  //   1. health says "not ready": no new calls are sent here; those that come all the same are
  //      refused
  //   2. streams, which have no end of their own, are ended
  //   3. the gRPC server, then the executor: calls under way get a grace of 5 s
  //   4. polls for metrics, which ask the consumer
  //   5. the consumer, after the batch under way: nothing new is wanted of the workers
  //   6. the workers, each after its round under way
  //   7. metrics and health
  // Blocks for at most about 25 s, and what the workers' own bounds are. May be called twice.
  void Shutdown() override;

  // The ports served on, after Start; metrics_port is 0 when there is no endpoint.
  int port() const { return server_->port(); }
  int metrics_port() const { return monitor_.endpoint.port(); }

 protected:
  Host(std::string name, const HostConfig& config);

  metrics::Registry& registry() { return monitor_.registry; }
  metrics::Poller& poller() { return monitor_.poller; }
  postgres::Pool& pool() { return pool_; }
  // One session for the poller's queries, so that they neither wait for requests nor hold them up.
  postgres::Pool& metrics_pool() { return metrics_pool_; }
  // After Consume; also while it doesn't run.
  inbox::ConsumerEngine& consumer() { return *consumer_; }
  // What every call passes, with the threads for those that may block.
  const grpc::Door& door() const { return door_; }

  // For the constructor; what is passed is borrowed until Shutdown has returned.
  void Serve(::grpc::Service& service);
  // Consumes with a handler from `make`. Parked events are replayed by a second one, and steered
  // through ParkedEventService. Their copies go to `dlq_topic`.
  using MakeHandler = std::function<std::unique_ptr<inbox::BatchHandler>()>;
  void Consume(const char* dlq_topic, const MakeHandler& make);
  // `drain` is called after the worker has ended, for what it has left open; it must block for a
  // bounded time.
  void Work(PeriodicWorker& worker, std::function<void()> drain = {});
  // Retires rows by the rule, in the background, beside the inbox of a service that consumes.
  void Retire(retention::Rule rule);
  // Ends what streams to clients.
  void EndStreams(std::function<void()> end);

 private:
  struct Worker {
    PeriodicWorker& worker;
    std::function<void()> drain;
  };

  const std::string name_;
  const HostConfig config_;
  // First: all others may hold instruments.
  metrics::Monitor monitor_;
  postgres::Pool pool_;
  postgres::Pool metrics_pool_;
  retention::Retirement retirement_;
  // Before the executors, whose tasks hold open calls.
  grpc::CallerLimits limits_;
  Executor executor_;
  auth::ApiKeyDirectory api_keys_;
  auth::Authenticator authenticator_;
  audit::OperatorCallStore operator_calls_;
  grpc::Door door_;
  // Of its own, so that parked events can be steered while the other calls are stuck.
  Executor operators_executor_;
  grpc::Door operators_door_;
  std::vector<::grpc::Service*> services_;
  std::vector<Worker> workers_;
  std::vector<std::function<void()>> end_streams_;
  std::unique_ptr<inbox::BatchHandler> event_handler_;
  std::unique_ptr<inbox::BatchHandler> replay_handler_;
  std::unique_ptr<inbox::ConsumerEngine> consumer_;
  std::unique_ptr<grpc::ParkedEventHandlers> parked_events_;
  std::unique_ptr<grpc::Server> server_;
  bool is_shut_down_ = false;
};

}  // namespace waybill::service
