// The process order_svc: what its exit says, what survives its death.
#include <csignal>

#include <optional>

#include "tests/integration/order_rig.h"
#include "tests/support/free_port.h"
#include "tests/support/process.h"
#include "tests/support/temp_folder.h"

namespace waybill::order_svc {
namespace {

using test::ChildProcess;
using test::Describe;
using test::Eventually;

class OrderProcessTest : public ::testing::Test {
 protected:
  std::string WriteConfig(const std::string& toml) { return folder_.Write("order_svc.toml", toml); }

  std::string ConfigFor(OrderBackend& backend, int port) {
    return "[grpc]\nlisten = \"127.0.0.1:" + std::to_string(port) +
           "\"\n[postgres]\nconninfo = \"" + backend.db.Conninfo("order_svc") +
           "\"\n[kafka]\nbrokers = \"" + backend.topics.config().brokers + "\"\ntopic_prefix = \"" +
           backend.topics.prefix() + "\"\n";
  }

  std::unique_ptr<ChildProcess> Spawn(const std::string& config,
                                      const std::map<std::string, std::string>& env = {}) {
    return std::make_unique<ChildProcess>(
        test::ProcessOptions{.argv = {test::BinaryPath("order_svc"), "--config", config},
                             .env = env,
                             .log_file = folder_.path() / "log"});
  }

  test::Finished RunConfig(const std::string& toml) {
    return test::RunToEnd({test::BinaryPath("order_svc"), "--config", WriteConfig(toml)});
  }

  test::TempFolder folder_;
};

TEST_F(OrderProcessTest, AMistakeInTheConfigurationIsASentenceAndExit78) {
  const std::string good =
      "[postgres]\nconninfo = \"dbname=x\"\n[kafka]\nbrokers = \"127.0.0.1:1\"\n";
  struct Case {
    std::string toml;
    std::string says;
  };
  for (const Case& bad : {Case{good + "[order]\ntimeuot = \"1m\"\n", "order.timeuot"},
                          Case{good + "[order]\ntimeout = 5\n", "order.timeout"},
                          Case{good + "[grpc]\nworkers = \"many\"\n", "grpc.workers"},
                          Case{good + "[log]\nlevel = \"loud\"\n", "log.level"},
                          Case{"[kafka]\nbrokers = \"127.0.0.1:1\"\n", "postgres.conninfo"},
                          Case{"not toml at all", "order_svc.toml"}}) {
    const test::Finished finished = RunConfig(bad.toml);
    EXPECT_EQ(finished.status, 78) << finished.output;
    EXPECT_NE(finished.output.find(bad.says), std::string::npos) << finished.output;
  }
  EXPECT_EQ(test::RunToEnd({test::BinaryPath("order_svc"), "--config", "/nonexistent"}).status, 78);
  EXPECT_EQ(test::RunToEnd({test::BinaryPath("order_svc")}).status, 78);
}

TEST_F(OrderProcessTest, ADatabaseThatCannotBeReachedIsExit69) {
  const test::Finished finished =
      RunConfig("[postgres]\nstart_timeout = \"300ms\"\nconninfo = \"host=127.0.0.1 port=" +
                std::to_string(test::FreePort()) +
                " dbname=x user=x\"\n[kafka]\nbrokers = \"127.0.0.1:1\"\n");
  EXPECT_EQ(finished.status, 69) << finished.output;
}

TEST_F(OrderProcessTest, SigtermEndsItWithExit0) {
  OrderBackend backend;
  const int port = test::FreePort();
  const auto process = Spawn(WriteConfig(ConfigFor(backend, port)));
  ASSERT_TRUE(Eventually(
      [&] { return process->Output().find("\"the server accepts calls\"") != std::string::npos; },
      "order_svc to serve"));
  EXPECT_EQ(process->Terminate(), 0) << process->Output();
}

TEST_F(OrderProcessTest, AProcessThatDiesAroundACommitLeavesTheOrderWholeOrNotAtAll) {
  OrderBackend backend;
  {
    OrderInstance instance(backend);
    FillCatalog(instance);
  }
  const int port = test::FreePort();
  const std::string config = WriteConfig(ConfigFor(backend, port));
  // A new client for each process: one that found nobody waits longer and longer before it tries
  // again.
  std::unique_ptr<orders_v1::OrderService::Stub> stub;
  const auto connect = [&] {
    std::shared_ptr<::grpc::Channel> channel;
    test::WaitUntil(
        [&] {
          channel = test::MakeChannel("127.0.0.1:" + std::to_string(port));
          return channel->WaitForConnected(
              absl::ToChronoTime(absl::Now() + absl::Milliseconds(200)));
        },
        "order_svc to serve");
    stub = orders_v1::OrderService::NewStub(channel);
  };
  const auto place = [&](const std::string& request_id, orders_v1::PlaceOrderResponse& response,
                         absl::Duration timeout) {
    orders_v1::PlaceOrderRequest request;
    request.set_request_id(request_id);
    orders_v1::Item& item = *request.add_items();
    item.set_product_id("tea");
    item.set_quantity(1);
    request.set_email("ann@example.com");
    request.set_payment_method("pm_card_visa");
    const auto context = test::MakeContext("ann", timeout);
    return stub->PlaceOrder(context.get(), request, &response);
  };

  for (const std::string point : {"place_order.before_commit", "place_order.after_commit"}) {
    const std::string request_id = NewRequestId();
    orders_v1::PlaceOrderResponse lost, found;
    {
      const auto dying = Spawn(config, {{"WAYBILL_DIE_AT", point + ":2"}});
      connect();
      EXPECT_TRUE(place(NewRequestId(), lost, test::kPatience).ok());
      EXPECT_EQ(place(request_id, lost, test::kPatience).error_code(),
                ::grpc::StatusCode::UNAVAILABLE);
      EXPECT_EQ(dying->Wait(test::kPatience), 128 + SIGKILL);
    }
    const auto process = Spawn(config);
    connect();
    const ::grpc::Status again = place(request_id, found, test::kPatience);
    ASSERT_TRUE(again.ok()) << Describe(again);
    EXPECT_EQ(backend.db.QueryInt("SELECT count(*) FROM request_keys WHERE request_id = '" +
                                  request_id + "'"),
              1);
    EXPECT_EQ(
        backend.db.QueryInt(
            "SELECT count(*) FROM orders o FULL JOIN "
            "(SELECT key::uuid AS order_id FROM outbox WHERE sequence = 1) e USING (order_id) "
            "WHERE o.order_id IS NULL OR e.order_id IS NULL"),
        0);
    EXPECT_EQ(backend.db.QueryInt("SELECT count(*) FROM orders"),
              backend.db.QueryInt("SELECT count(*) FROM request_keys WHERE user_id = 'ann'"));
  }
}

}  // namespace
}  // namespace waybill::order_svc
