// Who gets through the door of a server: every kind of credential, and what is wrong with each.
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "platform/grpc/handlers.h"
#include "platform/grpc/server.h"
#include "tests/support/certificate_authority.h"
#include "tests/support/grpc_client.h"
#include "tests/support/recorded_trail.h"
#include "tests/support/temp_folder.h"
#include "tests/support/token_maker.h"
#include "tests/support/wait.h"
#include "waybill/orders/v1/order_service.grpc.pb.h"

namespace waybill::grpc {
namespace {

using ::grpc::StatusCode;
using orders::v1::OrderService;

// Answers as whom it knows the caller.
class EchoHandlers final : public Handlers<OrderService> {
 public:
  explicit EchoHandlers(const Door& door) : Handlers(door) {
    Serve("GetOrder", &EchoHandlers::Get);
    Serve("RefundOrder", &EchoHandlers::Refund);
    Serve("PlaceOrder", &EchoHandlers::Place);
  }

 private:
  absl::StatusOr<orders::v1::GetOrderResponse> Get(const Caller& caller,
                                                   const orders::v1::GetOrderRequest&) {
    orders::v1::GetOrderResponse response;
    response.mutable_order()->set_user_id(
        absl::StrCat(caller.user.value(), " by ", caller.credential));
    return response;
  }
  absl::StatusOr<orders::v1::RefundOrderResponse> Refund(const Caller&,
                                                         const orders::v1::RefundOrderRequest&) {
    return orders::v1::RefundOrderResponse();
  }
  absl::StatusOr<orders::v1::PlaceOrderResponse> Place(const Caller&,
                                                       const orders::v1::PlaceOrderRequest&) {
    return orders::v1::PlaceOrderResponse();
  }
};

using Metadata = std::vector<std::pair<std::string, std::string>>;

struct Answer {
  StatusCode code;
  std::string reason;
  // "USER by CREDENTIAL" of an answer.
  std::string who;
};

template <typename Call>
Answer Ask(const Metadata& metadata, const Call& call) {
  const auto context = test::MakeContext("");
  for (const auto& [name, value] : metadata) context->AddMetadata(name, value);
  std::string who;
  const ::grpc::Status status = call(*context, who);
  return {status.error_code(), test::DetailsOf(status).reason, who};
}

Answer Get(OrderService::Stub& stub, const Metadata& metadata = {}) {
  return Ask(metadata, [&](::grpc::ClientContext& context, std::string& who) {
    orders::v1::GetOrderResponse response;
    const ::grpc::Status status = stub.GetOrder(&context, {}, &response);
    who = response.order().user_id();
    return status;
  });
}
Answer Refund(OrderService::Stub& stub, const Metadata& metadata = {}) {
  return Ask(metadata, [&](::grpc::ClientContext& context, std::string&) {
    orders::v1::RefundOrderResponse response;
    return stub.RefundOrder(&context, {}, &response);
  });
}
Answer Place(OrderService::Stub& stub, const Metadata& metadata = {}) {
  return Ask(metadata, [&](::grpc::ClientContext& context, std::string&) {
    orders::v1::PlaceOrderResponse response;
    return stub.PlaceOrder(&context, {}, &response);
  });
}

// A server of its own for each test.
class DoorTest : public ::testing::Test {
 protected:
  void Start(auth::AuthConfig auth, tls::TlsConfig tls = {}) {
    authenticator_ = std::make_unique<auth::Authenticator>(std::move(auth));
    ASSERT_TRUE(authenticator_->Start().ok());
    door_ = std::make_unique<Door>(executor_, *authenticator_, limits_, trail_);
    handlers_ = std::make_unique<EchoHandlers>(*door_);
    server_ = std::make_unique<Server>(ServerConfig{.tls = std::move(tls)},
                                       std::vector<::grpc::Service*>{handlers_.get()});
    const absl::Status started = server_->Start();
    ASSERT_TRUE(started.ok()) << started;
  }
  void TearDown() override { server_.reset(); }

