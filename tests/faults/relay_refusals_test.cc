// What Kafka refuses of every record, or may refuse of a record that fits, parks nothing.
#include <gtest/gtest.h>

#include <string>

#include "tests/integration/relay_harness.h"
#include "tests/support/mock_kafka.h"
#include "tests/support/settable_clock.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

constexpr char kTwoMegabytes[] =
    "INSERT INTO outbox (event_id, topic, key, sequence, payload) SELECT gen_random_uuid(),"
    " 'orders.events', 'large', 1, convert_to(";

std::int64_t ParkedRows(RelayHarness& relay) {
  return relay.db.QueryInt("SELECT count(*) FROM outbox_relay.parked_rows");
}

::testing::AssertionResult Logs(const RelayHarness& relay, const std::string& text) {
  return Eventually([&] { return relay.Log().find(text) != std::string::npos; }, "log: " + text);
}

class RelayWithCompression : public ::testing::Test {
 protected:
  void SetUp() override {
    relay_.extra_source =
        "[kafka.properties]\n\"compression.codec\" = \"lz4\"\n\"message.max.bytes\" ="
        " \"10000000\"\n";
    relay_.Start();
  }

  RelayHarness relay_;
};

TEST_F(RelayWithCompression, ARecordThatFitsOnceItIsCompressedIsPublishedInOrder) {
  relay_.Put("large", 2);
  relay_.Put("large", 1, std::string(2'000'000, 'x'));
  relay_.Put("large", 2);
  relay_.ExpectInOrder("large", 5);
  EXPECT_EQ(ParkedRows(relay_), 0);
}

TEST_F(RelayWithCompression, ARecordThatDoesNotIsParkedOnTheBrokersWordAndOthersGoOn) {
  relay_.db.Exec(std::string(kTwoMegabytes) +
                 "(SELECT string_agg(md5(i::text), '') FROM generate_series(1, 130000) i),"
                 " 'UTF8')");
  relay_.Put("good", 3);
  relay_.ExpectInOrder("good", 3);
  ASSERT_TRUE(Eventually([&] { return ParkedRows(relay_) == 1; }, "a parked row"));
  const std::string error =
      relay_.db.QueryText("SELECT reason || ': ' || error FROM outbox_relay.parked_rows");
  EXPECT_NE(error.find("TOO_LARGE: MSG_SIZE_TOO_LARGE"), std::string::npos) << error;
  EXPECT_NE(error.find("before compression; the limit is"), std::string::npos) << error;
}

TEST_F(RelayWithCompression, ReleasedRowsBehindOneThatIsStillTooLargeDoNotOvertakeIt) {
  relay_.Put("k", 1, std::string(11'000'000, 'x'));
  relay_.Put("k", 2);
  ASSERT_TRUE(Eventually([&] { return ParkedRows(relay_) == 3; }, "three parked rows"));
  EXPECT_EQ(relay_.Command({"parked", "release", "--all"}).status, 0);
  ASSERT_TRUE(Logs(relay_, "the release of the key stops"));
  relay_.Put("good");
  relay_.ExpectInOrder("good", 1);
  EXPECT_EQ(SequencesOf(relay_.topics.ReadAll("orders.events"), "k"), 0);
  EXPECT_TRUE(relay_.topics.ReadCount("orders.events", 1).size() == 1);
}

// The broker takes no record from the future, whichever it is.
TEST(RelayClockAhead, AClockThatIsAheadParksNothingAndRowsArriveOnceItIsRight) {
  if (!SettableClock::IsSupported()) GTEST_SKIP() << "the sanitizers need the real clock";
  RelayHarness relay;
  SettableClock clock;
  clock.Set(absl::Hours(2));
  relay.env = clock.env();
  relay.Start();
  relay.Put("a", 5);
  relay.Put("b", 5);
  ASSERT_TRUE(Logs(relay, "INVALID_TIMESTAMP"));
  ASSERT_TRUE(Logs(relay, "the outbox source failed and will be retried"));
  EXPECT_EQ(ParkedRows(relay), 0);
  EXPECT_TRUE(relay.topics.ReadAll("orders.events").empty());
  clock.Set(absl::ZeroDuration());
  relay.ExpectInOrder("a", 5);
  relay.ExpectInOrder("b", 5);
  EXPECT_EQ(ParkedRows(relay), 0);
}

// A trial on its own meets the clock, too.
TEST(RelayClockAhead, ALargeRecordIsNotParkedForTheClock) {
  if (!SettableClock::IsSupported()) GTEST_SKIP() << "the sanitizers need the real clock";
  RelayHarness relay;
  SettableClock clock;
  clock.Set(absl::Hours(2));
  relay.env = clock.env();
  relay.extra_source =
      "[kafka.properties]\n\"compression.codec\" = \"lz4\"\n\"message.max.bytes\" = \"10000000\"\n";
  relay.Start();
  relay.Put("large", 1, std::string(2'000'000, 'x'));
  ASSERT_TRUE(Logs(relay, "for now: INVALID_TIMESTAMP"));
  clock.Set(absl::ZeroDuration());
  relay.ExpectInOrder("large", 1);
  EXPECT_EQ(ParkedRows(relay), 0);
}

TEST(RelayRefusals, ErrorsThatAreNoRecordsFaultParkNothingAndAreRetried) {
  MockKafka kafka(1);
  RelayHarness relay;
  kafka.CreateTopic(relay.topics.prefix() + "orders.events", 1);
  const TestTopics published(kafka.stack(), relay.topics.prefix());
  relay.extra_source = "[kafka.properties]\n\"bootstrap.servers\" = \"" + kafka.brokers() + "\"\n";
  relay.Start();
  int count = 0;
  for (const rd_kafka_resp_err_t error :
       {RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
        RD_KAFKA_RESP_ERR_POLICY_VIOLATION, RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION,
        RD_KAFKA_RESP_ERR_UNSUPPORTED_COMPRESSION_TYPE, RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED,
        RD_KAFKA_RESP_ERR_INVALID_REQUIRED_ACKS, RD_KAFKA_RESP_ERR_INVALID_REQUEST,
        RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
        RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND}) {
    kafka.FailNext(kProduceRequest, error);
    relay.Put("a");
    ++count;
    const std::vector<Record> records = published.ReadUntil(
        "orders.events",
        [count](const std::vector<Record>& sofar) { return SequencesOf(sofar, "a") >= count; },
        std::string("the row after ") + rd_kafka_err2name(error));
    EXPECT_TRUE(FirstOccurrencesAreInOrder(records));
  }
  EXPECT_EQ(ParkedRows(relay), 0);
}

}  // namespace
}  // namespace waybill::test
