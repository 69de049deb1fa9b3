// Tests what every gRPC method passes through, on a real server with a method of OrderService.
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "absl/synchronization/notification.h"
#include "platform/grpc/server.h"
#include "tests/support/grpc_client.h"
#include "tests/support/raw_call.h"
#include "tests/support/wait.h"
#include "tests/unit/platform_grpc_handlers.h"
#include "waybill/orders/v1/order_service.grpc.pb.h"

namespace waybill::grpc {
namespace {

using orders::v1::OrderService;
using orders::v1::PlaceOrderRequest;
using orders::v1::PlaceOrderResponse;
using test::CallBytes;
using test::DetailsOf;
using test::MakeChannel;
using test::MakeContext;

class UnaryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(server_.Start().ok());
    channel_ = MakeChannel("127.0.0.1:" + std::to_string(server_.port()));
    stub_ = OrderService::NewStub(channel_);
  }

  ::grpc::Status Call(PlaceOrderResponse* response = nullptr, const std::string& user = "ann") {
    PlaceOrderResponse ignored;
    return stub_->PlaceOrder(MakeContext(user).get(), {},
                             response == nullptr ? &ignored : response);
  }

  // Sends the bytes unchanged, valid or not.
  ::grpc::Status CallRaw(const std::string& bytes) {
    return CallBytes(channel_, "/waybill.orders.v1.OrderService/PlaceOrder", bytes).status;
  }

  TestHandlers handlers_{1};
  Server server_{ServerConfig{}, {&handlers_}};
  std::shared_ptr<::grpc::Channel> channel_;
  std::unique_ptr<OrderService::Stub> stub_;
};

TEST_F(UnaryTest, ACallReachesTheMethodAsItsUser) {
  PlaceOrderResponse response;
  const ::grpc::Status status = Call(&response);
  ASSERT_TRUE(status.ok()) << test::Describe(status);
  EXPECT_EQ(response.order().user_id(), "ann");
}

TEST_F(UnaryTest, ACallWithoutAWellFormedUserIsUnauthenticated) {
  for (const char* user : {"", "two words", "semi;colon"}) {
    const ::grpc::Status status = Call(nullptr, user);
    EXPECT_EQ(status.error_code(), ::grpc::StatusCode::UNAUTHENTICATED);
    EXPECT_EQ(DetailsOf(status).reason, "NO_USER");
  }
}

