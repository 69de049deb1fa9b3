#include "platform/grpc/server.h"

#include <grpcpp/ext/health_check_service_server_builder_option.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <sys/resource.h>

#include <algorithm>
#include <mutex>

#include "absl/time/clock.h"
#include "grpc/health/v1/health.pb.h"
#include "platform/grpc/connections.h"
#include "platform/grpc/library_log.h"
#include "platform/grpc/rpc_metrics.h"
#include "platform/grpc/service_names.h"
#include "platform/log/log.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::grpc {
namespace {

// A connection must have greeted, with TLS or without, in this time.
constexpr absl::Duration kHandshakeTimeout = absl::Seconds(10);
constexpr absl::Duration kShowHealthEvery = absl::Milliseconds(250);
constexpr absl::Duration kCountPeersEvery = absl::Seconds(1);

// Every connection is a file. The usual soft limit, 1024, is for programs that call select().
void RaiseLimitOfOpenFiles() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

metrics::Counter AddExcessCounter(metrics::Registry* registry) {
  if (registry == nullptr) return {};
  return registry->AddCounter(
      "waybill_rpc_excess_connections_total",
      "Connections closed because their peer had more than grpc.connections_per_peer");
}

// As of the soft limit, which has been raised.
int HalfOfTheFiles() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  return static_cast<int>(std::clamp<rlim_t>(limit.rlim_cur / 2, 1, 1'000'000));
}

class WithoutReflection final : public ::grpc::ServerBuilderOption {
 public:
  void UpdateArguments(::grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<::grpc::ServerBuilderPlugin>>* plugins) override {
    std::erase_if(*plugins,
                  [](const auto& plugin) { return plugin->name() == "proto_server_reflection"; });
  }
};

}  // namespace