  std::string KeysFile(std::initializer_list<std::string> jwks) const {
    return folder_.Write("jwks.json", test::KeySet(jwks));
  }
  static auth::AuthConfig Jwt(const std::string& file) {
    return {.metadata = false,
            .jwt = true,
            .jwks_file = file,
            .jwt_rules = {.issuer = "https://shop", .audience = "waybill"}};
  }
  static std::string Bearer(const test::TokenMaker& maker, const std::string& more = "") {
    return "Bearer " +
           maker.Sign(absl::StrCat(R"({"iss":"https://shop","aud":"waybill","sub":"ann","exp":)",
                                   absl::ToUnixSeconds(absl::Now()) + 600, more, "}"));
  }

  tls::TlsConfig Tls(const test::IssuedCertificate& server, bool has_client_ca = true,
                     bool is_required = false) const {
    return {.certificate = folder_.Write("server.crt", server.certificate),
            .key = folder_.Write("server.key", server.key),
            .client_ca = has_client_ca ? folder_.Write("ca.crt", ca_.pem()) : "",
            .require_client_certificate = is_required};
  }
  std::string Address() const { return absl::StrCat("localhost:", server_->port()); }
  std::unique_ptr<OrderService::Stub> Plain() const {
    return OrderService::NewStub(test::MakeChannel(Address()));
  }
  // Trusts the server that `roots` vouch for; ours, unless the test says otherwise.
  std::unique_ptr<OrderService::Stub> WithTls(const test::IssuedCertificate& own = {},
                                              const std::string& roots = "") const {
    ::grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return OrderService::NewStub(::grpc::CreateCustomChannel(
        Address(),
        ::grpc::SslCredentials({roots.empty() ? ca_.pem() : roots, own.key, own.certificate}),
        arguments));
  }

