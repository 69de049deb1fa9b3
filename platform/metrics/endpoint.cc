#include "platform/metrics/endpoint.h"

#include <string_view>
#include <utility>

#include "platform/log/log.h"
#include "platform/log/process_log.h"
#include "platform/metrics/http_server.h"
#include "platform/tls/server_context.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::metrics {
namespace {

constexpr char kPlain[] = "text/plain; charset=utf-8";
constexpr char kExposition[] = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace

class Endpoint::Impl {
 public:
  Impl(MetricsConfig config, Registry& registry, const Readiness& readiness)
      : config_(std::move(config)),
        tls_(config_.tls, &registry),
        registry_(registry),
        readiness_(readiness),
        ready_(registry.AddGauge("waybill_ready", "1 when /readyz answers 200")),
        dropped_lines_(registry.AddCounter("waybill_log_dropped_lines_total",
                                           "Log lines that could not be written in time")) {}

  absl::Status Start() {
    if (config_.listen.empty()) return absl::OkStatus();
    if (config_.tls.is_on()) RETURN_IF_ERROR(tls_.Start());
    absl::StatusOr<Socket> listener = Listen(config_.listen);
    if (!listener.ok()) {
      return {listener.status().code(), StrCat("metrics.listen: ", listener.status().message())};
    }
    server_ = std::make_unique<HttpServer>(
        *std::move(listener), [this](Socket socket) { return Accept(std::move(socket)); },
        [this](std::string_view path) { return Answer(path); });
    server_->Start();
    log::Info("the endpoint serves metrics and health",
              {{"listen", config_.listen},
               {"port", port()},
               {"tls", config_.tls.is_on() ? "on" : "off"}});
    return absl::OkStatus();
  }

  void Stop() {
    if (server_ != nullptr) server_->Stop();
    tls_.Stop();
  }

  int port() const { return server_ == nullptr ? 0 : server_->port(); }

 private:
  // On the server's one thread, as all below.
  ByteStream Accept(Socket socket) const {
    if (!config_.tls.is_on()) return {std::move(socket), nullptr};
    tls::SslPtr ssl = tls_.Accept(socket.fd());
    // Never in plain text instead.
    if (ssl == nullptr) socket = Socket();
    return {std::move(socket), std::move(ssl)};
  }

  HttpAnswer Answer(std::string_view path) {
    if (path == "/metrics") {
      const std::int64_t dropped = log::DroppedLines();
      dropped_lines_.Add(static_cast<double>(dropped - std::exchange(shown_lines_, dropped)));
      ready_.Set(readiness_.Failures().empty() ? 1 : 0);
      return {200, kExposition, registry_.Text()};
    }
    if (path == "/livez") return {200, kPlain, "ok\n"};
    if (path == "/readyz") return ShowReadiness();
    return {404, kPlain, "the paths are /metrics, /livez and /readyz\n"};
  }

  HttpAnswer ShowReadiness() const {
    const std::vector<Readiness::Failure> failures = readiness_.Failures();
    if (failures.empty()) return {200, kPlain, "ok\n"};
    std::string text;
    for (const Readiness::Failure& failure : failures) {
      text += failure.name + ": " + failure.reason + "\n";
    }
    return {503, kPlain, text};
  }

  const MetricsConfig config_;
  tls::ServerContext tls_;
  Registry& registry_;
  const Readiness& readiness_;
  const Gauge ready_;
  const Counter dropped_lines_;
  std::int64_t shown_lines_ = 0;
  std::unique_ptr<HttpServer> server_;
};

Endpoint::Endpoint(MetricsConfig config, Registry& registry, const Readiness& readiness)
    : impl_(std::make_unique<Impl>(std::move(config), registry, readiness)) {}

Endpoint::~Endpoint() { impl_->Stop(); }

absl::Status Endpoint::Start() { return impl_->Start(); }

int Endpoint::port() const { return impl_->port(); }

void Endpoint::Stop() { impl_->Stop(); }

}  // namespace waybill::metrics
