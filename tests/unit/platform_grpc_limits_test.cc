// What clients that want too much, or say nothing, get from a server, and what the others notice.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "platform/grpc/server.h"
#include "tests/support/grpc_client.h"
#include "tests/support/tcp_client.h"
#include "tests/support/wait.h"
#include "tests/unit/platform_grpc_handlers.h"

namespace waybill::grpc {
namespace {

using ::grpc::StatusCode;

class LimitedServer {
 public:
  explicit LimitedServer(CallerLimitsConfig limits, int connections_per_peer = 0)
      : handlers(64, limits),
        server_({.connections_per_peer = connections_per_peer}, {&handlers}, {&registry}) {
    const absl::Status started = server_.Start();
    if (!started.ok()) throw std::runtime_error(std::string(started.message()));
    stub = OrderService::NewStub(test::MakeChannel("127.0.0.1:" + std::to_string(port())));
  }
  ~LimitedServer() { server_.Shutdown(absl::ZeroDuration()); }

  ::grpc::Status Call(const std::string& user) const {
    PlaceOrderResponse response;
    return stub->PlaceOrder(test::MakeContext(user).get(), {}, &response);
  }
  int port() const { return server_.port(); }

  TestHandlers handlers;
  metrics::Registry registry;
  std::unique_ptr<OrderService::Stub> stub;

 private:
  Server server_;
};

TEST(GrpcLimits, ACallThatIsAnsweredDoesNotCountAnyMore) {
  const LimitedServer server({.calls_in_flight = 1});
  for (int i = 0; i < 500; ++i) {
    const ::grpc::Status status = server.Call("ann");
    ASSERT_TRUE(status.ok()) << i << ": " << test::Describe(status);
  }
}

TEST(GrpcLimits, ACallThatCanNotBeReadDoesNotCountAnyMore) {
  const LimitedServer server({.calls_in_flight = 1});
  for (int i = 0; i < 100; ++i) {
    PlaceOrderRequest request;
    // No UTF-8.
    request.set_request_id("\xff");
    PlaceOrderResponse response;
    const ::grpc::Status status =
        server.stub->PlaceOrder(test::MakeContext("ann").get(), request, &response);
    ASSERT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT) << test::Describe(status);
  }
}

TEST(GrpcLimits, WhoHasTooManyCallsOpenIsRefusedAndTheOthersAreServed) {
  LimitedServer server({.calls_in_flight = 1});
  absl::Notification entered, release;
  server.handlers.HoldCalls(entered, release);
  std::thread first([&] { EXPECT_TRUE(server.Call("ann").ok()); });
  entered.WaitForNotification();
  const ::grpc::Status second = server.Call("ann");
  EXPECT_EQ(second.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(test::DetailsOf(second).reason, "CALLER_LIMIT");
  EXPECT_TRUE(test::DetailsOf(second).retry_after.has_value());
  server.handlers.method = [](const Caller&, const PlaceOrderRequest&) {
    return absl::StatusOr<PlaceOrderResponse>(PlaceOrderResponse());
  };
  release.Notify();
  EXPECT_TRUE(server.Call("bea").ok());
  first.join();
  EXPECT_TRUE(server.Call("ann").ok());
}

TEST(GrpcLimits, WhoCallsTooOftenIsToldWhenToComeAgain) {
  const LimitedServer server({.calls_per_second = 1});
  EXPECT_TRUE(server.Call("ann").ok());
  ::grpc::Status refused;
  EXPECT_TRUE(test::Eventually(
      [&] {
        refused = server.Call("ann");
        return !refused.ok();
      },
      "a refusal"));
  EXPECT_EQ(refused.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(test::DetailsOf(refused).reason, "CALLER_LIMIT");
  EXPECT_GT(test::DetailsOf(refused).retry_after.value_or(absl::ZeroDuration()),
            absl::ZeroDuration());
  EXPECT_TRUE(server.Call("bea").ok());
  EXPECT_TRUE(test::Eventually([&] { return server.Call("ann").ok(); }, "its next call"));
}

TEST(GrpcLimits, ConnectionsThatSayNothingDisturbNobodyAndAreClosed) {
  const LimitedServer server({});
  std::vector<std::unique_ptr<test::TcpClient>> silent;
  // As many as the process may have files for: both ends are its own.
  rlimit files{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  const auto count = std::min<rlim_t>(10'000, std::max<rlim_t>(files.rlim_cur, 1000) / 2 - 200);
  for (rlim_t i = 0; i < count; ++i) {
    silent.push_back(std::make_unique<test::TcpClient>(server.port()));
    ASSERT_TRUE(silent.back()->is_connected());
  }
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(server.Call("ann").ok());
  EXPECT_TRUE(test::Eventually(
      [&] {
        std::erase_if(silent, [](const auto& client) { return client->IsClosed(); });
        return silent.empty();
      },
      "all are closed"));
  EXPECT_TRUE(server.Call("ann").ok());
}

TEST(GrpcLimits, APeerWithTooManyConnectionsLosesSomeAndOtherPeersNone) {
  const LimitedServer server({}, 3);
  const test::TcpClient other(server.port(), "127.0.0.2");
  std::vector<std::unique_ptr<test::TcpClient>> many;
  for (int i = 0; i < 8; ++i) {
    many.push_back(std::make_unique<test::TcpClient>(server.port(), "127.0.0.3"));
    ASSERT_TRUE(many.back()->is_connected());
  }
  EXPECT_TRUE(test::Eventually(
      [&] {
        return server.registry.Text().find("\nwaybill_rpc_excess_connections_total 5\n") !=
               std::string::npos;
      },
      "five to be counted"));
  EXPECT_EQ(std::erase_if(many, [](const auto& client) { return client->IsClosed(); }), 5U);
  EXPECT_FALSE(other.IsClosed());
  EXPECT_TRUE(server.Call("ann").ok());
}

}  // namespace
}  // namespace waybill::grpc
