// Waybill where the environment names proxies, and 127.0.0.1 is no exception to them.
#include <gtest/gtest.h>

#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "tests/e2e/mail_box.h"
#include "tests/e2e/orderctl.h"

namespace waybill::e2e {
namespace {

// Nothing listens there.
constexpr char kDeadProxy[] = "http://127.0.0.1:1";
const char* const kProxies[] = {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY",
                                "grpc_proxy", "GRPC_PROXY", "all_proxy",   "ALL_PROXY",
                                "smtp_proxy", "SMTP_PROXY"};
const char* const kExceptions[] = {"no_proxy", "NO_PROXY", "no_grpc_proxy"};

// Every process that the test starts has this environment.
struct ProxiesOfTheEnvironment {
  ProxiesOfTheEnvironment() {
    for (const char* name : kProxies) setenv(name, kDeadProxy, 1);
    for (const char* name : kExceptions) setenv(name, "example.com", 1);
  }
  ~ProxiesOfTheEnvironment() {
    for (const char* name : kProxies) unsetenv(name);
    for (const char* name : kExceptions) unsetenv(name);
  }
};

class BehindAProxyTest : public ::testing::Test {
 protected:
  // Outlives the processes.
  const ProxiesOfTheEnvironment proxies_;
  System system_;
  const Orderctl orderctl_{system_};
};

TEST_F(BehindAProxyTest, AnOrderIsPlacedPaidAndMailedPastIt) {
  orderctl_.Output({"product", "set", "tea", "Tea", "EUR", "790"});
  orderctl_.Output({"stock", "set", "tea", "10"});
  const std::string id(
      absl::StripSuffix(orderctl_.Output({"place", "--quiet", "--item", "tea:1", "--email",
                                          "ann@example.com", "--payment-method", "pm_card_visa"}),
                        "\n"));
  const std::string timeline = orderctl_.Output({"timeline", id, "--wait", "--brief"});
  EXPECT_TRUE(absl::StrContains(timeline, "mailed (Your order is confirmed")) << timeline;
  EXPECT_EQ(MailsOf(system_, id).size(), 1U);
  EXPECT_TRUE(absl::StrContains(orderctl_.Output({"get", id}), "CONFIRMED"));
  orderctl_.Output({"parked", "list"});
  orderctl_.Output({"verify", "--drain"});
}

}  // namespace
}  // namespace waybill::e2e
