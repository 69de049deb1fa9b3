// Server is the gRPC server of every service, with health v1, reflection (v1alpha) and bounds.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "platform/config/config_reader.h"
#include "platform/executor/periodic_worker.h"
#include "platform/grpc/certificates.h"
#include "platform/grpc/open_calls.h"
#include "platform/grpc/peer_limit.h"
#include "platform/metrics/readiness.h"
#include "platform/metrics/registry.h"
#include "platform/tls/config.h"

namespace waybill::grpc {

struct ServerConfig {
  // "host:port"; port 0 takes a free one.
  std::string listen = "127.0.0.1:0";
  tls::TlsConfig tls = {};
  // Whether calls may come without TLS, and without proof of who calls, from other machines.
  bool insecure = false;
  // Whether the server offers reflection, which grpcurl needs, and the health service; both answer any
  // client that can connect.
  bool reflection = true;
  bool health = true;
  // Calls that one connection may have open; a client's further ones wait in the client.
  int streams_per_connection = 4096;
  // Connections that one peer (PeerOf) may keep, 0 to 1,000,000; 0: any number; nullopt: half of the
  // limit on open files. They are counted once per second, so a peer may have more in between.
  std::optional<int> connections_per_peer = std::nullopt;
  // Threads for work that may block, and how many calls may wait for one.
  int workers = 16;
  int queue = 1024;
};

// Reads the section [grpc]. An address other than loopback without TLS is a mistake, unless
// grpc.insecure is true.
ServerConfig ReadServerConfig(ConfigReader& reader, const std::string& default_listen);

// Larger requests are answered RESOURCE_EXHAUSTED by gRPC itself.
inline constexpr int kMaxRequestBytes = 256 * 1024;

// Where a server counts its calls, and the readiness that its health reports. Without a registry no
// call is counted; without readiness, health says SERVING from start to shutdown. Borrowed.
struct ServerMonitoring {
  metrics::Registry* registry = nullptr;
  const metrics::Readiness* readiness = nullptr;
};

// Owned by the App. Its methods are not thread-safe. Health follows `readiness` within half a
// second, for "" and for each service's name. A client may send keepalive pings as often as it
// likes.
class Server {
 public:
  Server(ServerConfig config, std::vector<::grpc::Service*> services,
         ServerMonitoring monitoring = {});
  ~Server();

  // Binds and serves. Raises the process's soft limit of open files to the hard one.
  // kUnavailable: the address is taken. Errors of Certificates::Start.
  absl::Status Start();
  // The port that it listens on.
  int port() const { return port_; }
  // Sets health to NOT_SERVING, accepts no connection, waits `grace` for calls under way to end, and
  // cuts the connections. So a client sees a call without an answer end as UNAVAILABLE. With gRPC's
  // own shutdown it would be CANCELLED, which retry policies don't repeat (gRPC 1.51, for calls that
  // come before its GOAWAY has arrived). Calls that come meanwhile are the services' to refuse
  // (Executor::Close). Blocks for `grace` at most, and until the handlers have returned.
  void Shutdown(absl::Duration grace);

 private:
  void ShowHealth();
  void CloseExcessConnections();

  const ServerConfig config_;
  const std::vector<::grpc::Service*> services_;
  const ServerMonitoring monitoring_;
  Certificates certificates_;
  std::unique_ptr<::grpc::Server> server_;
  PeriodicWorker health_worker_;
  std::optional<PeerLimit> peer_limit_;
  metrics::Counter excess_connections_;
  PeriodicWorker peer_worker_;
  OpenCalls open_calls_;
  int port_ = 0;
};

}  // namespace waybill::grpc