ServerConfig ReadServerConfig(ConfigReader& reader, const std::string& default_listen) {
  ServerConfig config;
  config.listen = reader.String("grpc.listen", default_listen);
  config.tls = tls::ReadTlsConfig(reader, "grpc");
  config.tls.require_client_certificate = reader.Bool("grpc.tls.require_client_certificate", false);
  if (config.tls.require_client_certificate && config.tls.client_ca.empty()) {
    reader.AddError("grpc.tls.require_client_certificate", "needs grpc.tls.client_ca");
  }
  config.insecure = tls::ReadInsecure(reader, "grpc", config.listen, config.tls);
  config.reflection = reader.Bool("grpc.reflection", true);
  config.health = reader.Bool("grpc.health", true);
  config.streams_per_connection = static_cast<int>(
      reader.Int("grpc.streams_per_connection", config.streams_per_connection, {1, 1'000'000}));
  if (const std::int64_t most = reader.Int("grpc.connections_per_peer", -1, {0, 1'000'000});
      most >= 0) {
    config.connections_per_peer = static_cast<int>(most);
  }
  config.workers = static_cast<int>(reader.Int("grpc.workers", config.workers, {1, 256}));
  config.queue = static_cast<int>(reader.Int("grpc.queue", config.queue, {1, 100'000}));
  return config;
}

Server::Server(ServerConfig config, std::vector<::grpc::Service*> services,
               ServerMonitoring monitoring)
    : config_(std::move(config)),
      services_(std::move(services)),
      monitoring_(monitoring),
      certificates_(config_.tls, monitoring.registry),
      health_worker_("grpc health", kShowHealthEvery,
                     [this] {
                       ShowHealth();
                       return RoundResult::kIdle;
                     }),
      excess_connections_(AddExcessCounter(monitoring.registry)),
      peer_worker_("grpc peers", kCountPeersEvery, [this] {
        CloseExcessConnections();
        return RoundResult::kIdle;
      }) {}

Server::~Server() { Shutdown(absl::ZeroDuration()); }

absl::Status Server::Start() {
  if (config_.tls.is_on()) RETURN_IF_ERROR(certificates_.Start());
  static std::once_flag plugins;
  std::call_once(plugins, [] {
    RaiseLimitOfOpenFiles();
    LogWhatGrpcLogs();
    ::grpc::EnableDefaultHealthCheckService(true);
    ::grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  });
  // Links the descriptor, without which reflection can list the health service but not describe it.
  google::protobuf::LinkMessageReflection<::grpc::health::v1::HealthCheckRequest>();
  ::grpc::ServerBuilder builder;
  builder.AddListeningPort(
      config_.listen,
      config_.tls.is_on() ? certificates_.Credentials() : ::grpc::InsecureServerCredentials(),
      &port_);
  builder.SetMaxReceiveMessageSize(kMaxRequestBytes);
  // Two processes on one port would each get half of the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS,
                             static_cast<int>(absl::ToInt64Milliseconds(kHandshakeTimeout)));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, config_.streams_per_connection);
  // A client that went away without a word is noticed within 20 s.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 15'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 5'000);
  // A client may ping as often as it likes, also without a call. By default, the third ping within
  // five minutes without data ends the connection (too_many_pings), and with it a stream that has
  // nothing to report.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
  std::vector<std::string> names;
  builder.SetOption(std::make_unique<ServiceNames>(names));
  if (!config_.reflection) builder.SetOption(std::make_unique<WithoutReflection>());
  if (!config_.health) {
    builder.SetOption(std::make_unique<::grpc::HealthCheckServiceServerBuilderOption>(nullptr));
  }
  for (::grpc::Service* service : services_) builder.RegisterService(service);
  std::vector<std::unique_ptr<::grpc::experimental::ServerInterceptorFactoryInterface>> counting;
  counting.push_back(open_calls_.MakeFactory());
  if (monitoring_.registry != nullptr) {
    counting.push_back(std::make_unique<RpcMetricsFactory>(*monitoring_.registry));
  }
  builder.experimental().SetInterceptorCreators(std::move(counting));
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port_ == 0) {
    server_.reset();
    return absl::UnavailableError(
        StrCat("can't listen on ", config_.listen, " (grpc.listen): is it taken?"));
  }
  log::Info(
      "the server accepts calls",
      {{"listen", config_.listen}, {"port", port_}, {"tls", config_.tls.is_on() ? "on" : "off"}});
  const int most_per_peer = config_.connections_per_peer.value_or(HalfOfTheFiles());
  if (most_per_peer > 0) {
    peer_limit_.emplace(most_per_peer);
    peer_worker_.Start();
  }
  if (!config_.health) return absl::OkStatus();
  // Once a name is registered here, its health follows the server's.
  for (const std::string& name : names) {
    server_->GetHealthCheckService()->SetServingStatus(name, false);
  }
  ShowHealth();
  if (monitoring_.readiness != nullptr) health_worker_.Start();
  return absl::OkStatus();
}

void Server::ShowHealth() {
  const bool serving =
      monitoring_.readiness == nullptr || monitoring_.readiness->Failures().empty();
  server_->GetHealthCheckService()->SetServingStatus(serving);
}

void Server::CloseExcessConnections() {
  const std::optional<PeerLimit::Closed> closed = peer_limit_->CloseExcess(port_);
  if (!closed) {
    log::Warn("the connections of a peer are not limited, because /proc/self/fd can't be read");
  }
  if (!closed || closed->connections == 0) return;
  excess_connections_.Add(closed->connections);
  log::Warn(
      "connections were closed, because a peer had too many (grpc.connections_per_peer)",
      {{"closed", closed->connections}, {"worst_peer", closed->peer}, {"worst_had", closed->had}});
}

void Server::Shutdown(absl::Duration grace) {
  if (server_ == nullptr) return;
  health_worker_.Stop();
  peer_worker_.Stop();
  if (config_.health) server_->GetHealthCheckService()->SetServingStatus(false);
  StopListening(port_);
  open_calls_.WaitForThoseBegun(grace);
  CutConnections(port_);
  server_->Shutdown(absl::ToChronoTime(absl::Now()));
  server_->Wait();
  server_.reset();
}

}  // namespace waybill::grpc
