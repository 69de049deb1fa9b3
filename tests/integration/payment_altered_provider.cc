#include "tests/integration/payment_altered_provider.h"

#include <httplib.h>

#include <mutex>
#include <regex>
#include <stdexcept>
#include <thread>
#include <utility>

#include "absl/strings/str_replace.h"

namespace waybill::test {

class AlteredProvider::Impl {
 public:
  explicit Impl(std::string sandbox_url) : sandbox_url_(std::move(sandbox_url)) {
    const auto handler = [this](const httplib::Request& request, httplib::Response& response) {
      Serve(request, response);
    };
    server_.Get(".*", handler);
    server_.Post(".*", handler);
    port_ = server_.bind_to_any_port("127.0.0.1");
    if (port_ < 0) throw std::runtime_error("the altered provider can't listen");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
  }
  ~Impl() {
    while (!server_.is_running()) std::this_thread::yield();
    server_.stop();
    thread_.join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  int port() const { return port_; }

  void SetAlter(Alter alter) {
    const std::lock_guard<std::mutex> lock(mutex_);
    alter_ = std::move(alter);
  }
  void SetIdSuffix(const std::string& suffix, const std::string& encoded) {
    const std::lock_guard<std::mutex> lock(mutex_);
    suffix_ = suffix;
    encoded_suffix_ = encoded;
  }

 private:
  void Serve(const httplib::Request& request, httplib::Response& response) {
    const std::lock_guard<std::mutex> lock(mutex_);
    HttpAnswer answer = PassOn(request);
    if (!suffix_.empty()) {
      answer.body = std::regex_replace(answer.body, std::regex("pi_[0-9a-f]{32}"), "$&" + suffix_);
    }
    if (alter_)
      alter_(request.method + " " + request.target.substr(0, request.target.find('?')), answer);
    response.status = answer.status == 0 ? 502 : answer.status;
    response.set_content(answer.body, "application/json");
  }

  HttpAnswer PassOn(const httplib::Request& request) const {
    httplib::Client client(sandbox_url_);
    client.set_url_encode(false);
    httplib::Headers headers{{"Authorization", request.get_header_value("Authorization")}};
    if (request.has_header("Idempotency-Key")) {
      headers.emplace("Idempotency-Key", request.get_header_value("Idempotency-Key"));
    }
    const std::string target = WithoutSuffix(request.target);
    const httplib::Result result =
        request.method == "GET" ? client.Get(target.c_str(), headers)
                                : client.Post(target.c_str(), headers, WithoutSuffix(request.body),
                                              "application/x-www-form-urlencoded");
    return result ? HttpAnswer{result->status, result->body} : HttpAnswer{};
  }

  std::string WithoutSuffix(const std::string& text) const {
    if (encoded_suffix_.empty()) return text;
    return absl::StrReplaceAll(text, {{encoded_suffix_, ""}});
  }

  const std::string sandbox_url_;
  httplib::Server server_;
  std::thread thread_;
  int port_ = 0;
  std::mutex mutex_;
  // Guarded by mutex_.
  Alter alter_;
  std::string suffix_;
  std::string encoded_suffix_;
};

AlteredProvider::AlteredProvider(const SandboxProcess& sandbox)
    : impl_(std::make_unique<Impl>(sandbox.url())) {}
AlteredProvider::~AlteredProvider() = default;

std::string AlteredProvider::url() const {
  return "http://127.0.0.1:" + std::to_string(impl_->port());
}
void AlteredProvider::SetAlter(Alter alter) { impl_->SetAlter(std::move(alter)); }
void AlteredProvider::SetIdSuffix(const std::string& suffix, const std::string& encoded) {
  impl_->SetIdSuffix(suffix, encoded);
}

}  // namespace waybill::test
