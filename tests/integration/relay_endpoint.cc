#include "tests/integration/relay_endpoint.h"

#include <httplib.h>

#include "tests/support/free_port.h"

namespace waybill::test {

RelayEndpoint::RelayEndpoint() : port_(FreePort()) {}

std::string RelayEndpoint::Config() const {
  return "[metrics]\nlisten = \"127.0.0.1:" + std::to_string(port_) +
         "\"\npoll_every = \"100ms\"\n";
}

std::string RelayEndpoint::Get(const std::string& path) const {
  const httplib::Result result = httplib::Client("127.0.0.1", port_).Get(path.c_str());
  return result ? std::to_string(result->status) + " " + result->body : "";
}

::testing::AssertionResult RelayEndpoint::BecomesReady() const {
  return Eventually([this] { return IsReady(); }, "the relay to be ready") << Get("/readyz");
}

::testing::AssertionResult RelayEndpoint::BecomesUnready(const std::string& reason,
                                                         absl::Duration patience) const {
  return Eventually(
             [&] {
               const std::string answer = Get("/readyz");
               return answer.starts_with("503") && answer.find(reason) != std::string::npos;
             },
             "the relay to be not ready: " + reason, patience)
         << ", but it says: " << Get("/readyz");
}

::testing::AssertionResult RelayEndpoint::Shows(const std::string& line) const {
  return Eventually([&] { return Get("/metrics").find("\n" + line + "\n") != std::string::npos; },
                    line);
}

}  // namespace waybill::test
