// Runs the relay against a broker that requires TLS and a password, and doesn't let everyone write
// everything.
#include <gtest/gtest.h>

#include <memory>

#include "platform/kafka/consumer.h"
#include "tests/faults/secured_kafka.h"
#include "tests/integration/relay_endpoint.h"
#include "tests/integration/relay_harness.h"
#include "tests/support/occurrences.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

class RelayWithSecuredKafka : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { kafka_ = new SecuredKafka(); }
  static void TearDownTestSuite() {
    delete kafka_;
    kafka_ = nullptr;
  }

  void SetUp() override {
    relay_.extra_source = Properties({});
    kafka_->Allow(relay_.topics.prefix() + "orders.", RD_KAFKA_ACL_OPERATION_WRITE);
  }

  struct Wrong {
    std::string mechanism = "PLAIN";
    std::string ca_file = kafka_->ca_file();
    std::string password = SecuredKafka::kPassword;
  };
  // Returns the relay's settings, which are correct except for those in `wrong`.
  std::string Properties(const Wrong& wrong) const {
    return "[kafka.properties]\n\"bootstrap.servers\" = \"" + kafka_->secured_brokers() +
           "\"\n\"security.protocol\" = \"SASL_SSL\"\n\"sasl.mechanism\" = \"" + wrong.mechanism +
           "\"\n\"sasl.username\" = \"relay\"\n\"ssl.ca.location\" = \"" + wrong.ca_file +
           "\"\ndebug = \"security,conf\"\n[kafka.property_files]\n\"sasl.password\" = \"" +
           relay_.folder.Write("password", wrong.password + "\n") + "\"\n";
  }

  static constexpr char kOtherPassword[] = "another-word-1234";

  // Publishes 5 rows of the key "a"; then the broker has another password, and 5 more rows wait.
  void RunUntilThePasswordIsRefused(const RelayEndpoint& endpoint) {
    relay_.extra = endpoint.Config();
    relay_.Start();
    relay_.Put("a", 5);
    relay_.ExpectInOrder("a", 5);
    kafka_->ChangePassword(kOtherPassword);
    relay_.Put("a", 5);
    EXPECT_TRUE(endpoint.BecomesUnready("Authentication failed"));
  }

  // Expects `check` to fail with an output that contains `text`.
  void ExpectCheckSays(const std::string& text) {
    const Finished check = relay_.Command({"check"});
    EXPECT_NE(check.status, 0);
    EXPECT_NE(check.output.find(text), std::string::npos) << check.output;
  }

  int TimesLogged(const std::string& text) const { return Occurrences(text, relay_.Log()); }

  // Returns the topic, key and reason of each parked row, by topic, in order.
  std::vector<std::vector<std::string>> Parked() {
    return relay_.db.QueryRows(
        "SELECT topic, convert_from(key, 'UTF8'), reason FROM outbox_relay.parked_rows"
        " ORDER BY topic, id");
  }

  static SecuredKafka* kafka_;
  RelayHarness relay_{kafka_->stack()};
};

SecuredKafka* RelayWithSecuredKafka::kafka_ = nullptr;

TEST_F(RelayWithSecuredKafka, LibrdkafkasOwnKeysPassThroughAndThePasswordIsNeverShown) {
  relay_.Start();
  relay_.Put("a", 3);
  relay_.ExpectInOrder("a", 3);
  const Finished check = relay_.Command({"check"});
  EXPECT_EQ(check.status, 0) << check.output;
  EXPECT_EQ(relay_.Stop(), 0);
  for (const std::string& shown : {check.output, relay_.Log()}) {
    EXPECT_EQ(shown.find(SecuredKafka::kPassword), std::string::npos) << shown;
  }
  EXPECT_NE(relay_.Log().find("sasl.password"), std::string::npos)
      << "librdkafka has not logged its settings, so the test checks nothing";
}

TEST_F(RelayWithSecuredKafka, CheckSaysThatTheCertificateIsNotTrusted) {
  relay_.extra_source = Properties({.ca_file = "/etc/ssl/certs"});
  ExpectCheckSays("certificate verify failed");
}

// Kafka 4 rejects the SCRAM messages of librdkafka before 2.6.1 as a wrong password.
TEST_F(RelayWithSecuredKafka, ScramWorksOrCheckSaysWhyItCannot) {
  relay_.extra_source = Properties({.mechanism = "SCRAM-SHA-512"});
  if (rd_kafka_version() < 0x020601ff) {
    ExpectCheckSays("needs librdkafka 2.6.1");
  } else {
    const Finished check = relay_.Command({"check"});
    EXPECT_EQ(check.status, 0) << check.output;
  }
}

TEST_F(RelayWithSecuredKafka, AWrongPasswordIsSaidAndTriedAgainAndNothingIsLost) {
  relay_.extra_source = Properties({.password = "open-sesame-0815"});
  ExpectCheckSays("Authentication failed");
  relay_.Start();
  relay_.Put("a", 5);
  EXPECT_TRUE(Eventually([&] { return TimesLogged("\"error\":\"_AUTHENTICATION\"") > 0; },
                         "the log to say so"));
  EXPECT_TRUE(Eventually([&] { return TimesLogged("Sending SASL PLAIN") >= 4; },
                         "more attempts to be logged"));
  EXPECT_TRUE(relay_.topics.ReadAll("orders.events").empty());
  EXPECT_EQ(TimesLogged("open-sesame"), 0);
  relay_.Kill();
  relay_.extra_source = Properties({});
  relay_.Start();
  relay_.ExpectInOrder("a", 5);
}

