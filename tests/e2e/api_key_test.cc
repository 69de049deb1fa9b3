// orderctl key: made, used, rotated and revoked while the services run.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "tests/e2e/orderctl.h"
#include "tests/e2e/shop.h"
#include "tests/e2e/system.h"
#include "tests/support/wait.h"

namespace waybill::e2e {
namespace {

using nlohmann::json;

class ApiKeyE2eTest : public ::testing::Test {
 protected:
  struct Key {
    std::string prefix;
    std::string file;
  };

  Key Made(const std::vector<std::string>& arguments) {
    std::vector<std::string> all = {"--json", "key"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const json made = json::parse(orderctl_.Output(all));
    const auto prefix = made.at("prefix").get<std::string>();
    const auto key = made.at("key").get<std::string>();
    secrets_.push_back(key.substr(key.rfind(prefix) + prefix.size() + 1));
    return {prefix, folder_.Write(prefix, key)};
  }
  test::Finished RunAs(const Key& key, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--token-file", key.file});
    return orderctl_.Run(arguments);
  }
  // Waits until the command ends so: 0, or with that text.
  void AwaitEnd(const Key& key, const std::vector<std::string>& arguments,
                const std::string& refusal = "") {
    test::Finished last;
    EXPECT_TRUE(test::Eventually(
        [&] {
          last = RunAs(key, arguments);
          return refusal.empty() ? last.status == 0
                                 : last.status != 0 && absl::StrContains(last.output, refusal);
        },
        refusal.empty() ? "success" : refusal))
        << last.output;
  }
  json Listed(const std::string& prefix) {
    for (const json& key : json::parse(orderctl_.Output({"key", "list", "--json"}))) {
      if (key.at("prefix") == prefix) return key;
    }
    return {};
  }

  System system_;
  const Orderctl orderctl_{system_};
  const test::TempFolder folder_;
  std::vector<std::string> secrets_;
};

TEST_F(ApiKeyE2eTest, KeysTurnWhileOrdersArePlaced) {
  const Key desk = Made({"create", "--for", "desk", "--role", "operator"});
  const Key shop = Made({"create", "--for", "shop", "--role", "customer", "--method",
                         "OrderService", "--expires", "90d"});
  AwaitEnd(desk, {"product", "set", "tea", "Tea", "EUR", "790"});
  AwaitEnd(desk, {"stock", "set", "tea", "10"});
  const std::vector<std::string> place = {
      "place", "--item", "tea:1", "--email", "ann@example.com", "--payment-method", kGoodCard};
  AwaitEnd(shop, place);
  // Only what it was made for.
  AwaitEnd(shop, {"product", "list"}, "METHOD_NOT_ALLOWED");
  AwaitEnd(shop, {"stock", "set", "tea", "10"}, "NOT_AN_OPERATOR");
  EXPECT_TRUE(absl::StrContains(RunAs({"", folder_.Write("none", "no key")}, place).output,
                                "TOKEN_INVALID"));

  const Key next = Made({"rotate", shop.prefix, "--overlap", "1h"});
  AwaitEnd(next, place);
  AwaitEnd(shop, place);
  EXPECT_EQ(Listed(next.prefix).at("methods"), json::array({"OrderService"}));
  EXPECT_FALSE(Listed(next.prefix).at("expiresAt").is_null());
  orderctl_.Output({"key", "revoke", shop.prefix});
  AwaitEnd(shop, place, "KEY_REVOKED");
  EXPECT_EQ(Listed(shop.prefix).at("state"), "revoked");
  AwaitEnd(next, place);

  system_.Stop(kOrderSvc);
  EXPECT_FALSE(Listed(next.prefix).at("lastUsedAt").is_null());
  for (const char* process : {kOrderSvc, kInventorySvc, kPaymentSvc, kNotificationSvc}) {
    for (const std::string& secret : secrets_) {
      EXPECT_FALSE(absl::StrContains(system_.Log(process), secret)) << process;
    }
  }
}

TEST_F(ApiKeyE2eTest, WhatMakesNoSenseMakesNoKey) {
  const auto status = [&](const std::vector<std::string>& arguments) {
    return orderctl_.Run(arguments).status;
  };
  EXPECT_EQ(status({"key", "create", "--for", "a"}), 2);
  EXPECT_EQ(status({"key", "create", "--for", "a b", "--role", "customer"}), 2);
  EXPECT_EQ(status({"key", "create", "--for", "a", "--role", "emperor"}), 2);
  EXPECT_EQ(status({"key", "create", "--for", "a", "--role", "customer", "--method", "Order"}), 2);
  EXPECT_EQ(status({"key", "create", "--for", "a", "--role", "customer", "--expires", "soon"}), 2);
  EXPECT_EQ(status({"key", "create", "--for", "a", "--role", "customer", "--expires",
                    "2020-01-01T00:00:00Z"}),
            2);
  EXPECT_EQ(status({"key", "rotate", "0000000000000000"}), 1);
  EXPECT_EQ(status({"key", "revoke", "0000000000000000"}), 1);
  EXPECT_EQ(json::parse(orderctl_.Output({"key", "list", "--json"})), json::array());
}

}  // namespace
}  // namespace waybill::e2e
