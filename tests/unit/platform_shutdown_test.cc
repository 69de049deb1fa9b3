// Tests what the clients of a server see when it shuts down.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "platform/grpc/server.h"
#include "tests/support/grpc_client.h"
#include "tests/support/wait.h"
#include "tests/unit/platform_grpc_handlers.h"

namespace waybill::grpc {
namespace {

using test::DetailsOf;
using test::MakeChannel;
using test::MakeContext;

class ShutdownTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(server_.Start().ok());
    stub_ = MakeStub();
  }

  // Shares no connection with another.
  std::unique_ptr<OrderService::Stub> MakeStub() const {
    return OrderService::NewStub(MakeChannel("127.0.0.1:" + std::to_string(server_.port())));
  }

  ::grpc::Status Call() {
    PlaceOrderResponse response;
    return stub_->PlaceOrder(MakeContext("ann", absl::Minutes(2)).get(), {}, &response);
  }

  TestHandlers handlers_{1024};
  Server server_{ServerConfig{}, {&handlers_}};
  std::unique_ptr<OrderService::Stub> stub_;
};

TEST_F(ShutdownTest, WhileAShutdownWaitsForACallNewOnesAreRefused) {
  absl::Notification entered, release;
  handlers_.HoldCalls(entered, release);
  ::grpc::Status running;
  std::thread caller([&] { running = Call(); });
  entered.WaitForNotification();
  handlers_.Close();
  std::thread shutdown([&] { server_.Shutdown(absl::Minutes(2)); });
  const ::grpc::Status refused = Call();
  EXPECT_EQ(refused.error_code(), ::grpc::StatusCode::UNAVAILABLE) << test::Describe(refused);
  EXPECT_EQ(DetailsOf(refused).reason, "SHUTTING_DOWN");
  EXPECT_TRUE(DetailsOf(refused).retry_after.has_value());
  release.Notify();
  caller.join();
  shutdown.join();
  EXPECT_TRUE(running.ok()) << test::Describe(running);
}

TEST_F(ShutdownTest, ACallThatOutlastsTheGraceIsUnavailable) {
  absl::Notification entered, release;
  handlers_.HoldCalls(entered, release);
  ::grpc::Status cut;
  std::thread caller([&] { cut = Call(); });
  entered.WaitForNotification();
  std::thread shutdown([&] { server_.Shutdown(absl::ZeroDuration()); });
  caller.join();
  EXPECT_EQ(cut.error_code(), ::grpc::StatusCode::UNAVAILABLE) << test::Describe(cut);
  release.Notify();
  shutdown.join();
}

TEST_F(ShutdownTest, UnderFiftyCallersEveryCallIsAnsweredOrUnavailable) {
  std::atomic<int> answered{0};
  std::atomic<bool> end{false};
  std::mutex mutex;
  std::map<::grpc::StatusCode, std::string> failures;
  std::vector<std::thread> callers;
  for (int i = 0; i < 50; ++i) {
    callers.emplace_back([&] {
      const auto stub = MakeStub();
      while (!end) {
        PlaceOrderResponse response;
        const auto context = MakeContext("ann", absl::Minutes(2));
        const ::grpc::Status status = stub->PlaceOrder(context.get(), {}, &response);
        if (status.ok()) {
          ++answered;
        } else {
          const std::lock_guard lock(mutex);
          failures[status.error_code()] = test::Describe(status);
        }
      }
    });
  }
  EXPECT_TRUE(test::Eventually([&] { return answered >= 200; }, "calls under way"));
  handlers_.Close();
  server_.Shutdown(absl::Minutes(1));
  EXPECT_TRUE(test::Eventually(
      [&] {
        const std::lock_guard lock(mutex);
        return !failures.empty();
      },
      "callers to notice"));
  end = true;
  for (std::thread& caller : callers) caller.join();
  failures.erase(::grpc::StatusCode::UNAVAILABLE);
  for (const auto& [code, what] : failures) ADD_FAILURE() << what;
}

}  // namespace
}  // namespace waybill::grpc
