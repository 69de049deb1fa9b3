#include "tools/payment_sandbox/http_server.h"

#include <httplib.h>

#include <functional>
#include <thread>
#include <utility>

#include "absl/strings/numbers.h"
#include "platform/log/log.h"
#include "platform/metrics/listen_alone.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"
#include "tools/payment_sandbox/worker_threads.h"

namespace waybill::payment_sandbox {
namespace {

constexpr std::size_t kMaxRequestBytes = 64 * 1024;
constexpr std::size_t kQueueLimit = 256;
constexpr int kIdleConnection_s = 5;
constexpr int kMaxCallsPerConnection = 1'000'000;
constexpr std::size_t kMaxKeySize = 255;
constexpr int kMaxListed = 100;
constexpr char kJson[] = "application/json";

class TaskQueue final : public httplib::TaskQueue {
 public:
  explicit TaskQueue(int threads) : threads_(threads, kQueueLimit) {}
  void enqueue(std::function<void()> task) override { threads_.Enqueue(std::move(task)); }
  void shutdown() override { threads_.Shutdown(); }

 private:
  WorkerThreads threads_;
};

void Send(const Reply& reply, httplib::Response& response) {
  if (reply.cut) {
    // The library can't close a connection without an answer, so this sends the headers, then fails
    // at the body, which closes the connection.
    response.set_content_provider(
        1, kJson, [](std::size_t, std::size_t, httplib::DataSink&) { return false; });
    return;
  }
  response.status = reply.status;
  if (reply.retry_after_s > 0) {
    response.set_header("Retry-After", std::to_string(reply.retry_after_s));
  }
  response.set_content(reply.body, kJson);
}

Params ParamsOf(const httplib::Request& request) {
  Params params;
  for (const auto& [name, value] : request.params) params[name] = value;
  return params;
}

// Returns the order in "metadata['order_id']:'ORDER'", the only query that the sandbox supports.
std::optional<std::string> OrderOfQuery(const std::string& query) {
  const std::string prefix = "metadata['order_id']:'";
  if (query.size() <= prefix.size() || query.rfind(prefix, 0) != 0 || query.back() != '\'') {
    return std::nullopt;
  }
  return query.substr(prefix.size(), query.size() - prefix.size() - 1);
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(const HttpConfig& config, Api& api, ReplyMetrics metrics) : config_(config), api_(api) {
    server_.set_logger([metrics](const httplib::Request&, const httplib::Response& response) {
      metrics.Count(response.status);
    });
    server_.new_task_queue = [threads = config_.threads] { return new TaskQueue(threads); };
    server_.set_tcp_nodelay(true);
    server_.set_keep_alive_timeout(kIdleConnection_s);
    metrics::ListenAlone(server_);
    server_.set_keep_alive_max_count(kMaxCallsPerConnection);
    server_.set_read_timeout(kIdleConnection_s);
    server_.set_write_timeout(kIdleConnection_s);
    server_.set_payload_max_length(kMaxRequestBytes);
    RouteChanges();
    RouteLookups();
    RouteAdmin();
  }

  absl::Status Start(const std::string& host, int port) {
    if (port == 0) {
      port_ = server_.bind_to_any_port(host.c_str());
    } else {
      port_ = server_.bind_to_port(host.c_str(), port) ? port : -1;
    }
    if (port_ < 0) {
      return absl::UnavailableError(
          StrCat("http.listen: can't listen on ", config_.listen, "; is the port in use?"));
    }
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    return absl::OkStatus();
  }

  void Stop() {
    // A stop() that comes before the loop has begun would have no effect.
    while (thread_.joinable() && !server_.is_running()) std::this_thread::yield();
    server_.stop();
    if (thread_.joinable()) thread_.join();
  }

  int port() const { return port_; }

 private:
  using Handler = std::function<Reply(const httplib::Request&)>;

  static httplib::Server::Handler Plain(Handler handler) {
    return [handler = std::move(handler)](const httplib::Request& request,
                                          httplib::Response& response) {
      Send(handler(request), response);
    };
  }

  httplib::Server::Handler WithKey(Handler handler) {
    return [this, handler = std::move(handler)](const httplib::Request& request,
                                                httplib::Response& response) {
      if (!Allowed(request.get_header_value("Authorization"))) {
        return Send(ErrorReply(401, "invalid_request_error", "", "Invalid API Key provided."),
                    response);
      }
      Send(handler(request), response);
    };
  }

  bool Allowed(const std::string& authorization) const {
    const std::string bearer = "Bearer ";
    if (authorization.rfind(bearer, 0) != 0) return false;
    const std::string key = authorization.substr(bearer.size());
    return config_.api_key.empty() ? key.rfind("sk_test_", 0) == 0 : key == config_.api_key;
  }

  Handler Changing(const std::string& operation) {
    return [this, operation](const httplib::Request& request) {
      const std::string key = request.get_header_value("Idempotency-Key");
      if (key.size() > kMaxKeySize) {
        return ErrorReply(400, "invalid_request_error", "", "The Idempotency-Key is too long.");
      }
      const std::string intent = request.matches.size() > 1 ? request.matches[1].str() : "";
      return api_.Change({operation, intent, ParamsOf(request), key});
    };
  }

  void RouteChanges() {
    server_.Post("/v1/payment_intents", WithKey(Changing("authorize")));
    server_.Post(R"(/v1/payment_intents/([^/]+)/capture)", WithKey(Changing("capture")));
    server_.Post(R"(/v1/payment_intents/([^/]+)/cancel)", WithKey(Changing("cancel")));
    server_.Post("/v1/refunds", WithKey(Changing("refund")));
  }

  void RouteLookups() {
    server_.Get("/v1/payment_intents/search", WithKey([this](const httplib::Request& request) {
                  const std::optional<std::string> order =
                      OrderOfQuery(request.get_param_value("query"));
                  if (!order) {
                    return ErrorReply(
                        400, "invalid_request_error", "",
                        "This sandbox supports only the query metadata['order_id']:'…'.", "query");
                  }
                  const bool expand = request.get_param_value("expand[]") == "data.latest_charge";
                  return api_.Lookup({"", *order, expand});
                }));
    server_.Get("/v1/refunds", WithKey([this](const httplib::Request& request) {
                  RefundListRequest list{.intent = request.get_param_value("payment_intent")};
                  if (request.has_param("limit") &&
                      (!absl::SimpleAtoi(request.get_param_value("limit"), &list.limit) ||
                       list.limit < 1 || list.limit > kMaxListed)) {
                    return ErrorReply(400, "invalid_request_error", "parameter_invalid_integer",
                                      "The limit must be between 1 and 100.", "limit");
                  }
                  return api_.ListRefunds(list);
                }));
    server_.Get(R"(/v1/payment_intents/([^/]+))", WithKey([this](const httplib::Request& request) {
                  const bool expand = request.get_param_value("expand[]") == "latest_charge";
                  return api_.Lookup({request.matches[1].str(), "", expand});
                }));
  }

  void RouteAdmin() {
    server_.Post("/admin/faults", Plain([this](const httplib::Request& request) {
                   return api_.OrderFault(request.body);
                 }));
    server_.Get("/admin/faults",
                Plain([this](const httplib::Request&) { return api_.ListFaults(); }));
    server_.Get("/admin/ledger", Plain([this](const httplib::Request& request) {
                  std::optional<std::string> order;
                  if (request.has_param("order_id")) order = request.get_param_value("order_id");
                  return api_.LedgerTotals(order);
                }));
    server_.Get("/health", Plain([](const httplib::Request&) {
                  return Reply{200, R"({"status":"serving"})"};
                }));
  }

  const HttpConfig& config_;
  Api& api_;
  httplib::Server server_;
  std::thread thread_;
  int port_ = 0;
};

HttpServer::HttpServer(HttpConfig config, Api& api, ReplyMetrics metrics)
    : config_(std::move(config)), impl_(std::make_unique<Impl>(config_, api, metrics)) {}

HttpServer::~HttpServer() { Stop(); }

absl::Status HttpServer::Start() {
  const std::size_t colon = config_.listen.rfind(':');
  int port = 0;
  if (colon == std::string::npos || !absl::SimpleAtoi(config_.listen.substr(colon + 1), &port) ||
      port < 0 || port > 65535) {
    return absl::InvalidArgumentError(
        StrCat("http.listen: \"", config_.listen, "\" is not host:port"));
  }
  RETURN_IF_ERROR(impl_->Start(config_.listen.substr(0, colon), port));
  port_ = impl_->port();
  return absl::OkStatus();
}

void HttpServer::Stop() { impl_->Stop(); }

}  // namespace waybill::payment_sandbox
