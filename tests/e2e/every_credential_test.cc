// Walks over every method of every running service with every kind of credentials, good and bad.
#include <google/protobuf/dynamic_message.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "platform/grpc/access.h"
#include "platform/types/uuid.h"
#include "tests/e2e/every_method.h"
#include "tests/e2e/orderctl.h"
#include "tests/e2e/shop.h"
#include "tests/e2e/system.h"
#include "tests/support/grpc_client.h"
#include "tests/support/raw_call.h"
#include "tests/support/token_maker.h"
#include "tests/support/wait.h"

namespace waybill::e2e {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using ::grpc::StatusCode;
using nlohmann::json;

// A caller with its credentials, and the roles that they give it.
struct Visitor {
  std::string name;
  auth::Roles roles = {};
  std::string bearer = {};
  // The name of a client certificate.
  std::string certificate = {};
  // "x-user-id" and "x-user-role".
  std::string user = {};
  std::string role = {};
};

class EveryCredentialTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    system_ = std::make_unique<System>(SystemOptions{.processes = kAllServices});
  }
  static void TearDownTestSuite() { system_.reset(); }

  static std::string Key(const std::string& owner, const std::string& role) {
    return json::parse(Orderctl(*system_).Output(
                           {"--json", "key", "create", "--for", owner, "--role", role}))
        .at("key");
  }

  // Each kind of credentials and each role, in the name of `user`.
  static std::vector<Visitor> Visitors(const std::string& user) {
    using enum auth::Role;
    const Doors& doors = system_->doors();
    // A service says for whom it calls.
    return {{.name = "token of a customer", .roles = {kCustomer}, .bearer = doors.Token(user, "")},
            {.name = "token of an operator",
             .roles = {kCustomer, kOperator},
             .bearer = doors.Token(user, "operator")},
            {.name = "token of an auditor",
             .roles = {kAuditor},
             .bearer = doors.Token(user, "auditor")},
            {.name = "token of a service",
             .roles = {kService},
             .bearer = doors.Token("shop", "service"),
             .user = user},
            {.name = "key of a customer", .roles = {kCustomer}, .bearer = Key(user, "customer")},
            {.name = "key of an operator", .roles = {kOperator}, .bearer = Key(user, "operator")},
            {.name = "key of an auditor", .roles = {kAuditor}, .bearer = Key(user, "auditor")},
            {.name = "key of a service",
             .roles = {kService},
             .bearer = Key("shop", "service"),
             .user = user},
            {.name = "certificate of an operator", .roles = {kOperator}, .certificate = "desk"},
            {.name = "certificate of an auditor", .roles = {kAuditor}, .certificate = "audit"},
            {.name = "certificate of a service",
             .roles = {kService},
             .certificate = "gateway",
             .user = user}};
  }

  // Calls a method as the visitor.
  using Call = std::function<test::RawAnswer(const std::string& request)>;
  static void ForEachMethodAs(const Visitor& visitor,
                              const std::function<void(const Method&, const Call&)>& visit) {
    const test::IssuedCertificate own = visitor.certificate.empty()
                                            ? test::IssuedCertificate{}
                                            : system_->doors().Certificate(visitor.certificate);
    ForEachMethod(*system_, own, [&](const Method& method) {
      visit(method, [&](const std::string& request) { return CallAs(visitor, method, request); });
    });
  }

  static std::unique_ptr<System> system_;

 private:
  static test::RawAnswer CallAs(const Visitor& visitor, const Method& method,
                                const std::string& request) {
    test::RawAnswer answer;
    // A service accepts a new key within 2 s.
    EXPECT_TRUE(test::Eventually(
        [&] {
          const auto context = test::MakeContext(visitor.user);
          if (!visitor.bearer.empty()) {
            context->AddMetadata("authorization", "Bearer " + visitor.bearer);
          }
          if (!visitor.role.empty()) context->AddMetadata("x-user-role", visitor.role);
          answer = test::CallBytes(method.channel, *context, method.path, request);
          return visitor.roles.empty() || test::DetailsOf(answer.status).reason != "KEY_INVALID";
        },
        visitor.name));
    return answer;
  }
};

std::unique_ptr<System> EveryCredentialTest::system_;

