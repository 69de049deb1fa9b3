// Which connections PeerLimit closes.
#include "platform/grpc/peer_limit.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <map>
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
  using Client = std::unique_ptr<test::TcpClient>;

  int port() const { return listener_.port(); }

  // Returns the server's end of the next connection; -1 if none comes.
  int AcceptOne() {
    int fd = -1;
    EXPECT_TRUE(test::Eventually(
        [&] { return (fd = accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC)) >= 0; },
        "a connection"));
    accepted_.emplace(fd, fd);
    return fd;
  }

  Client Connect(const std::string& source) {
    auto client = std::make_unique<test::TcpClient>(port(), source);
    EXPECT_TRUE(client->is_connected());
    AcceptOne();
    return client;
  }

  int CloseExcess(PeerLimit& limit) { return limit.CloseExcess(port()).value().connections; }
  static ::testing::AssertionResult BecomesClosed(const Client& client) {
    return test::Eventually([&] { return client->IsClosed(); }, "the connection to be closed");
  }

  metrics::Socket listener_ = *metrics::Listen("127.0.0.1:0");
  // By descriptor.
  std::map<int, metrics::Socket> accepted_;
};

TEST_F(PeerLimitTest, ThoseThatWereThereFirstStayAlsoBeforeANewerOneWithALowerDescriptor) {
  PeerLimit limit(2);
  const test::TcpClient another(port(), "127.0.0.2");
  const int low = AcceptOne();
  const Client first = Connect("127.0.0.1");
  const Client second = Connect("127.0.0.1");
  EXPECT_EQ(CloseExcess(limit), 0);
  const auto third = std::make_unique<test::TcpClient>(port(), "127.0.0.1");
  accepted_.erase(low);
  ASSERT_EQ(AcceptOne(), low);
  ASSERT_EQ(accepted_.begin()->first, low);
  EXPECT_EQ(CloseExcess(limit), 1);
  EXPECT_TRUE(BecomesClosed(third));
  EXPECT_FALSE(first->IsClosed());
  EXPECT_FALSE(second->IsClosed());
}

TEST_F(PeerLimitTest, EachPeerIsCountedForItselfAndTheWorstIsNamed) {
  PeerLimit limit(1);
  const Client one = Connect("127.0.0.1");
  const Client other = Connect("127.0.0.2");
  EXPECT_EQ(CloseExcess(limit), 0);
  std::vector<Client> more;
  for (const char* source : {"127.0.0.2", "127.0.0.3", "127.0.0.3", "127.0.0.3"}) {
    more.push_back(Connect(source));
  }
  const auto closed = limit.CloseExcess(port());
  ASSERT_TRUE(closed.has_value());
  EXPECT_EQ(closed->connections, 3);
  EXPECT_EQ(closed->peer, "127.0.0.3");
  EXPECT_EQ(closed->had, 3);
  EXPECT_TRUE(BecomesClosed(more.front()));
  EXPECT_FALSE(one->IsClosed());
  EXPECT_FALSE(other->IsClosed());
}

// gRPC keeps the descriptor until the calls of the connection have ended.
TEST_F(PeerLimitTest, WhatIsClosedCountsNoMore) {
  PeerLimit limit(1);
  const Client first = Connect("127.0.0.1");
  EXPECT_EQ(CloseExcess(limit), 0);
  const Client second = Connect("127.0.0.1");
  EXPECT_EQ(CloseExcess(limit), 1);
  EXPECT_EQ(CloseExcess(limit), 0);
  EXPECT_FALSE(first->IsClosed());
}

TEST_F(PeerLimitTest, OtherConnectionsOfTheProcessAreLeftAlone) {
  const metrics::Socket elsewhere = *metrics::Listen("127.0.0.1:0");
  const test::TcpClient first(elsewhere.port(), "127.0.0.1");
  const test::TcpClient second(elsewhere.port(), "127.0.0.1");
  PeerLimit limit(1);
  const Client ours = Connect("127.0.0.1");
  EXPECT_EQ(CloseExcess(limit), 0);
  EXPECT_FALSE(first.IsClosed());
  EXPECT_FALSE(second.IsClosed());
}

TEST_F(PeerLimitTest, WorksWithoutADescriptorLeft) {
  PeerLimit limit(1);
  const Client first = Connect("127.0.0.1");
  EXPECT_EQ(CloseExcess(limit), 0);
  const Client second = Connect("127.0.0.1");
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit few{.rlim_cur = 200, .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  std::vector<metrics::Socket> all;
  do all.emplace_back(open("/dev/null", O_RDONLY | O_CLOEXEC));
  while (all.back().fd() >= 0);
  const auto closed = limit.CloseExcess(port());
  all.clear();
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_TRUE(closed.has_value());
  EXPECT_EQ(closed->connections, 1);
  EXPECT_TRUE(BecomesClosed(second));
}

std::string PeerOfText(const char* text) {
  in6_addr address{};
  EXPECT_EQ(inet_pton(AF_INET6, text, &address), 1);
  return PeerOf(address);
}

TEST(PeerOfAddress, IsTheNetworkOfAnIpv6AddressBecauseOneHostMayUseAllOfIt) {
  EXPECT_EQ(PeerOfText("2001:db8:1:2::1"), PeerOfText("2001:db8:1:2:ffff:ffff:ffff:ffff"));
  EXPECT_NE(PeerOfText("2001:db8:1:2::1"), PeerOfText("2001:db8:1:3::1"));
  EXPECT_NE(PeerOfText("fe80::1"), PeerOfText("fe80::2"));
}

TEST(PeerOfAddress, IsTheIpv4AddressHoweverItIsWritten) {
  EXPECT_EQ(PeerOfText("::ffff:192.0.2.1"), "\xC0" + std::string("\0\2\1", 3));
  EXPECT_EQ(PeerOfText("::ffff:192.0.2.1"), PeerOfText("64:ff9b::192.0.2.1"));
  EXPECT_NE(PeerOfText("::ffff:192.0.2.1"), PeerOfText("::ffff:192.0.2.2"));
  EXPECT_NE(PeerOfText("64:ff9b::192.0.2.1"), PeerOfText("64:ff9b::192.0.2.2"));
}

}  // namespace
}  // namespace waybill::grpc