TEST_F(RelayWithSecuredKafka, ALoginThatIsRefusedWhileItRunsIsSaidUntilItIsAccepted) {
  const RelayEndpoint endpoint;
  RunUntilThePasswordIsRefused(endpoint);
  EXPECT_TRUE(endpoint.Shows("waybill_relay_stalled{source=\"orders\"} 1"));
  kafka_->ChangePassword(SecuredKafka::kPassword);
  relay_.ExpectInOrder("a", 10);
  EXPECT_TRUE(endpoint.BecomesReady());
}

TEST_F(RelayWithSecuredKafka, ItTakesItsNewPasswordWhileItRuns) {
  const RelayEndpoint endpoint;
  RunUntilThePasswordIsRefused(endpoint);
  relay_.folder.Write("password", std::string(kOtherPassword) + "\n");
  relay_.ExpectInOrder("a", 10);
  EXPECT_TRUE(endpoint.BecomesReady());
  EXPECT_EQ(TimesLogged("another-word"), 0);
  kafka_->ChangePassword(SecuredKafka::kPassword);
}

TEST_F(RelayWithSecuredKafka, RowsOfATopicThatMayNotBeWrittenAreParkedUntilItMay) {
  relay_.topics.Create({"readable", "hidden"});
  kafka_->Allow(relay_.topics.prefix() + "readable", RD_KAFKA_ACL_OPERATION_DESCRIBE);
  relay_.Start();
  relay_.Put("a", 2, "{}", "readable");
  relay_.Put("b", 2, "{}", "hidden");
  relay_.Put("a", 1, "{}", "readable");
  relay_.Put("good", 5);
  relay_.ExpectInOrder("good", 5);
  ASSERT_TRUE(Eventually([&] { return Parked().size() == 5; }, "five rows to be parked"));
  EXPECT_EQ(Parked(), (std::vector<std::vector<std::string>>{{"hidden", "b", "NOT_AUTHORISED"},
                                                             {"hidden", "b", "BEHIND"},
                                                             {"readable", "a", "NOT_AUTHORISED"},
                                                             {"readable", "a", "BEHIND"},
                                                             {"readable", "a", "BEHIND"}}));
  const std::string list = relay_.Command({"parked", "list"}).output;
  // A broker that is busy answers the request for the topic's metadata, or the record first.
  for (const std::string topic : {"readable", "hidden"}) {
    EXPECT_TRUE(list.find("TOPIC_AUTHORIZATION_FAILED") != std::string::npos ||
                list.find("not authorised for topic " + relay_.topics.prefix() + topic) !=
                    std::string::npos)
        << list;
  }
  ExpectCheckSays("hidden may not be described");

  kafka_->Allow(relay_.topics.prefix() + "readable", RD_KAFKA_ACL_OPERATION_WRITE);
  kafka_->Allow(relay_.topics.prefix() + "hidden", RD_KAFKA_ACL_OPERATION_WRITE);
  EXPECT_EQ(relay_.Command({"parked", "release", "--all"}).status, 0);
  relay_.Put("a", 1, "{}", "readable");
  relay_.Put("b", 1, "{}", "hidden");
  relay_.ExpectInOrder("a", 4, "readable");
  relay_.ExpectInOrder("b", 3, "hidden");
  ASSERT_TRUE(Eventually([&] { return Parked().empty(); }, "no row to be parked any more"));
}

TEST_F(RelayWithSecuredKafka, AConsumerTakesItsNewPasswordWhileItRuns) {
  const std::string& prefix = relay_.topics.prefix();
  kafka_->Allow(prefix, RD_KAFKA_ACL_OPERATION_READ);
  kafka_->Allow(prefix, RD_KAFKA_ACL_OPERATION_READ, RD_KAFKA_RESOURCE_GROUP);
  relay_.topics.Create({"read"});
  kafka::KafkaConfig config{.brokers = kafka_->secured_brokers(),
                            .topic_prefix = prefix,
                            .properties = {{"security.protocol", "SASL_SSL"},
                                           {"sasl.mechanism", "PLAIN"},
                                           {"sasl.username", "relay"},
                                           {"sasl.password", "the one before"},
                                           {"ssl.ca.location", kafka_->ca_file()}}};
  const auto consumer = kafka::Consumer::Create(config, prefix + "group", {prefix + "read"});
  ASSERT_TRUE(consumer.ok()) << consumer.status();
  const auto is_assigned = [&] {
    (*consumer)->Poll(absl::Milliseconds(100), 100);
    return !(*consumer)->Assigned().empty();
  };
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(is_assigned());
  config.properties["sasl.password"] = SecuredKafka::kPassword;
  ASSERT_TRUE((*consumer)->UseCredentials(config).ok());
  EXPECT_TRUE(Eventually(is_assigned, "the partitions of one who may read them"));
}

}  // namespace
}  // namespace waybill::test
