// Tests what every gRPC server offers beside its own methods: health, reflection, and connections
// that last.
#include "platform/grpc/server.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <stdexcept>

#include "grpc/health/v1/health.pb.h"
#include "platform/metrics/readiness.h"
#include "tests/support/grpc_client.h"
#include "tests/support/raw_call.h"
#include "tests/support/reflection_client.h"
#include "tests/support/tcp_client.h"
#include "tests/support/wait.h"
#include "waybill/orders/v1/order_service.grpc.pb.h"

namespace waybill::grpc {
namespace {

using ::grpc::health::v1::HealthCheckRequest;
using ::grpc::health::v1::HealthCheckResponse;
using ::testing::Test;

class ServerTest : public Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(server_.Start().ok());
    channel_ = test::MakeChannel("127.0.0.1:" + std::to_string(server_.port()));
  }

  test::RawAnswer Check(const std::string& service) {
    HealthCheckRequest request;
    request.set_service(service);
    return test::CallBytes(channel_, "/grpc.health.v1.Health/Check", request.SerializeAsString());
  }

  bool Says(const std::string& service, HealthCheckResponse::ServingStatus status) {
    const test::RawAnswer answer = Check(service);
    HealthCheckResponse response;
    return answer.status.ok() && response.ParseFromString(answer.messages.at(0)) &&
           response.status() == status;
  }

  orders::v1::OrderService::Service orders_;
  metrics::Readiness readiness_;
  Server server_{ServerConfig{}, {&orders_}, {.readiness = &readiness_}};
  std::shared_ptr<::grpc::Channel> channel_;
};

TEST_F(ServerTest, HealthAnswersForEachServiceByItsName) {
  const std::vector<std::string> names = {"", "waybill.orders.v1.OrderService",
                                          "grpc.health.v1.Health",
                                          "grpc.reflection.v1alpha.ServerReflection"};
  for (const std::string& name : names) {
    EXPECT_TRUE(Says(name, HealthCheckResponse::NOT_SERVING)) << name;
  }
  readiness_.MarkStarted();
  for (const std::string& name : names) {
    EXPECT_TRUE(test::Eventually([&] { return Says(name, HealthCheckResponse::SERVING); }, name));
  }
  EXPECT_EQ(Check("made.up.Service").status.error_code(), ::grpc::StatusCode::NOT_FOUND);
}

TEST_F(ServerTest, ReflectionDescribesEveryServiceThatItLists) {
  test::ReflectionClient reflection(channel_);
  const std::vector<std::string> names = reflection.ListServices();
  EXPECT_EQ(names.size(), 3u);
  for (const std::string& name : names) {
    const auto* service = reflection.Describe(name);
    ASSERT_NE(service, nullptr) << name;
    EXPECT_GT(service->method_count(), 0) << name;
  }
  const auto* health = reflection.Describe("grpc.health.v1.Health");
  ASSERT_NE(health, nullptr);
  EXPECT_NE(health->FindMethodByName("Check"), nullptr);
  EXPECT_NE(health->FindMethodByName("Watch"), nullptr);
}

// Speaks HTTP/2 as far as pings go (RFC 9113 sections 3.4 and 6).
class PingingClient {
 public:
  explicit PingingClient(int port) : client_(port) {
    if (!client_.is_connected()) throw std::runtime_error("connect");
    Send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    Send(Frame(kSettings, ""));
  }

  void Ping() { Send(Frame(kPing, "12345678")); }

  // Whether the server acknowledges a ping; not when it says that it goes away, or is gone.
  bool IsAcknowledged() {
    while (true) {
      const std::string head = Receive(9);
      if (head.size() < 9 || head[3] == kGoAway) return false;
      Receive(static_cast<unsigned char>(head[1]) * 256u + static_cast<unsigned char>(head[2]));
      if (head[3] == kPing && (head[4] & kAck) != 0) return true;
    }
  }

 private:
  static constexpr char kSettings = 4;
  static constexpr char kPing = 6;
  static constexpr char kGoAway = 7;
  static constexpr char kAck = 1;

  static std::string Frame(char type, const std::string& payload) {
    const std::string length = {0, 0, static_cast<char>(payload.size())};
    return length + type + std::string(5, '\0') + payload;
  }
  void Send(const std::string& bytes) {
    const auto sent = ::send(client_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(bytes.size())) throw std::runtime_error("send");
  }
  std::string Receive(std::size_t size) {
    std::string bytes(size, '\0');
    const auto received = ::recv(client_.fd(), bytes.data(), size, MSG_WAITALL);
    bytes.resize(received > 0 ? static_cast<std::size_t>(received) : 0);
    return bytes;
  }

  const test::TcpClient client_;
};

TEST(ServerSwitchesTest, HealthAndReflectionCanBeOff) {
  orders::v1::OrderService::Service orders;
  Server server(ServerConfig{.reflection = false, .health = false}, {&orders});
  ASSERT_TRUE(server.Start().ok());
  const auto channel = test::MakeChannel("127.0.0.1:" + std::to_string(server.port()));
  for (const char* method : {"/grpc.health.v1.Health/Check",
                             "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"}) {
    EXPECT_EQ(test::CallBytes(channel, method, "").status.error_code(),
              ::grpc::StatusCode::UNIMPLEMENTED)
        << method;
  }
  // A method of the service's own is there: it is only not written.
  EXPECT_EQ(test::CallBytes(channel, "/waybill.orders.v1.OrderService/GetOrder", "")
                .status.error_message(),
            "");
  server.Shutdown(absl::ZeroDuration());
}

TEST_F(ServerTest, AClientThatKeepsPingingWithoutACallStaysConnected) {
  PingingClient client(server_.port());
  for (int i = 0; i < 10; ++i) {
    client.Ping();
    ASSERT_TRUE(client.IsAcknowledged()) << "ping " << i;
  }
}

}  // namespace
}  // namespace waybill::grpc
