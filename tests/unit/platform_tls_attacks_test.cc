// Tests that attacks on a gRPC server's handshake fail, while other clients are served.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "platform/grpc/server.h"
#include "tests/support/certificate_authority.h"
#include "tests/support/grpc_client.h"
#include "tests/support/temp_folder.h"
#include "tests/support/tls_client.h"
#include "tests/support/wait.h"
#include "tests/unit/platform_grpc_handlers.h"

namespace waybill::grpc {
namespace {

class TlsAttackTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const absl::Status started = server_.Start();
    ASSERT_TRUE(started.ok()) << started;
    ::grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stub_ = OrderService::NewStub(
        ::grpc::CreateCustomChannel("localhost:" + std::to_string(server_.port()),
                                    ::grpc::SslCredentials({ca_.pem(), "", ""}), arguments));
    ExpectServed();
  }

  void ExpectServed() const {
    PlaceOrderResponse response;
    const ::grpc::Status status = stub_->PlaceOrder(test::MakeContext("ann").get(), {}, &response);
    EXPECT_TRUE(status.ok()) << test::Describe(status);
  }

  bool Greets(int max_version) const {
    return test::TlsClient(server_.port(), {.max_version = max_version, .protocol = "h2"})
        .Handshake();
  }

  const test::CertificateAuthority ca_{"our authority"};
  const test::IssuedCertificate own_ = ca_.Make();
  const test::TempFolder folder_;
  TestHandlers handlers_{64};
  Server server_{ServerConfig{.tls = {.certificate = folder_.Write("server.crt", own_.certificate),
                                      .key = folder_.Write("server.key", own_.key)}},
                 {&handlers_}};
  std::unique_ptr<OrderService::Stub> stub_;
};

TEST_F(TlsAttackTest, OldVersionsAreRefused) {
  EXPECT_TRUE(Greets(TLS1_3_VERSION));
  EXPECT_TRUE(Greets(TLS1_2_VERSION));
  EXPECT_FALSE(Greets(TLS1_1_VERSION));
  EXPECT_FALSE(Greets(TLS1_VERSION));
  ExpectServed();
}

TEST_F(TlsAttackTest, AClientInPlainTextGetsNothing) {
  const auto plain =
      OrderService::NewStub(test::MakeChannel("127.0.0.1:" + std::to_string(server_.port())));
  PlaceOrderResponse response;
  const ::grpc::Status status = plain->PlaceOrder(test::MakeContext("ann").get(), {}, &response);
  EXPECT_EQ(status.error_code(), ::grpc::StatusCode::UNAVAILABLE);
  ExpectServed();
}

// Each would cost the server a signature. gRPC doesn't answer the request, so the client waits in vain.
TEST_F(TlsAttackTest, AConnectionHasOneHandshakeOnly) {
  std::vector<std::thread> clients;
  for (int i = 0; i < 10; ++i) {
    clients.emplace_back([this] {
      test::TlsClient client(server_.port(), {.max_version = TLS1_2_VERSION, .protocol = "h2"});
      ASSERT_TRUE(client.Handshake());
      // The server's settings.
      ASSERT_GT(client.ReadSome(), 0);
      client.SetPatience(3);
      EXPECT_NE(client.Renegotiate(), test::Renegotiation::kDone);
    });
  }
  for (std::thread& client : clients) client.join();
  ExpectServed();
}

TEST_F(TlsAttackTest, AHandshakeThatTricklesIsCutOff) {
  // A record of 16 KiB is announced.
  const std::string greeting = {'\x16', '\x03', '\x01', '\x40', '\x00', '\x01'};
  std::vector<std::unique_ptr<test::TcpClient>> slow;
  for (int i = 0; i < 200; ++i) {
    slow.push_back(std::make_unique<test::TcpClient>(server_.port()));
    ASSERT_GT(send(slow.back()->fd(), greeting.data(), greeting.size(), MSG_NOSIGNAL), 0);
  }
  // Each round sends every client's next byte.
  EXPECT_TRUE(test::Eventually(
      [&] {
        ExpectServed();
        std::erase_if(slow, [](const auto& client) {
          return send(client->fd(), "\x01", 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0;
        });
        return slow.empty();
      },
      "all are cut off"));
  ExpectServed();
}

}  // namespace
}  // namespace waybill::grpc