// What a method's proto says of its callers is what its server does; docs/security.md has the table.
TEST_F(EveryCredentialTest, EachRoleMayCallWhatTheProtoAllowsAndNothingElse) {
  int allowed = 0;
  int refused = 0;
  for (const Visitor& visitor : Visitors("ann")) {
    ForEachMethodAs(visitor, [&](const Method& method, const Call& call) {
      const grpc::MethodAccess access = grpc::AccessOf(method.descriptor);
      EXPECT_FALSE(access.allowed.empty()) << access.method;
      const ::grpc::Status status = call("").status;
      const std::string what =
          absl::StrCat(method.path, " with the ", visitor.name, ": ", test::Describe(status));
      EXPECT_NE(status.error_code(), StatusCode::UNAVAILABLE) << what;
      EXPECT_NE(status.error_code(), StatusCode::UNAUTHENTICATED) << what;
      const bool is_refused = status.error_code() == StatusCode::PERMISSION_DENIED;
      const bool may_call =
          access.Check({.user = UserId("ann"), .roles = visitor.roles, .credential = {}}).ok();
      EXPECT_NE(is_refused, may_call) << what;
      ++(is_refused ? refused : allowed);
    });
  }
  EXPECT_GT(allowed, 100);
  EXPECT_GT(refused, 60);
}

TEST_F(EveryCredentialTest, WithoutGoodCredentialsNoMethodIsReached) {
  const std::string claims = absl::StrCat(
      R"({"iss":"https://tests.waybill.example","aud":"waybill","sub":"ann","roles":["operator"],)",
      R"("exp":)", absl::ToUnixSeconds(absl::Now()) + 600, "}");
  const std::string token = system_->doors().Token("ann", "operator");
  const std::string key = Key("ann", "operator");
  const std::vector<Visitor> strangers = {
      {.name = "nothing"},
      {.name = "word of its own", .user = "ann", .role = "operator"},
      {.name = "certificate of nobody", .certificate = "stranger", .user = "ann"},
      {.name = "forged token", .bearer = test::TokenMaker("EdDSA", "test").Sign(claims)},
      {.name = "token without a signature",
       .bearer = absl::StrCat(test::Base64Url(R"({"alg":"none","kid":"test"})"), ".",
                              test::Base64Url(claims), ".")},
      {.name = "cut token", .bearer = token.substr(0, token.size() - 2), .user = "ann"},
      {.name = "changed key", .bearer = key.substr(0, key.size() - 4) + "AAAA", .user = "ann"},
      {.name = "two schemes", .bearer = "Bearer " + token}};
  int calls = 0;
  for (const Visitor& stranger : strangers) {
    ForEachMethodAs(stranger, [&](const Method& method, const Call& call) {
      const ::grpc::Status status = call("").status;
      EXPECT_EQ(status.error_code(), StatusCode::UNAUTHENTICATED)
          << method.path << " with the " << stranger.name << ": " << test::Describe(status);
      ++calls;
    });
  }
  EXPECT_GT(calls, 150);
}

TEST_F(EveryCredentialTest, AnotherUsersOrderIsNotThere) {
  Shop shop(*system_);
  shop.Stock("tea", 100, 10);
  const std::string anns = shop.Place({.items = {{"tea", 1}}}).order_id();
  int hidden = 0;
  for (const Visitor& visitor : Visitors("bea")) {
    if (visitor.roles.Has(auth::Role::kOperator) || visitor.roles.Has(auth::Role::kAuditor)) {
      continue;
    }
    ForEachMethodAs(visitor, [&](const Method& method, const Call& call) {
      const FieldDescriptor* field = method.descriptor.input_type()->FindFieldByName("order_id");
      if (field == nullptr) return;
      google::protobuf::DynamicMessageFactory factory;
      const std::unique_ptr<Message> request(
          factory.GetPrototype(method.descriptor.input_type())->New());
      request->GetReflection()->SetString(request.get(), field, anns);
      if (const FieldDescriptor* id = request->GetDescriptor()->FindFieldByName("request_id")) {
        request->GetReflection()->SetString(request.get(), id, Uuid::NewV7().ToString());
      }
      const test::RawAnswer answer = call(request->SerializeAsString());
      const std::string what = absl::StrCat(method.path, " with the ", visitor.name, ": ",
                                            test::Describe(answer.status));
      EXPECT_TRUE(answer.messages.empty()) << what;
      EXPECT_TRUE(answer.status.error_code() == StatusCode::NOT_FOUND ||
                  answer.status.error_code() == StatusCode::PERMISSION_DENIED)
          << what;
      ++hidden;
    });
  }
  EXPECT_GE(hidden, 20);
}

}  // namespace
}  // namespace waybill::e2e
