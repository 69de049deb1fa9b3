// payment_svc as a process, with Kafka before it and the sandbox behind it.
#include <gtest/gtest.h>
#include <signal.h>

#include "platform/events/topics.h"
#include "platform/types/ids.h"
#include "tests/integration/payment_sandbox_process.h"
#include "tests/support/free_port.h"
#include "tests/support/grpc_client.h"
#include "tests/support/test_topics.h"
#include "tests/support/wait.h"
#include "waybill/payments/v1/payment_service.grpc.pb.h"

namespace waybill::test {
namespace {

namespace pb = waybill::payments::v1;
using Totals = SandboxProcess::Totals;

Record EventRecord(const std::string& topic, const std::string& type, const OrderId& order,
                   const std::string& payload) {
  return {.topic = topic,
          .key = order.ToString(),
          .payload = payload,
          .headers = {{"ce_specversion", "1.0"},
                      {"ce_id", EventId::New().ToString()},
                      {"ce_type", "waybill.events.v1." + type},
                      {"ce_source", "test"},
                      {"ce_sequence", "1"},
                      {"content-type", "application/json"},
                      {"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}}};
}

Record OrderPlaced(const OrderId& order, const std::string& method = "pm_card_visa") {
  return EventRecord(events::kOrdersTopic, "OrderPlaced", order,
                     R"({"event":"OrderPlaced","orderId":")" + order.ToString() +
                         R"(","userId":"ann","amountMinor":"500","currency":"EUR",)" +
                         R"("paymentMethod":")" + method + "\"}");
}

Record InventoryUpdated(const OrderId& order) {
  return EventRecord(events::kInventoryTopic, "InventoryUpdated", order,
                     R"({"event":"InventoryUpdated","orderId":")" + order.ToString() +
                         R"(","status":"items reserved"})");
}

Record OrderCancelled(const OrderId& order) {
  return EventRecord(
      events::kOrdersTopic, "OrderCancelled", order,
      R"({"event":"OrderCancelled","orderId":")" + order.ToString() + R"(","reason":"CUSTOMER"})");
}

class PaymentServiceTest : public ::testing::Test {
 protected:
  PaymentServiceTest() { topics_.CreateAll(); }

  std::string Config(const std::string& more = "") const {
    return folder_.Write(
        "payment_svc.toml",
        "[log]\nlevel = \"debug\"\n[grpc]\nlisten = \"127.0.0.1:" + std::to_string(port_) +
            "\"\n[postgres]\nconninfo = \"" + payments_.Conninfo("payment_svc") +
            "\"\n[kafka]\nbrokers = \"" + topics_.config().brokers + "\"\ntopic_prefix = \"" +
            topics_.prefix() + "\"\n[provider]\nurl = \"" + sandbox_.url() +
            "\"\ncall_timeout = \"" + call_timeout_ +
            "\"\nsearch_lag = \"0s\"\nsearch_complete_after = \"5s\"\n" + more);
  }
  void Start(const std::map<std::string, std::string>& env = {}) {
    std::map<std::string, std::string> all{{"PAYMENT_PROVIDER_API_KEY", kSandboxApiKey}};
    all.insert(env.begin(), env.end());
    service_ = std::make_unique<ChildProcess>(ProcessOptions{
        .argv = {BinaryPath("payment_svc"), "--config", Config()}, .env = all, .log_file = log_});
  }
  grpc::Status Get(const std::string& order, const std::string& user, pb::GetPaymentResponse* out) {
    pb::GetPaymentRequest request;
    request.set_order_id(order);
    auto stub = pb::PaymentService::NewStub(MakeChannel("127.0.0.1:" + std::to_string(port_)));
    auto context = MakeContext(user);
    context->set_wait_for_ready(true);
    return stub->GetPayment(context.get(), request, out);
  }
  ::testing::AssertionResult Reaches(const OrderId& order, const std::string& state) {
    return Eventually(
        [&] {
          return payments_.QueryText("SELECT state FROM payments WHERE order_id = '" +
                                     order.ToString() + "'") == state;
        },
        "payment " + state, absl::Seconds(40));
  }

  TempFolder folder_;
  const std::string log_ = folder_.path() / "payment_svc.log";
  const int port_ = FreePort();
  // Short: what a dead process has begun is taken up again when its lease, a little longer, is
  // over.
  std::string call_timeout_ = "1s";
  TestTopics topics_;
  TestDatabase payments_{"payments"};
  SandboxProcess sandbox_;
  std::unique_ptr<ChildProcess> service_;
};

