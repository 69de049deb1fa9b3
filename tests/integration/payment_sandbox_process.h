// The payment sandbox as a process of its own, with a ledger of its own.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/process.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test_database.h"

namespace waybill::test {

inline constexpr char kSandboxApiKey[] = "sk_test_integration";

struct HttpAnswer {
  // 0 when there was no answer.
  int status = 0;
  std::string body;

  nlohmann::json json() const { return nlohmann::json::parse(body); }
};

class SandboxProcess {
 public:
  // Serves when it returns; throws std::runtime_error when that takes too long.
  SandboxProcess();

  std::string url() const;
  ChildProcess& process() { return *process_; }
  TestDatabase& database() { return database_; }
  // Starts it (again), with `env` added to its environment.
  void Start(const std::map<std::string, std::string>& env = {});

  // Form-encoded, with the API key; "" sends no Idempotency-Key. Thread-safe.
  HttpAnswer Post(const std::string& path, const std::map<std::string, std::string>& form,
                  const std::string& key = "", const std::string& api_key = kSandboxApiKey) const;
  HttpAnswer Get(const std::string& path, const std::string& api_key = kSandboxApiKey) const;
  // The body of POST /admin/faults; throws unless it is taken.
  void OrderFault(const std::string& json) const;

  // From GET /admin/ledger.
  struct Totals {
    std::int64_t held = 0, captured = 0, refunded = 0, intents = 0;
    friend bool operator==(const Totals&, const Totals&) = default;
  };
  Totals Ledger() const;

 private:
  TempFolder folder_;
  TestDatabase database_{"sandbox"};
  const int port_;
  std::unique_ptr<ChildProcess> process_;
};

std::ostream& operator<<(std::ostream& out, const SandboxProcess::Totals& totals);

}  // namespace waybill::test
