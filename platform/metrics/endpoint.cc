#include "platform/metrics/endpoint.h"

#include <httplib.h>

#include <functional>
#include <thread>
#include <utility>

#include "absl/strings/numbers.h"
#include "platform/executor/executor.h"
#include "platform/log/log.h"
#include "platform/metrics/listen_alone.h"

namespace waybill::metrics {
namespace {

constexpr int kThreads = 2;
constexpr std::size_t kQueueLimit = 16;
constexpr int kConnectionTimeout_s = 2;
constexpr std::size_t kMaxRequestBytes = 4096;
constexpr char kPlain[] = "text/plain; charset=utf-8";
constexpr char kExposition[] = "text/plain; version=0.0.4; charset=utf-8";

class TaskQueue final : public httplib::TaskQueue {
 public:
  void enqueue(std::function<void()> task) override {
    // A task must run, or its connection would stay open: past the queue it holds up the accepting
    // thread, and connections wait in the kernel's bounded backlog.
    if (!executor_.TrySubmit(task)) task();
  }
  void shutdown() override { executor_.Shutdown(); }

 private:
  Executor executor_{kThreads, kQueueLimit};
};

}  // namespace

class Endpoint::Impl {
 public:
  Impl(MetricsConfig config, Registry& registry, const Readiness& readiness)
      : config_(std::move(config)),
        registry_(registry),
        readiness_(readiness),
        ready_(registry.AddGauge("waybill_ready", "1 when /readyz answers 200")) {
    server_.new_task_queue = [] { return new TaskQueue(); };
    ListenAlone(server_);
    server_.set_keep_alive_max_count(1);
    server_.set_read_timeout(kConnectionTimeout_s);
    server_.set_write_timeout(kConnectionTimeout_s);
    server_.set_payload_max_length(kMaxRequestBytes);
    server_.Get("/metrics", [this](const httplib::Request&, httplib::Response& response) {
      ready_.Set(readiness_.Failures().empty() ? 1 : 0);
      response.set_content(registry_.Text(), kExposition);
    });
    server_.Get("/livez", [](const httplib::Request&, httplib::Response& response) {
      response.set_content("ok\n", kPlain);
    });
    server_.Get("/readyz", [this](const httplib::Request&, httplib::Response& response) {
      ShowReadiness(response);
    });
  }

  absl::Status Start() {
    if (config_.listen.empty()) return absl::OkStatus();
    const std::size_t colon = config_.listen.rfind(':');
    int port = -1;
    if (colon == std::string::npos || !absl::SimpleAtoi(config_.listen.substr(colon + 1), &port) ||
        port < 0 || port > 65535) {
      return absl::InvalidArgumentError("metrics.listen: \"" + config_.listen +
                                        "\" is not host:port");
    }
    const std::string host = config_.listen.substr(0, colon);
    if (port == 0) {
      port = server_.bind_to_any_port(host);
    } else if (!server_.bind_to_port(host, port)) {
      port = -1;
    }
    if (port < 0) {
      return absl::UnavailableError("can't listen on " + config_.listen +
                                    " (metrics.listen): is it taken?");
    }
    port_ = port;
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    log::Info("the endpoint serves metrics and health",
              {{"listen", config_.listen}, {"port", port_}});
    return absl::OkStatus();
  }

  void Stop() {
    if (!thread_.joinable()) return;
    // stop() before the loop has begun would be overlooked.
    while (!server_.is_running()) std::this_thread::yield();
    server_.stop();
    thread_.join();
  }

  int port() const { return port_; }

 private:
  void ShowReadiness(httplib::Response& response) const {
    const std::vector<Readiness::Failure> failures = readiness_.Failures();
    std::string text;
    for (const Readiness::Failure& failure : failures) {
      text += failure.name + ": " + failure.reason + "\n";
    }
    response.status = failures.empty() ? 200 : 503;
    response.set_content(failures.empty() ? "ok\n" : text, kPlain);
  }

  const MetricsConfig config_;
  Registry& registry_;
  const Readiness& readiness_;
  const Gauge ready_;
  httplib::Server server_;
  std::thread thread_;
  int port_ = 0;
};

Endpoint::Endpoint(MetricsConfig config, Registry& registry, const Readiness& readiness)
    : impl_(std::make_unique<Impl>(std::move(config), registry, readiness)) {}

Endpoint::~Endpoint() { impl_->Stop(); }

absl::Status Endpoint::Start() { return impl_->Start(); }

int Endpoint::port() const { return impl_->port(); }

void Endpoint::Stop() { impl_->Stop(); }

}  // namespace waybill::metrics
