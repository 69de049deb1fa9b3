// The sandbox as a provider whose answers a test has altered: an HTTP server in front of it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "tests/integration/payment_sandbox_process.h"

namespace waybill::test {

class AlteredProvider {
 public:
  // Changes the sandbox's answer to a call, such as "POST /v1/payment_intents/pi_1/capture". The
  // query is left out, and the call has taken its effect.
  using Alter = std::function<void(const std::string& call, HttpAnswer& answer)>;

  // Serves when it returns; throws std::runtime_error when it can't. Borrows the sandbox.
  explicit AlteredProvider(const SandboxProcess& sandbox);
  ~AlteredProvider();

  std::string url() const;
  // From now on; nothing leaves the answers as they are. Thread-safe.
  void SetAlter(Alter alter);
  // Lets the provider's payment ids end with `suffix` in answers, and expects it percent-encoded, as
  // `encoded`, in calls; a call without it finds nothing. Thread-safe.
  void SetIdSuffix(const std::string& suffix, const std::string& encoded);

 private:
  class Impl;

  const std::unique_ptr<Impl> impl_;
};

}  // namespace waybill::test