  const test::TempFolder folder_;
  const test::CertificateAuthority ca_{"our authority"};
  const test::TokenMaker maker_{"EdDSA", "one"};
  metrics::Registry registry_;
  CallerLimits limits_{{}, registry_};
  Executor executor_{2, 64};
  std::unique_ptr<auth::Authenticator> authenticator_;
  test::RecordedTrail trail_;
  std::unique_ptr<Door> door_;
  std::unique_ptr<EchoHandlers> handlers_;
  std::unique_ptr<Server> server_;
};

TEST_F(DoorTest, AUserIsWhomItsTokenNames) {
  Start(Jwt(KeysFile({maker_.Jwk()})));
  const auto stub = Plain();
  for (int twice = 0; twice < 2; ++twice) {
    const Answer answer = Get(*stub, {{"authorization", Bearer(maker_)}});
    EXPECT_EQ(answer.code, StatusCode::OK);
    EXPECT_EQ(answer.who, "ann by jwt");
  }
  // What the caller says of itself beside it counts for nothing.
  const Metadata boast = {
      {"authorization", Bearer(maker_)}, {"x-user-id", "bea"}, {"x-user-role", "operator"}};
  EXPECT_EQ(Get(*stub, boast).who, "ann by jwt");
  EXPECT_EQ(Refund(*stub, boast).code, StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(Refund(*stub, boast).reason, "NOT_AN_OPERATOR");
}

TEST_F(DoorTest, WithoutAGoodTokenNobodyGetsIn) {
  Start(Jwt(KeysFile({maker_.Jwk()})));
  const auto stub = Plain();
  EXPECT_EQ(Get(*stub).reason, "NO_CREDENTIALS");
  EXPECT_EQ(Get(*stub, {{"x-user-id", "ann"}, {"x-user-role", "operator"}}).reason,
            "NO_CREDENTIALS");
  for (const std::string& wrong : {std::string("Basic YW5uOmFubg=="), std::string("Bearer"),
                                   std::string("Bearer "), Bearer(test::TokenMaker("EdDSA", "one")),
                                   "Bearer " + Bearer(maker_), Bearer(maker_) + "x"}) {
    const Answer answer = Get(*stub, {{"authorization", wrong}});
    EXPECT_EQ(answer.code, StatusCode::UNAUTHENTICATED);
    EXPECT_EQ(answer.reason, "TOKEN_INVALID");
  }
  EXPECT_EQ(
      Get(*stub, {{"authorization", Bearer(maker_)}, {"authorization", Bearer(maker_)}}).reason,
      "AMBIGUOUS_CREDENTIALS");
  // gRPC itself refuses what is too large.
  EXPECT_NE(Get(*stub, {{"authorization", "Bearer " + std::string(1 << 20, 'a')}}).code,
            StatusCode::OK);
}

TEST_F(DoorTest, EachRoleMayDoItsPartOnly) {
  Start(Jwt(KeysFile({maker_.Jwk()})));
  const auto stub = Plain();
  const auto as = [&](const std::string& role) {
    return Metadata{{"authorization", Bearer(maker_, R"(,"roles":[")" + role + "\"]")}};
  };
  EXPECT_EQ(Refund(*stub, as("operator")).code, StatusCode::OK);
  EXPECT_EQ(Refund(*stub, as("auditor")).reason, "NOT_AN_OPERATOR");
  EXPECT_EQ(Refund(*stub, as("service")).reason, "NOT_AN_OPERATOR");
  EXPECT_EQ(Get(*stub, as("auditor")).code, StatusCode::OK);
  EXPECT_EQ(Place(*stub, as("auditor")).reason, "ROLE_NOT_ALLOWED");
  EXPECT_EQ(Place(*stub, as("customer")).code, StatusCode::OK);
  // A service acts for whom it names, nobody else does.
  Metadata for_bea = as("service");
  for_bea.emplace_back("x-user-id", "bea");
  EXPECT_EQ(Get(*stub, for_bea).who, "bea by jwt ann");
  for_bea.back().second = "two words";
  EXPECT_EQ(Get(*stub, for_bea).reason, "NO_USER");
}

TEST_F(DoorTest, KeysTurnWhileItRuns) {
  const std::string file = KeysFile({maker_.Jwk()});
  Start(Jwt(file));
  const auto stub = Plain();
  const test::TokenMaker next("ES256", "two");
  const std::string old_token = Bearer(maker_);
  const std::string new_token = Bearer(next);
  EXPECT_EQ(Get(*stub, {{"authorization", old_token}}).code, StatusCode::OK);
  EXPECT_EQ(Get(*stub, {{"authorization", new_token}}).code, StatusCode::UNAUTHENTICATED);

  KeysFile({maker_.Jwk(), next.Jwk()});
  EXPECT_TRUE(test::Eventually(
      [&] {
        return Get(*stub, {{"authorization", new_token}}).code == StatusCode::OK;
      },
      "the new key"));
  // A file that is wrong changes nothing.
  folder_.Write("jwks.json", "{\"keys\":[");
  for (int i = 0; i < 300; ++i) {
    ASSERT_EQ(Get(*stub, {{"authorization", new_token}}).code, StatusCode::OK);
    ASSERT_EQ(Get(*stub, {{"authorization", old_token}}).code, StatusCode::OK);
  }
  // A token that was believed before is not, once its key is gone.
  KeysFile({next.Jwk()});
  EXPECT_TRUE(test::Eventually(
      [&] {
        return Get(*stub, {{"authorization", old_token}}).code == StatusCode::UNAUTHENTICATED;
      },
      "the old key is gone"));
  EXPECT_EQ(Get(*stub, {{"authorization", new_token}}).code, StatusCode::OK);
}

TEST_F(DoorTest, AClientCertificateSaysWhoCalls) {
  Start({.metadata = false,
         .mtls = true,
         .certificates = {.services = {"gateway"}, .operators = {"desk"}, .auditors = {}}},
        Tls(ca_.Make()));
  const auto gateway = WithTls(ca_.Make({.name = "gateway"}));
  EXPECT_EQ(Get(*gateway).who, "gateway by mtls gateway");
  EXPECT_EQ(Get(*gateway, {{"x-user-id", "ann"}, {"x-user-role", "operator"}}).who,
            "ann by mtls gateway");
  EXPECT_EQ(Refund(*gateway, {{"x-user-role", "operator"}}).reason, "NOT_AN_OPERATOR");
  const auto desk = WithTls(ca_.Make({.name = "desk"}));
  EXPECT_EQ(Refund(*desk).code, StatusCode::OK);
  EXPECT_EQ(Get(*desk, {{"x-user-id", "ann"}}).who, "desk by mtls desk");

  // One that is ours, but of nobody who is known; and none at all.
  EXPECT_EQ(Get(*WithTls(ca_.Make({.name = "stranger"}))).reason, "NO_CREDENTIALS");
  EXPECT_EQ(Get(*WithTls()).reason, "NO_CREDENTIALS");
  // Those of another authority, among them one of our authority's name, and one that is over.
  EXPECT_EQ(Get(*WithTls(test::CertificateAuthority("foreign").Make({.name = "desk"}))).code,
            StatusCode::UNAVAILABLE);
  EXPECT_EQ(Get(*WithTls(test::CertificateAuthority("our authority").Make({.name = "desk"}))).code,
            StatusCode::UNAVAILABLE);
  EXPECT_EQ(Get(*WithTls(ca_.Make({.name = "desk", .valid_for = -absl::Hours(1)}))).code,
            StatusCode::UNAVAILABLE);
  // Without TLS.
  EXPECT_EQ(Get(*Plain(), {{"x-user-id", "ann"}}).code, StatusCode::UNAVAILABLE);
}

TEST_F(DoorTest, ARequiredClientCertificateIsRequired) {
  Start({.metadata = false,
         .mtls = true,
         .certificates = {.services = {"gateway"}, .operators = {}, .auditors = {}}},
        Tls(ca_.Make(), true, true));
  EXPECT_EQ(Get(*WithTls()).code, StatusCode::UNAVAILABLE);
  EXPECT_EQ(Get(*WithTls(ca_.Make({.name = "gateway"}))).code, StatusCode::OK);
}

TEST_F(DoorTest, MetadataIsBelievedFromAKnownProxyOnly) {
  Start({.metadata = true, .proxies = {"proxy"}}, Tls(ca_.Make()));
  const Metadata ann = {{"x-user-id", "ann"}, {"x-user-role", "operator"}};
  EXPECT_EQ(Refund(*WithTls(ca_.Make({.name = "proxy"})), ann).code, StatusCode::OK);
  EXPECT_EQ(Get(*WithTls(ca_.Make({.name = "proxy"})), ann).who, "ann by metadata");
  EXPECT_EQ(Get(*WithTls(ca_.Make({.name = "other"})), ann).reason, "NO_CREDENTIALS");
  EXPECT_EQ(Get(*WithTls(), ann).reason, "NO_CREDENTIALS");
  // A proxy that adds its word to its client's.
  EXPECT_EQ(Get(*WithTls(ca_.Make({.name = "proxy"})), {{"x-user-id", "ann"}, {"x-user-id", "bea"}})
                .reason,
            "AMBIGUOUS_CREDENTIALS");
}

TEST_F(DoorTest, ACertificateIsRenewedWithoutAFailedCall) {
  Start({}, Tls(ca_.Make(), false));
  // Who trusts the next authority as well sees nothing of the change.
  const test::CertificateAuthority next_authority("the next authority");
  const std::string both = ca_.pem() + next_authority.pem();
  std::atomic<bool> done = false;
  std::atomic<int> failed = 0;
  std::atomic<int> answered = 0;
  std::thread caller([&] {
    // A new connection for each call: each makes a handshake.
    while (!done) {
      const Answer answer = Get(*WithTls({}, both), {{"x-user-id", "ann"}});
      answer.code == StatusCode::OK ? ++answered : ++failed;
    }
  });
  const auto rounds = [&](int count) {
    const int from = answered;
    return test::Eventually([&] { return answered >= from + count || failed > 0; }, "calls");
  };
  EXPECT_TRUE(rounds(5));
  // Half of a renewal, then a wrong one, then a whole one.
  const test::IssuedCertificate next = next_authority.Make();
  folder_.Write("server.crt", next.certificate);
  EXPECT_TRUE(rounds(50));
  folder_.Write("server.crt", "-----BEGIN CERTIFICATE-----\nAAAA");
  EXPECT_TRUE(rounds(50));
  const test::IssuedCertificate expired = ca_.Make({.valid_for = -absl::Hours(1)});
  folder_.Write("server.key", expired.key);
  folder_.Write("server.crt", expired.certificate);
  EXPECT_TRUE(rounds(50));
  folder_.Write("server.crt", next.certificate);
  folder_.Write("server.key", next.key);
  EXPECT_TRUE(test::Eventually(
      [&] {
        return Get(*WithTls({}, next_authority.pem()), {{"x-user-id", "ann"}}).code ==
               StatusCode::OK;
      },
      "the new certificate is shown"));
  EXPECT_TRUE(rounds(50));
  done = true;
  caller.join();
  EXPECT_EQ(failed, 0);
}

TEST_F(DoorTest, AServerDoesNotStartWithAWrongCertificate) {
  const test::IssuedCertificate good = ca_.Make();
  const test::IssuedCertificate other = ca_.Make();
  const test::IssuedCertificate expired = ca_.Make({.valid_for = -absl::Hours(1)});
  const auto refused = [&](const tls::TlsConfig& tls) {
    Server server(ServerConfig{.tls = tls}, {});
    const absl::Status status = server.Start();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    return std::string(status.message());
  };
  EXPECT_NE(refused(Tls({good.certificate, other.key})).find("is not the key of"),
            std::string::npos);
  EXPECT_NE(refused(Tls(expired)).find("expired"), std::string::npos);
  EXPECT_NE(refused(Tls({"", good.key})).find("no certificate"), std::string::npos);
  EXPECT_NE(refused(Tls({good.certificate, "secret"})).find("no private key"), std::string::npos);
  const std::string cut = other.certificate.substr(0, other.certificate.size() / 2);
  EXPECT_NE(refused(Tls({good.certificate + cut, good.key})).find("certificate 1 is not PEM"),
            std::string::npos);
  tls::TlsConfig missing = Tls(good);
  missing.key = folder_.path() / "nowhere";
  EXPECT_NE(refused(missing).find("can't read"), std::string::npos);
}

// Authorities renew an intermediate that clients no longer need, and files keep the former.
TEST_F(DoorTest, AnExpiredIntermediateIsServedOn) {
  const test::IssuedCertificate good = ca_.Make();
  const test::IssuedCertificate expired = ca_.Make({.valid_for = -absl::Hours(1)});
  Start({}, Tls({good.certificate + expired.certificate, good.key}, false));
  EXPECT_EQ(Get(*WithTls(), {{"x-user-id", "ann"}}).code, StatusCode::OK);
}

TEST(ServerConfigTest, OtherMachinesNeedTls) {
  const auto errors = [](const std::string& toml) {
    ConfigReader reader = *ConfigReader::Parse(toml, "test");
    ReadServerConfig(reader, "127.0.0.1:1");
    return std::string(reader.Finish().message());
  };
  for (const char* address :
       {"127.0.0.1:1", "127.8.8.8:1", "localhost:1", "[::1]:1", "unix:/tmp/a"}) {
    EXPECT_EQ(errors(absl::StrCat("[grpc]\nlisten = \"", address, "\"")), "") << address;
  }
  for (const char* address : {"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "dns:///shop:1",
                              "localhost.evil:1", "127.0.0.1.evil:1"}) {
    const std::string listen = absl::StrCat("[grpc]\nlisten = \"", address, "\"\n");
    EXPECT_NE(errors(listen).find("needs grpc.tls"), std::string::npos) << address;
    EXPECT_EQ(errors(listen + "insecure = true"), "") << address;
    EXPECT_EQ(errors(listen + "[grpc.tls]\ncertificate = \"c\"\nkey = \"k\""), "") << address;
  }
  EXPECT_NE(errors("[grpc.tls]\ncertificate = \"c\""), "");
  EXPECT_NE(errors("[grpc.tls]\nclient_ca = \"c\""), "");
  EXPECT_NE(
      errors("[grpc.tls]\ncertificate = \"c\"\nkey = \"k\"\nrequire_client_certificate = true"),
      "");
}

}  // namespace
}  // namespace waybill::grpc
