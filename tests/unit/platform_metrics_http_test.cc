// Tests that metrics and health are answered whoever else is connected.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <list>
#include <string>
#include <string_view>

#include "platform/metrics/endpoint.h"
#include "platform/metrics/socket.h"
#include "tests/support/tcp_client.h"
#include "tests/support/wait.h"

namespace waybill::metrics {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr int kPatience_s = 60;

// A client that says what it is told to, and nothing else.
class Client {
 public:
  Client(int port, std::string_view request) : socket_(port) {
    const timeval patience{.tv_sec = kPatience_s, .tv_usec = 0};
    setsockopt(socket_.fd(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    EXPECT_TRUE(socket_.is_connected());
    Send(request);
  }

  bool Send(std::string_view text) const {
    return send(socket_.fd(), text.data(), text.size(), MSG_NOSIGNAL) >= 0;
  }

  // All that comes until the server closes.
  std::string Read() const {
    std::string text;
    char bytes[4096];
    ssize_t size = 0;
    while ((size = recv(socket_.fd(), bytes, sizeof bytes, 0)) > 0) text.append(bytes, size);
    EXPECT_EQ(size, 0) << "the server doesn't close";
    return text;
  }

 private:
  const test::TcpClient socket_;
};

class EndpointHttpTest : public ::testing::Test {
 protected:
  void SetUp() override {
    readiness_.MarkStarted();
    ASSERT_TRUE(endpoint_.Start().ok());
  }

  std::string Answer(std::string_view request) const {
    return Client(endpoint_.port(), request).Read();
  }

  int StatusOf(const std::string& path) const {
    httplib::Client client("127.0.0.1", endpoint_.port());
    client.set_read_timeout(kPatience_s);
    const httplib::Result answer = client.Get(path);
    return answer ? answer->status : 0;
  }

  Registry registry_;
  Readiness readiness_;
  Endpoint endpoint_{{.listen = "127.0.0.1:0"}, registry_, readiness_};
};

struct Crowd {
  const char* name;
  int size;
  const char* request;
};

class EndpointCrowdTest : public EndpointHttpTest, public ::testing::WithParamInterface<Crowd> {};

TEST_P(EndpointCrowdTest, HealthIsAnsweredWhoeverElseIsConnected) {
  std::list<Client> crowd;
  for (int i = 0; i < GetParam().size; ++i)
    crowd.emplace_back(endpoint_.port(), GetParam().request);
  EXPECT_EQ(StatusOf("/livez"), 200);
  EXPECT_EQ(StatusOf("/readyz"), 200);
  EXPECT_EQ(StatusOf("/metrics"), 200);
}

INSTANTIATE_TEST_SUITE_P(
    Crowds, EndpointCrowdTest,
    ::testing::Values(Crowd{"EightSilent", 8, ""}, Crowd{"TwoHundredSilent", 200, ""},
                      Crowd{"MoreThanThereAreConnections", 600, ""},
                      Crowd{"HalfARequest", 200, "GET /readyz HTTP/1.1\r\nHost: wayb"},
                      Crowd{"NeverReadTheAnswer", 200, "GET /metrics HTTP/1.1\r\n\r\n"},
                      Crowd{"KeepAlive", 200,
                            "GET /livez HTTP/1.1\r\nConnection: keep-alive\r\n\r\n"}),
    [](const ::testing::TestParamInfo<Crowd>& crowd) { return crowd.param.name; });

TEST_F(EndpointHttpTest, AConnectionWithoutARequestIsDropped) {
  EXPECT_EQ(Answer(""), "");
  EXPECT_EQ(Answer("GET /livez HTTP/1.1\r\nHost: x\r\n"), "");
}

TEST_F(EndpointHttpTest, ATrickleOfBytesKeepsNoConnection) {
  const Client client(endpoint_.port(), "GET /livez HTTP/1.1\r\n");
  EXPECT_TRUE(test::Eventually([&] { return !client.Send("X: y\r\n"); }, "the connection's end"));
}

TEST_F(EndpointHttpTest, ARequestInPiecesIsAnswered) {
  const Client client(endpoint_.port(), "GET /liv");
  client.Send("ez?verbose HTTP/1.0\r\n\r");
  client.Send("\n");
  EXPECT_THAT(client.Read(), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(EndpointHttpTest, WhatIsNoGetIsRefused) {
  EXPECT_THAT(Answer("POST /livez HTTP/1.1\r\nContent-Length: 1\r\n\r\nx"),
              StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(Answer("hello\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(Answer("GET /livez HTTP/1.1\r\nX: " + std::string(9000, 'x') + "\r\n\r\n"),
              StartsWith("HTTP/1.1 431 "));
}

TEST_F(EndpointHttpTest, AHeadIsAnsweredWithoutABody) {
  const std::string answer = Answer("HEAD /livez HTTP/1.1\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 3\r\n"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST_F(EndpointHttpTest, ManyPipelinedRequestsGetOneAnswer) {
  std::string requests;
  for (int i = 0; i < 10; ++i) requests += "GET /livez HTTP/1.1\r\n\r\n";
  EXPECT_TRUE(Answer(requests).ends_with("\r\n\r\nok\n"));
}

TEST(ListenTest, Ipv6AddressesStandInBrackets) {
  const absl::StatusOr<Socket> socket = Listen("[::1]:0");
  if (absl::IsUnavailable(socket.status())) GTEST_SKIP() << "no IPv6 here";
  ASSERT_TRUE(socket.ok()) << socket.status();
  EXPECT_GT(socket->port(), 0);
}

TEST(ListenTest, AnAddressThatIsNotThisMachinesIsNamed) {
  EXPECT_THAT(std::string(Listen("192.0.2.1:0").status().message()), HasSubstr("192.0.2.1:0"));
  EXPECT_TRUE(absl::IsUnavailable(Listen("nobody.invalid:0").status()));
}

}  // namespace
}  // namespace waybill::metrics
