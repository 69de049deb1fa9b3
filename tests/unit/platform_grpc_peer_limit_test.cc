// Which connections PeerLimit closes.
#include "platform/grpc/peer_limit.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <memory>
#include <vector>

#include "platform/metrics/socket.h"
#include "tests/support/tcp_client.h"
#include "tests/support/wait.h"

namespace waybill::grpc {
namespace {

// A server that only accepts.
class PeerLimitTest : public ::testing::Test {
 protected:
  int port() const { return listener_.port(); }

  void AcceptOne() {
    int fd = -1;
    ASSERT_TRUE(test::Eventually(
        [&] { return (fd = accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC)) >= 0; },
        "a connection"));
    accepted_.emplace_back(fd);
  }

  std::unique_ptr<test::TcpClient> Connect(const std::string& source = "127.0.0.1") {
    auto client = std::make_unique<test::TcpClient>(port(), source);
    AcceptOne();
    return client;
  }

  metrics::Socket listener_ = *metrics::Listen("127.0.0.1:0");
  std::vector<metrics::Socket> accepted_;
};

TEST_F(PeerLimitTest, ThoseThatWereThereFirstStay) {
  PeerLimit limit(3);
  const auto first = Connect();
  const auto second = Connect();
  EXPECT_EQ(limit.CloseExcess(port()), 0);
  // The newest connection has the lowest descriptor: what was there first is not to be told by it.
  accepted_.erase(accepted_.begin(), accepted_.begin() + 1);
  const auto third = Connect();
  EXPECT_EQ(limit.CloseExcess(port()), 0);
  const auto fourth = Connect();
  const auto fifth = Connect();
  EXPECT_EQ(limit.CloseExcess(port()), 1);
  EXPECT_FALSE(second->IsClosed());
  EXPECT_FALSE(third->IsClosed());
  EXPECT_NE(fourth->IsClosed(), fifth->IsClosed());
}

TEST_F(PeerLimitTest, EachPeerIsCountedForItself) {
  PeerLimit limit(1);
  const auto one = Connect("127.0.0.1");
  const auto other = Connect("127.0.0.2");
  EXPECT_EQ(limit.CloseExcess(port()), 0);
  const auto another = Connect("127.0.0.2");
  EXPECT_EQ(limit.CloseExcess(port()), 1);
  EXPECT_FALSE(one->IsClosed());
  EXPECT_FALSE(other->IsClosed());
  EXPECT_TRUE(another->IsClosed());
}

TEST_F(PeerLimitTest, OtherConnectionsOfTheProcessAreLeftAlone) {
  const metrics::Socket elsewhere = *metrics::Listen("127.0.0.1:0");
  const test::TcpClient first(elsewhere.port());
  const test::TcpClient second(elsewhere.port());
  PeerLimit limit(1);
  const auto ours = Connect();
  EXPECT_EQ(limit.CloseExcess(port()), 0);
  EXPECT_FALSE(first.IsClosed());
  EXPECT_FALSE(second.IsClosed());
}

TEST_F(PeerLimitTest, WithoutALimitNothingIsClosed) {
  PeerLimit limit(0);
  std::vector<std::unique_ptr<test::TcpClient>> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(Connect());
  EXPECT_EQ(limit.CloseExcess(port()), 0);
}

// A host has a whole network of 64 bits; an IPv4 address may come in the form of an IPv6 one.
TEST(PeerOfAddress, IsTheAddressOrItsNetwork) {
  const auto peer_of = [](const char* text) {
    in6_addr address{};
    EXPECT_EQ(inet_pton(AF_INET6, text, &address), 1);
    return PeerOf(address);
  };
  EXPECT_EQ(peer_of("2001:db8:1:2::1"), peer_of("2001:db8:1:2:ffff:ffff:ffff:ffff"));
  EXPECT_NE(peer_of("2001:db8:1:2::1"), peer_of("2001:db8:1:3::1"));
  EXPECT_NE(peer_of("::ffff:192.0.2.1"), peer_of("::ffff:192.0.2.2"));
  EXPECT_EQ(peer_of("::ffff:192.0.2.1").size(), 4U);
}

}  // namespace
}  // namespace waybill::grpc
