#include "tests/integration/payment_sandbox_process.h"

#include <httplib.h>

#include <stdexcept>

#include "tests/support/free_port.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

HttpAnswer AnswerOf(const httplib::Result& result) {
  if (!result) return {};
  return {result->status, result->body};
}

}  // namespace

SandboxProcess::SandboxProcess() : port_(FreePort()) { Start(); }

std::string SandboxProcess::url() const { return "http://127.0.0.1:" + std::to_string(port_); }

void SandboxProcess::Start(const std::map<std::string, std::string>& env) {
  const std::string config = folder_.Write(
      "payment_sandbox.toml",
      "[http]\nlisten = \"127.0.0.1:" + std::to_string(port_) + "\"\napi_key_file = \"" +
          folder_.Write("api_key", std::string(kSandboxApiKey) + "\n") +
          "\"\n[postgres]\nconninfo = \"" + database_.Conninfo("payment_sandbox") + "\"\n");
  process_ = std::make_unique<ChildProcess>(
      ProcessOptions{.argv = {BinaryPath("payment_sandbox"), "--config", config},
                     .env = env,
                     .log_file = folder_.path() / "payment_sandbox.log"});
  WaitUntil([&] { return Get("/health").status == 200; }, "the payment sandbox serves");
}

HttpAnswer SandboxProcess::Post(const std::string& path,
                                const std::map<std::string, std::string>& form,
                                const std::string& key, const std::string& api_key) const {
  httplib::Client client("127.0.0.1", port_);
  httplib::Headers headers{{"Authorization", "Bearer " + api_key}};
  if (!key.empty()) headers.emplace("Idempotency-Key", key);
  return AnswerOf(client.Post(path.c_str(), headers, httplib::Params(form.begin(), form.end())));
}

HttpAnswer SandboxProcess::Get(const std::string& path, const std::string& api_key) const {
  httplib::Client client("127.0.0.1", port_);
  return AnswerOf(client.Get(path.c_str(), {{"Authorization", "Bearer " + api_key}}));
}

void SandboxProcess::OrderFault(const std::string& json) const {
  httplib::Client client("127.0.0.1", port_);
  const HttpAnswer answer = AnswerOf(client.Post("/admin/faults", json, "application/json"));
  if (answer.status != 200) throw std::runtime_error("fault not taken: " + answer.body);
}

SandboxProcess::Totals SandboxProcess::Ledger() const {
  const HttpAnswer answer = Get("/admin/ledger");
  if (answer.status != 200) throw std::runtime_error("no ledger: " + answer.body);
  const nlohmann::json totals = answer.json();
  return {totals.at("held"), totals.at("captured"), totals.at("refunded"), totals.at("intents")};
}

std::ostream& operator<<(std::ostream& out, const SandboxProcess::Totals& totals) {
  return out << "held " << totals.held << ", captured " << totals.captured << ", refunded "
             << totals.refunded << ", intents " << totals.intents;
}

}  // namespace waybill::test