TEST_F(UnaryTest, AStringThatIsNotUtf8IsNamed) {
  // items[1].product_id = "\xff", email = "\xc3(" : field numbers 2, 1 and 3.
  const ::grpc::Status status =
      CallRaw(std::string("\x12\x03\x0a\x01"
                          "a"
                          "\x12\x03\x0a\x01\xff"
                          "\x1a\x02\xc3(",
                          14));
  EXPECT_EQ(status.error_code(), ::grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(DetailsOf(status).violations,
            (std::vector<FieldViolation>{{"items[1].product_id", "is not valid UTF-8"},
                                         {"email", "is not valid UTF-8"}}));
}

TEST_F(UnaryTest, BytesThatAreNoRequestAreMalformed) {
  const ::grpc::Status status = CallRaw("\xff\xff\xff\xff");
  EXPECT_EQ(status.error_code(), ::grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(DetailsOf(status).reason, "MALFORMED_REQUEST");
}

TEST_F(UnaryTest, ARequestThatIsTooLargeIsResourceExhausted) {
  const ::grpc::Status status = CallRaw(std::string(10 * 1024 * 1024, 'x'));
  EXPECT_EQ(status.error_code(), ::grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(UnaryTest, AnErrorKeepsItsDetails) {
  handlers_.method = [](const Caller&,
                        const PlaceOrderRequest&) -> absl::StatusOr<PlaceOrderResponse> {
    return MakeError(absl::StatusCode::kNotFound, "PRODUCT_NOT_FOUND", "no such product",
                     {{"items[0].product_id", "no such product"}});
  };
  const ::grpc::Status status = Call();
  EXPECT_EQ(status.error_code(), ::grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(DetailsOf(status).reason, "PRODUCT_NOT_FOUND");
  EXPECT_EQ(DetailsOf(status).domain, "waybill");
  EXPECT_TRUE(DetailsOf(status).Violates("items[0].product_id"));
}

TEST_F(UnaryTest, AStorageErrorSaysWhetherToComeBackAndNothingOfItsInside) {
  handlers_.method = [](const Caller&,
                        const PlaceOrderRequest&) -> absl::StatusOr<PlaceOrderResponse> {
    return absl::UnavailableError("connect: server at \"10.0.0.1\", user secret");
  };
  ::grpc::Status status = Call();
  EXPECT_EQ(status.error_code(), ::grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(status.error_message().find("secret"), std::string::npos);
  EXPECT_TRUE(DetailsOf(status).retry_after.has_value());

  handlers_.method = [](const Caller&,
                        const PlaceOrderRequest&) -> absl::StatusOr<PlaceOrderResponse> {
    return absl::FailedPreconditionError("relation \"secret\" does not exist");
  };
  status = Call();
  EXPECT_EQ(status.error_code(), ::grpc::StatusCode::UNAVAILABLE) << "somebody will mend it";
  EXPECT_EQ(status.error_message().find("secret"), std::string::npos);
  EXPECT_TRUE(DetailsOf(status).retry_after.has_value());

  handlers_.method = [](const Caller&,
                        const PlaceOrderRequest&) -> absl::StatusOr<PlaceOrderResponse> {
    return absl::InternalError("SELECT secret");
  };
  status = Call();
  EXPECT_EQ(status.error_code(), ::grpc::StatusCode::INTERNAL);
  EXPECT_EQ(status.error_message().find("secret"), std::string::npos);
}

TEST_F(UnaryTest, AFullQueueIsAQuickErrorWithARetryHint) {
  absl::Notification begun, go;
  std::atomic<bool> first{true};
  handlers_.method = [&](const Caller&,
                         const PlaceOrderRequest&) -> absl::StatusOr<PlaceOrderResponse> {
    if (first.exchange(false)) begun.Notify();
    go.WaitForNotification();
    return PlaceOrderResponse{};
  };
  std::thread running([&] { EXPECT_TRUE(Call().ok()); });
  begun.WaitForNotification();
  // One call waits in the queue, which has room for one; of two more, at least one is refused.
  std::atomic<int> refused{0};
  std::vector<std::thread> others;
  for (int i = 0; i < 3; ++i) {
    others.emplace_back([&] {
      const ::grpc::Status status = Call();
      if (status.error_code() != ::grpc::StatusCode::RESOURCE_EXHAUSTED) return;
      EXPECT_TRUE(DetailsOf(status).retry_after.has_value());
      if (++refused == 2) go.Notify();
    });
  }
  for (std::thread& other : others) other.join();
  running.join();
  EXPECT_EQ(refused, 2);
}

// Watches a server's health, as a client that keeps the stream open.
class HealthWatch {
 public:
  explicit HealthWatch(const std::shared_ptr<::grpc::Channel>& channel)
      : stub_(channel),
        context_(MakeContext("ann")),
        call_(stub_.PrepareCall(context_.get(), "/grpc.health.v1.Health/Watch", &queue_)) {
    call_->StartCall(this);
    Happens();
    call_->WriteLast(::grpc::ByteBuffer(&kEverything, 1), {}, this);
    Happens();
  }
  ~HealthWatch() {
    context_->TryCancel();
    ::grpc::Status status;
    call_->Finish(&status, this);
    Happens();
  }

  // Returns the next status; "" when the stream has ended.
  std::string Next() {
    ::grpc::ByteBuffer answer;
    call_->Read(&answer, this);
    ::grpc::Slice whole;
    if (!Happens() || !answer.DumpToSingleSlice(&whole).ok()) return "";
    return std::string(reinterpret_cast<const char*>(whole.begin()), whole.size());
  }

 private:
  static inline const ::grpc::Slice kEverything{""};

  bool Happens() {
    void* tag = nullptr;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }

  ::grpc::CompletionQueue queue_;
  ::grpc::GenericStub stub_;
  const std::unique_ptr<::grpc::ClientContext> context_;
  const std::unique_ptr<::grpc::GenericClientAsyncReaderWriter> call_;
};

class MonitoredTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(server_.Start().ok());
    channel_ = MakeChannel("127.0.0.1:" + std::to_string(server_.port()));
  }

  // A call is counted before its status is sent, so a call that the client has seen end is counted.
  ::testing::AssertionResult Shows(const std::string& line) const {
    const std::string text = registry_.Text();
    if (text.find(line + "\n") != std::string::npos) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << "no \"" << line << "\" in\n" << text;
  }

  bool SaysServing() const {
    const test::RawAnswer answer = CallBytes(channel_, "/grpc.health.v1.Health/Check", "");
    EXPECT_TRUE(answer.status.ok()) << test::Describe(answer.status);
    return answer.messages == std::vector<std::string>{kServing};
  }

  // status = SERVING and NOT_SERVING
  static constexpr char kServing[] = "\x08\x01";
  static constexpr char kNotServing[] = "\x08\x02";

  metrics::Registry registry_;
  metrics::Readiness readiness_;
  TestHandlers handlers_{1};
  Server server_{ServerConfig{}, {&handlers_}, {.registry = &registry_, .readiness = &readiness_}};
  std::shared_ptr<::grpc::Channel> channel_;
};

TEST_F(MonitoredTest, CallsAreCountedByMethodAndCode) {
  const auto stub = OrderService::NewStub(channel_);
  PlaceOrderResponse response;
  EXPECT_TRUE(stub->PlaceOrder(MakeContext("ann").get(), {}, &response).ok());
  EXPECT_TRUE(stub->PlaceOrder(MakeContext("ann").get(), {}, &response).ok());
  EXPECT_FALSE(stub->PlaceOrder(MakeContext("").get(), {}, &response).ok());
  const std::string labels = "method=\"PlaceOrder\",service=\"waybill.orders.v1.OrderService\"}";
  EXPECT_TRUE(Shows("waybill_rpc_total{code=\"OK\"," + labels + " 2"));
  EXPECT_TRUE(Shows("waybill_rpc_total{code=\"UNAUTHENTICATED\"," + labels + " 1"));
  EXPECT_TRUE(Shows("waybill_rpc_seconds_count{" + labels + " 3"));
}

TEST_F(MonitoredTest, AStreamIsCountedWhenItEnds) {
  const auto stub = OrderService::NewStub(channel_);
  orders::v1::WatchOrderResponse response;
  const auto context = MakeContext("ann");
  const auto stream = stub->WatchOrder(context.get(), orders::v1::WatchOrderRequest());
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), ::grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_TRUE(
      Shows("waybill_rpc_total{code=\"UNIMPLEMENTED\",method=\"WatchOrder\","
            "service=\"waybill.orders.v1.OrderService\"} 1"));
}

TEST_F(MonitoredTest, ANameThatAClientMadeUpIsNoLabel) {
  EXPECT_EQ(CallBytes(channel_, "/made.up.Service/Method", "").status.error_code(),
            ::grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(registry_.Text().find("made.up"), std::string::npos);
}

TEST_F(MonitoredTest, HealthFollowsReadiness) {
  EXPECT_FALSE(SaysServing());
  std::atomic<bool> refuses{false};
  readiness_.Add("consumer", [&refuses] {
    return refuses ? absl::InvalidArgumentError("inbox.retention") : absl::OkStatus();
  });
  readiness_.MarkStarted();
  EXPECT_TRUE(test::Eventually([this] { return SaysServing(); }, "SERVING"));
  refuses = true;
  EXPECT_TRUE(test::Eventually([this] { return !SaysServing(); }, "NOT_SERVING"));
}

TEST_F(MonitoredTest, AShutdownIsToldNewCallsAreRefusedAndThoseInFlightEnd) {
  absl::Notification entered, release;
  handlers_.HoldCalls(entered, release);
  readiness_.MarkStarted();
  ASSERT_TRUE(test::Eventually([this] { return SaysServing(); }, "SERVING"));
  ::grpc::Status in_flight;
  PlaceOrderResponse response;
  std::thread caller([&] {
    const auto stub = OrderService::NewStub(channel_);
    in_flight = stub->PlaceOrder(MakeContext("ann", absl::Minutes(2)).get(), {}, &response);
  });
  entered.WaitForNotification();
  std::thread shutdown;
  {
    HealthWatch watch(channel_);
    EXPECT_EQ(watch.Next(), kServing);
    readiness_.MarkShuttingDown();
    shutdown = std::thread([this] { server_.Shutdown(absl::Minutes(2)); });
    EXPECT_EQ(watch.Next(), kNotServing);
  }
  EXPECT_TRUE(test::Eventually(
      [&] {
        const auto newcomer = MakeChannel("127.0.0.1:" + std::to_string(server_.port()));
        return CallBytes(newcomer, "/grpc.health.v1.Health/Check", "").status.error_code() ==
               ::grpc::StatusCode::UNAVAILABLE;
      },
      "new calls to be refused"));
  release.Notify();
  caller.join();
  shutdown.join();
  EXPECT_TRUE(in_flight.ok()) << test::Describe(in_flight);
  EXPECT_EQ(response.order().user_id(), "ann");
}

TEST_F(UnaryTest, ATakenPortIsAnErrorNotACrash) {
  Server second(ServerConfig{.listen = "127.0.0.1:" + std::to_string(server_.port())}, {});
  EXPECT_TRUE(absl::IsUnavailable(second.Start()));
}

}  // namespace
}  // namespace waybill::grpc
