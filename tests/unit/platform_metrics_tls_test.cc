// Tests that metrics and health are served over TLS, and only to the clients that may read them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "platform/metrics/endpoint.h"
#include "tests/support/certificate_authority.h"
#include "tests/support/temp_folder.h"
#include "tests/support/tls_client.h"
#include "tests/support/wait.h"

namespace waybill::metrics {
namespace {

using ::testing::EndsWith;
using ::testing::StartsWith;

constexpr char kAskReadyz[] = "GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n";

class EndpointTlsTest : public ::testing::Test {
 protected:
  void Start(bool has_client_ca = false) {
    Write(ca_.Make());
    tls::TlsConfig tls{.section = "metrics.tls",
                       .certificate = (folder_.path() / "server.crt").string(),
                       .key = (folder_.path() / "server.key").string()};
    if (has_client_ca) {
      tls.client_ca = folder_.Write("ca.crt", ca_.pem());
      tls.require_client_certificate = true;
    }
    endpoint_ = std::make_unique<Endpoint>(MetricsConfig{.listen = "127.0.0.1:0", .tls = tls},
                                           registry_, readiness_);
    readiness_.MarkStarted();
    const absl::Status status = endpoint_->Start();
    ASSERT_TRUE(status.ok()) << status;
  }

  void Write(const test::IssuedCertificate& server) const {
    folder_.Write("server.crt", server.certificate);
    folder_.Write("server.key", server.key);
  }

  std::string Ask(test::TlsOptions options = {}, const std::string& request = kAskReadyz) const {
    options.roots = ca_.pem();
    test::TlsClient client(endpoint_->port(), options);
    if (!client.Handshake() || !client.Send(request)) return "";
    return client.ReadAll();
  }

  const test::CertificateAuthority ca_{"our authority"};
  const test::TempFolder folder_;
  Registry registry_;
  Readiness readiness_;
  std::unique_ptr<Endpoint> endpoint_;
};

TEST_F(EndpointTlsTest, AnswersOverTls) {
  Start();
  EXPECT_THAT(Ask(), StartsWith("HTTP/1.1 200 OK"));
  EXPECT_THAT(Ask({.max_version = TLS1_2_VERSION}), EndsWith("ok\n"));
  EXPECT_EQ(Ask({.max_version = TLS1_1_VERSION}), "");
}

TEST_F(EndpointTlsTest, AnAnswerOfManyRecordsArrivesWhole) {
  for (int i = 0; i < 2000; ++i) {
    registry_.AddGauge("waybill_test_" + std::to_string(i), std::string(100, 'h')).Set(i);
  }
  Start();
  EXPECT_THAT(Ask({}, "GET /metrics HTTP/1.1\r\n\r\n"), testing::HasSubstr("waybill_test_1999 "));
}

TEST_F(EndpointTlsTest, PlainTextIsNotAnswered) {
  Start();
  test::TcpClient client(endpoint_->port());
  ASSERT_TRUE(client.is_connected());
  ASSERT_GT(send(client.fd(), kAskReadyz, sizeof kAskReadyz - 1, MSG_NOSIGNAL), 0);
  std::string answer;
  char byte = 0;
  while (recv(client.fd(), &byte, 1, 0) > 0) answer += byte;
  EXPECT_THAT(answer, testing::Not(testing::HasSubstr("HTTP/1.1 200")));
  EXPECT_THAT(Ask(), EndsWith("ok\n"));
}

TEST_F(EndpointTlsTest, AConnectionHasOneHandshakeOnly) {
  Start();
  test::TlsClient client(endpoint_->port(), {.max_version = TLS1_2_VERSION});
  ASSERT_TRUE(client.Handshake());
  EXPECT_EQ(client.Renegotiate(), test::Renegotiation::kRefused);
}

TEST_F(EndpointTlsTest, ClientsThatOnlyChangeTheirKeysKeepNobodyFromHisAnswer) {
  Start();
  std::atomic<bool> done = false;
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      while (!done) {
        test::TlsClient client(endpoint_->port());
        if (!client.Handshake()) continue;
        while (!done && client.SendKeyUpdate()) {
        }
      }
    });
  }
  for (int i = 0; i < 20; ++i) EXPECT_THAT(Ask(), EndsWith("ok\n"));
  done = true;
  for (std::thread& client : clients) client.join();
}

TEST_F(EndpointTlsTest, WithAClientCaOnlyThoseWithACertificateAreAnswered) {
  Start(/*has_client_ca=*/true);
  EXPECT_EQ(Ask(), "");
  EXPECT_EQ(Ask({.own = test::CertificateAuthority("our authority").Make()}), "");
  EXPECT_EQ(Ask({.own = ca_.Make({.valid_for = -absl::Hours(1)})}), "");
  EXPECT_THAT(Ask({.own = ca_.Make({.name = "prometheus"})}), EndsWith("ok\n"));
}

TEST_F(EndpointTlsTest, ItShowsWhenItsCertificateEnds) {
  Start();
  const std::string text = Ask({}, "GET /metrics HTTP/1.1\r\n\r\n");
  const std::string name = "waybill_certificate_end_timestamp_seconds{server=\"metrics\"} ";
  const std::size_t at = text.find("\n" + name);
  ASSERT_NE(at, std::string::npos) << text;
  const absl::Duration left =
      absl::FromUnixSeconds(std::stoll(text.substr(at + 1 + name.size()))) - absl::Now();
  EXPECT_GT(left, absl::Hours(23));
  EXPECT_LE(left, absl::Hours(24));
}

TEST_F(EndpointTlsTest, ARenewedCertificateIsTaken) {
  Start();
  const auto serial = [this] {
    test::TlsClient client(endpoint_->port());
    return client.Handshake() ? client.server_serial() : "";
  };
  const std::string first = serial();
  EXPECT_NE(first, "");
  Write(ca_.Make());
  EXPECT_TRUE(test::Eventually([&] { return serial() != first && !serial().empty(); },
                               "the renewed certificate"));
}

TEST(MetricsConfigTest, OtherMachinesNeedTls) {
  const auto errors = [](const std::string& toml) {
    ConfigReader reader = *ConfigReader::Parse(toml, "test");
    ReadMetricsConfig(reader);
    return std::string(reader.Finish().message());
  };
  EXPECT_EQ(errors(""), "");
  EXPECT_EQ(errors("[metrics]\nlisten = \"127.0.0.1:9464\""), "");
  for (const char* listen : {"0.0.0.0:9464", ":9464", "[::]:9464"}) {
    const std::string open = std::string("[metrics]\nlisten = \"") + listen + "\"\n";
    EXPECT_NE(errors(open).find("needs metrics.tls"), std::string::npos) << listen;
    EXPECT_EQ(errors(open + "insecure = true"), "") << listen;
    EXPECT_EQ(errors(open + "[metrics.tls]\ncertificate = \"c\"\nkey = \"k\""), "") << listen;
  }
}

}  // namespace
}  // namespace waybill::metrics