TEST_F(PaymentServiceTest, APaymentIsShownToItsOwnerOnly) {
  Start();
  const OrderId order = OrderId::New();
  topics_.Produce({OrderPlaced(order), InventoryUpdated(order)});
  ASSERT_TRUE(Reaches(order, "captured"));

  pb::GetPaymentResponse response;
  const grpc::Status status = Get(order.ToString(), "ann", &response);
  ASSERT_TRUE(status.ok()) << Describe(status);
  const pb::Payment& payment = response.payment();
  EXPECT_EQ(payment.order_id(), order.ToString());
  EXPECT_EQ(payment.wanted(), pb::PAYMENT_WANTED_CAPTURE);
  EXPECT_EQ(payment.state(), pb::PAYMENT_STATE_CAPTURED);
  EXPECT_EQ(payment.amount().minor_units(), 500);
  EXPECT_EQ(payment.amount().currency_code(), "EUR");
  EXPECT_EQ(payment.provider_reference().substr(0, 3), "pi_");
  EXPECT_EQ(payment.payment_id(), payments_.QueryText("SELECT payment_id FROM payments"));
  EXPECT_GT(payment.update_time().seconds(), 1'600'000'000);

  for (const auto& [id, user, code] :
       {std::tuple(order.ToString(), "eve", grpc::StatusCode::NOT_FOUND),
        std::tuple(OrderId::New().ToString(), "ann", grpc::StatusCode::NOT_FOUND),
        std::tuple(std::string("no-uuid"), "ann", grpc::StatusCode::INVALID_ARGUMENT),
        std::tuple(order.ToString(), "", grpc::StatusCode::UNAUTHENTICATED)}) {
    const grpc::Status refusal = Get(id, user, &response);
    EXPECT_EQ(refusal.error_code(), code) << Describe(refusal);
  }
  EXPECT_EQ(DetailsOf(Get(order.ToString(), "eve", &response)).reason, "PAYMENT_NOT_FOUND");
  EXPECT_TRUE(DetailsOf(Get("no-uuid", "ann", &response)).Violates("order_id"));
}

TEST_F(PaymentServiceTest, EveryLineOfAPaymentsWayIsTracedAndNoneTellsTheToken) {
  Start();
  const OrderId order = OrderId::New();
  topics_.Produce({OrderPlaced(order, "pm_card_visa_chargeDeclined")});
  ASSERT_TRUE(Reaches(order, "declined"));
  EXPECT_EQ(service_->Terminate(), 0);
  const std::string log = ReadFile(log_);
  for (const std::string line : {"the payment step has started", "the payment step was answered"}) {
    const std::size_t at = log.find(line);
    ASSERT_NE(at, std::string::npos) << log;
    const std::string rest = log.substr(at, log.find('\n', at) - at);
    EXPECT_NE(rest.find(order.ToString()), std::string::npos) << rest;
    EXPECT_NE(rest.find("0af7651916cd43dd8448eb211c80319c"), std::string::npos) << rest;
  }
  EXPECT_EQ(log.find("pm_card"), std::string::npos);
}

TEST_F(PaymentServiceTest, ABadEventStopsOnlyItsOwnOrder) {
  Start();
  const OrderId bad = OrderId::New();
  const OrderId good = OrderId::New();
  topics_.Produce({EventRecord(events::kOrdersTopic, "OrderPlaced", bad, "{\"amountMinor\":"),
                   OrderPlaced(good), OrderCancelled(bad)});
  ASSERT_TRUE(Reaches(good, "authorized"));
  ASSERT_TRUE(
      Eventually([&] { return payments_.QueryInt("SELECT count(*) FROM parked_events") == 2; },
                 "the bad event and what came after it parked"));
  EXPECT_EQ(payments_.QueryInt("SELECT count(*) FROM payments"), 1);
}

TEST_F(PaymentServiceTest, AnEndingServiceStoresTheAnswersUnderWay) {
  call_timeout_ = "30s";
  Start();
  sandbox_.OrderFault(R"({"mode":"late","operation":"authorize","delay_ms":600000})");
  const OrderId order = OrderId::New();
  topics_.Produce({OrderPlaced(order)});
  ASSERT_TRUE(Eventually([&] { return sandbox_.Get("/admin/faults").json().at("faults").empty(); },
                         "a call under way"));
  service_->Signal(SIGTERM);
  sandbox_.OrderFault(R"({"mode":"none"})");
  EXPECT_EQ(service_->Wait(absl::Seconds(40)), 0);
  EXPECT_EQ(payments_.QueryText("SELECT state FROM payments"), "authorized");
  EXPECT_EQ(payments_.QueryInt("SELECT count(*) FROM payments WHERE leased_until IS NOT NULL"), 0);
}

TEST_F(PaymentServiceTest, WrongConfigurationIsSaidInASentence) {
  const auto run = [&](const std::string& config, const std::string& key) {
    return RunToEnd({BinaryPath("payment_svc"), "--config", config},
                    {{"PAYMENT_PROVIDER_API_KEY", key}});
  };
  const Finished unknown = run(Config("max_in_flite = 3\nmax_in_flight = 0\n"), kSandboxApiKey);
  EXPECT_EQ(unknown.status, 78) << unknown.output;
  EXPECT_NE(unknown.output.find("provider.max_in_flite: unknown key"), std::string::npos)
      << unknown.output;
  EXPECT_NE(unknown.output.find("provider.max_in_flight: 0 is outside"), std::string::npos)
      << unknown.output;
  const Finished provider =
      run(folder_.Write("provider.toml",
                        "[log]\nlevel = \"loud\"\n[postgres]\nconninfo = \"dbname=x\"\n"
                        "[kafka]\nbrokers = \"127.0.0.1:1\"\n[provider]\nurl = \"sftp://x\"\n"),
          "two words");
  EXPECT_EQ(provider.status, 78) << provider.output;
  for (const std::string mistake :
       {"log.level: ", "provider.url: must be", "provider.api_key_file: the payment provider's"}) {
    EXPECT_NE(provider.output.find(mistake), std::string::npos) << provider.output;
  }
  EXPECT_EQ(run(Config(), "").status, 78);
  EXPECT_EQ(run("/nowhere.toml", kSandboxApiKey).status, 78);
  const std::string unreachable = folder_.Write(
      "unreachable.toml",
      "[postgres]\nconninfo = \"host=127.0.0.1 port=1 dbname=x user=y\"\nstart_timeout = \"1s\"\n"
      "[kafka]\nbrokers = \"127.0.0.1:1\"\n[provider]\nurl = \"http://127.0.0.1:1\"\n");
  EXPECT_EQ(run(unreachable, kSandboxApiKey).status, 69);
}

class PaymentCrashTest : public PaymentServiceTest,
                         public ::testing::WithParamInterface<const char*> {};

TEST_P(PaymentCrashTest, AStepIsResolvedAfterACrash) {
  Start({{"WAYBILL_DIE_AT", GetParam()}});
  const OrderId order = OrderId::New();
  const OrderId cancelled = OrderId::New();
  topics_.Produce({OrderPlaced(order), OrderPlaced(cancelled), InventoryUpdated(order)});
  ASSERT_EQ(service_->Wait(absl::Seconds(40)), 128 + SIGKILL);
  topics_.Produce({OrderCancelled(cancelled)});
  Start();
  ASSERT_TRUE(Reaches(order, "captured"));
  ASSERT_TRUE(Eventually(
      [&] {
        return payments_.QueryInt(
                   "SELECT count(*) FROM payments WHERE wanted = 'release' AND due_at IS NULL "
                   "AND state IN ('none', 'voided')") == 1;
      },
      "the cancelled order's money released", absl::Seconds(40)));
  const Totals ledger = sandbox_.Ledger();
  EXPECT_EQ(ledger.held, 0);
  EXPECT_EQ(ledger.captured, 500);
  EXPECT_EQ(ledger.refunded, 0);
  EXPECT_LE(ledger.intents, 2);
  EXPECT_EQ(
      payments_.QueryInt("SELECT count(*) FROM outbox WHERE key = '" + order.ToString() + "'"), 2);
  EXPECT_EQ(
      payments_.QueryInt("SELECT count(*) FROM (SELECT key, sequence FROM outbox GROUP BY key, "
                         "sequence HAVING count(*) > 1) AS doubled"),
      0);
}

INSTANTIATE_TEST_SUITE_P(EveryPoint, PaymentCrashTest,
                         ::testing::Values("payment_svc.step_started", "payment_svc.step_submitted",
                                           "payment_svc.step_answered", "payment_svc.answer_stored",
                                           "payment_svc.step_started:2",
                                           "payment_svc.answer_stored:2", "postgres.before_commit",
                                           "postgres.after_commit"),
                         [](const auto& info) {
                           std::string name = info.param;
                           for (char& c : name)
                             c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
                           return name;
                         });

}  // namespace
}  // namespace waybill::test
