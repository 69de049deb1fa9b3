// The consumer engine through real Kafka.
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>

#include "absl/time/clock.h"
#include "platform/inbox/consumer_engine.h"
#include "platform/kafka/admin.h"
#include "platform/types/strings.h"
#include "tests/support/test_database.h"
#include "tests/support/test_topics.h"
#include "tests/support/wait.h"

namespace waybill::inbox {
namespace {

using test::Eventually;

class CountingHandler : public BatchHandler {
 public:
  std::vector<std::string> topics() const override { return {"orders.events"}; }
  bool Handles(const std::string& type) const override { return type == "known"; }
  absl::Status Handle(postgres::Transaction&,
                      absl::Span<const events::IncomingEvent> events) override {
    if (failing) {
      ++refused;
      return absl::InternalError("on request");
    }
    const std::lock_guard lock(mutex_);
    for (const events::IncomingEvent& event : events) {
      if (event.payload == held_payload) return absl::NotFoundError("on request");
      if (floods_ && event.key.starts_with("flood")) return absl::InternalError("on request");
    }
    for (const events::IncomingEvent& event : events) seen_.push_back(event.payload);
    largest_batch = std::max<std::size_t>(largest_batch, events.size());
    return absl::OkStatus();
  }
  std::vector<std::string> Seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
  }
  void Hold(const std::string& payload) {
    const std::lock_guard lock(mutex_);
    held_payload = payload;
  }

  // Events of keys "flood..." fail until it is over.
  void Flood(bool floods) {
    const std::lock_guard lock(mutex_);
    floods_ = floods;
  }

  std::atomic<bool> failing{false};
  std::atomic<int> refused{0};
  std::atomic<std::size_t> largest_batch{0};

 private:
  std::mutex mutex_;
  std::vector<std::string> seen_;
  std::string held_payload;
  bool floods_ = false;
};

class ConsumerTest : public ::testing::Test {
 protected:
  void SetUp() override { topics_.Create({"orders.events"}, 3); }

  ConsumerOptions Options() {
    return {.consumer = "inventory_svc",
            .dlq_topic = "inventory_svc.dlq",
            .kafka = topics_.config(),
            .inbox = {}};
  }

  test::Record Known(int n, const std::string& key = "k") {
    return {.topic = "orders.events",
            .key = key,
            .payload = std::to_string(n),
            .headers = {{"ce_id", EventId::New().ToString()}, {"ce_type", "known"}}};
  }

  test::Record OnOnePartition(int n) {
    test::Record record = Known(n, "k" + std::to_string(n));
    record.partition = 1;
    return record;
  }

  void HandleAll(std::size_t count);

  static ::testing::AssertionResult Shows(const metrics::Registry& registry,
                                          const std::string& line) {
    return Eventually([&] { return registry.Text().find(line) != std::string::npos; }, line);
  }

  test::TestDatabase db_{"inventory"};
  test::TestTopics topics_;
  postgres::Pool pool_{{.conninfo = db_.Conninfo("inventory_svc")}, "test"};
  CountingHandler handler_;
};

TEST_F(ConsumerTest, EveryRecordIsHandledOnceInOrderOfItsKeyOverRestarts) {
  std::vector<test::Record> records;
  for (int i = 0; i < 300; ++i) records.push_back(Known(i));
  topics_.Produce(records);
  {
    ConsumerEngine engine(Options(), pool_, handler_);
    ASSERT_TRUE(engine.Start().ok());
    ASSERT_TRUE(Eventually([&] { return handler_.Seen().size() == 300; }, "300 events"));
  }
  topics_.Produce({Known(300)});
  ConsumerEngine again(Options(), pool_, handler_);
  ASSERT_TRUE(again.Start().ok());
  ASSERT_TRUE(Eventually([&] { return handler_.Seen().size() == 301; }, "one more"));
  for (int i = 0; i <= 300; ++i) EXPECT_EQ(handler_.Seen()[i], std::to_string(i));
  EXPECT_GT(handler_.largest_batch, 1u);
}

TEST_F(ConsumerTest, AFailureThatPassesLosesNothingAndKeepsTheOrder) {
  handler_.failing = true;
  ConsumerEngine engine(Options(), pool_, handler_);
  ASSERT_TRUE(engine.Start().ok());
  std::vector<test::Record> records;
  for (int i = 0; i < 50; ++i) records.push_back(Known(i));
  topics_.Produce(records);
  EXPECT_TRUE(handler_.Seen().empty());
  handler_.failing = false;
  ASSERT_TRUE(Eventually([&] { return handler_.Seen().size() == 50; }, "50 events"));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(handler_.Seen()[i], std::to_string(i));
}

TEST_F(ConsumerTest, AnEventThatWaitsForItsRowHoldsUpNobodyElse) {
  handler_.Hold("0");
  ConsumerEngine engine(Options(), pool_, handler_);
  ASSERT_TRUE(engine.Start().ok());
  std::vector<test::Record> records = {Known(0, "waits"), Known(1, "waits")};
  for (int i = 2; i < 40; ++i) records.push_back(Known(i, "k" + std::to_string(i)));
  topics_.Produce(records);
  ASSERT_TRUE(Eventually([&] { return handler_.Seen().size() == 38; }, "all other keys"));
  handler_.Hold("");
  ASSERT_TRUE(Eventually([&] { return handler_.Seen().size() == 40; }, "the two that waited"));
  EXPECT_EQ(handler_.Seen()[38], "0");
  EXPECT_EQ(handler_.Seen()[39], "1");
}

TEST_F(ConsumerTest, AFloodOfEventsThatWaitHoldsNobodyElse) {
  handler_.Flood(true);
  ConsumerOptions options = Options();
  options.inbox.max_batch = 20;
  ConsumerEngine engine(options, pool_, handler_);
  ASSERT_TRUE(engine.Start().ok());
  // More than one batch waits, in one partition more than it may hold.
  std::vector<test::Record> flood;
  for (int i = 0; i < 60; ++i) {
    flood.push_back(Known(i, "flood" + std::to_string(i)));
    flood.back().partition = i < 45 ? 0 : 1;
  }
  topics_.Produce(flood);
  std::vector<test::Record> others;
  for (int i = 100; i < 120; ++i) {
    others.push_back(Known(i, "k" + std::to_string(i)));
    others.back().partition = i % 2 == 0 ? 1 : 2;
  }
  topics_.Produce(others);
  ASSERT_TRUE(Eventually([&] { return handler_.Seen().size() == 20; }, "all other orders",
                         absl::Seconds(60)));
  handler_.Flood(false);
  ASSERT_TRUE(
      Eventually([&] { return handler_.Seen().size() == 80; }, "the flood", absl::Seconds(60)));
}

TEST_F(ConsumerTest, WhatIsNoEventIsParkedAndThePartitionGoesOn) {
  ConsumerEngine engine(Options(), pool_, handler_);
  ASSERT_TRUE(engine.Start().ok());
  test::Record tombstone = Known(0);
  tombstone.payload.reset();
  tombstone.headers.clear();
  test::Record no_key = Known(1);
  no_key.key.reset();
  topics_.Produce({tombstone, no_key, Known(2)});
  ASSERT_TRUE(Eventually([&] { return handler_.Seen().size() == 2; }, "the two good ones"));
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM parked_events WHERE reason = 'INVALID'"), 1);
}

TEST_F(ConsumerTest, TwoMembersOfAGroupShareTheWorkAndASecondOneLosesNothing) {
  CountingHandler other_handler;
  ConsumerEngine engine(Options(), pool_, handler_);
  ASSERT_TRUE(engine.Start().ok());
  int n = 0;
  const auto produce = [&](int count) {
    std::vector<test::Record> records;
    for (int i = 0; i < count; ++i, ++n) records.push_back(Known(n, "k" + std::to_string(n)));
    topics_.Produce(records);
  };
  produce(100);
  {
    ConsumerEngine second(Options(), pool_, other_handler);
    ASSERT_TRUE(second.Start().ok());
    // The group is rebalanced while events keep coming, until the newcomer has its share.
    ASSERT_TRUE(Eventually(
        [&] {
          produce(20);
          return !other_handler.Seen().empty();
        },
        "the second member at work", absl::Seconds(60)));
  }
  produce(20);
  ASSERT_TRUE(Eventually(
      [&] {
        return handler_.Seen().size() + other_handler.Seen().size() == static_cast<std::size_t>(n);
      },
      "every event", absl::Seconds(60)));
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM inbox"), n);
}

TEST_F(ConsumerTest, APauseIsOverAfterARebalance) {
  handler_.failing = true;
  ConsumerOptions options = Options();
  options.inbox.max_batch = 2;
  ConsumerEngine engine(options, pool_, handler_);
  ASSERT_TRUE(engine.Start().ok());
  std::vector<test::Record> records;
  for (int i = 0; i < 30; ++i) records.push_back(Known(i, "k" + std::to_string(i)));
  topics_.Produce(records);
  // More than one batch fails: the engine takes no more, that is, it pauses.
  ASSERT_TRUE(Eventually([&] { return handler_.refused >= 8; }, "tried again and again"));
  CountingHandler other_handler;
  other_handler.failing = true;
  {
    ConsumerEngine second(options, pool_, other_handler);
    ASSERT_TRUE(second.Start().ok());
    ASSERT_TRUE(Eventually([&] { return other_handler.refused >= 2; }, "the second member at work",
                           absl::Seconds(60)));
  }
  handler_.failing = false;
  ASSERT_TRUE(
      Eventually([&] { return handler_.Seen().size() == 30; }, "all events", absl::Seconds(60)));
}

TEST_F(ConsumerTest, AKeyTooLongToBeIndexedIsParkedAlone) {
  ConsumerEngine engine(Options(), pool_, handler_);
  ASSERT_TRUE(engine.Start().ok());
  topics_.Produce({Known(0, std::string(5000, 'x')), Known(1)});
  ASSERT_TRUE(Eventually([&] { return handler_.Seen().size() == 1; }, "the good one"));
  ASSERT_TRUE(Eventually([&] { return db_.QueryInt("SELECT count(*) FROM parked_events") == 1; },
                         "the long key parked"));
}

TEST_F(ConsumerTest, ARetentionFoundTooShortAfterTheStartStopsReadingAndSaysSo) {
  test::TestTopics later;
  ConsumerOptions options = Options();
  options.kafka = later.config();
  options.inbox.retention = absl::Hours(24 * 8);
  ConsumerEngine engine(options, pool_, handler_);
  // There is no topic yet that could be kept too long.
  ASSERT_TRUE(engine.Start().ok());
  EXPECT_TRUE(engine.Refusal().ok());
  later.Create({"orders.events"}, 1);
  ASSERT_TRUE(Eventually([&] { return absl::IsInvalidArgument(engine.Refusal()); },
                         "the new topic refused", absl::Seconds(60)));
}

TEST_F(ConsumerTest, TheLagIsWhatIsNotDoneYetAlsoWhileNothingIsRead) {
  handler_.failing = true;
  ConsumerEngine engine(Options(), pool_, handler_);
  ASSERT_TRUE(engine.Start().ok());
  std::vector<test::Record> records;
  for (int i = 0; i < 50; ++i) records.push_back(Known(i));
  topics_.Produce(records);
  const auto lag = [&engine] {
    std::int64_t sum = 0;
    const auto lags = engine.MeasureLag(absl::Seconds(5));
    if (!lags.ok()) throw std::runtime_error(lags.status().ToString());
    for (const kafka::PartitionLag& one : *lags) {
      EXPECT_EQ(one.partition.topic, "orders.events");
      sum += one.records;
    }
    return sum;
  };
  ASSERT_TRUE(Eventually([&] { return lag() == 50; }, "a lag of 50"));
  handler_.failing = false;
  ASSERT_TRUE(Eventually([&] { return lag() == 0; }, "no lag", absl::Seconds(60)));
}

TEST_F(ConsumerTest, WhatBecomesOfEventsIsCounted) {
  metrics::Registry registry;
  ConsumerEngine engine(Options(), pool_, handler_, ConsumerMetrics(registry));
  ASSERT_TRUE(engine.Start().ok());
  const test::Record twice = Known(0);
  test::Record unknown = Known(1);
  unknown.headers = {{"ce_id", EventId::New().ToString()}, {"ce_type", "unknown"}};
  test::Record bad = Known(2, "poisoned");
  bad.headers = {{"ce_type", "known"}};
  topics_.Produce({twice, twice, unknown, bad});
  EXPECT_TRUE(Shows(registry, "waybill_consumer_events_total{outcome=\"applied\"} 1\n"));
  EXPECT_TRUE(Shows(registry, "waybill_consumer_parked_total{reason=\"INVALID\"} 1\n"));
  // A rebalance may bring all of them once more.
  for (const char* outcome : {"known", "skipped"}) {
    const std::string none = StrCat("waybill_consumer_events_total{outcome=\"", outcome, "\"} 0\n");
    EXPECT_TRUE(Eventually([&] { return registry.Text().find(none) == std::string::npos; }, none));
  }
}

// Starts an engine that handles `count` events and stops.
void ConsumerTest::HandleAll(std::size_t count) {
  ConsumerEngine engine(Options(), pool_, handler_);
  ASSERT_TRUE(engine.Start().ok());
  ASSERT_TRUE(Eventually([&] { return handler_.Seen().size() == count; }, "the events handled"));
}

TEST_F(ConsumerTest, RecordsThatExpiredWhileTheServiceWasDownAreCountedOnceAndLaterOnesAreRead) {
  topics_.Produce({OnOnePartition(0)});
  HandleAll(1);
  topics_.Produce({OnOnePartition(1), OnOnePartition(2)});
  topics_.DeleteRecords("orders.events");
  {
    metrics::Registry registry;
    ConsumerEngine engine(Options(), pool_, handler_, ConsumerMetrics(registry));
    ASSERT_TRUE(engine.Start().ok());
    ASSERT_TRUE(Shows(registry, "waybill_consumer_expired_records_total 2\n"));
    const auto is_behind = [&engine] {
      const auto lags = engine.MeasureLag(absl::Seconds(5));
      return !lags.ok() || lags->empty() ||
             std::ranges::any_of(*lags, [](const auto& lag) { return lag.records > 0; });
    };
    ASSERT_TRUE(Eventually([&] { return !is_behind(); }, "no lag"));
  }
  metrics::Registry registry;
  ConsumerEngine again(Options(), pool_, handler_, ConsumerMetrics(registry));
  ASSERT_TRUE(again.Start().ok());
  topics_.Produce({OnOnePartition(3)});
  ASSERT_TRUE(Eventually([&] { return handler_.Seen().size() == 2; }, "the event that came later"));
  EXPECT_EQ(handler_.Seen()[1], "3");
  EXPECT_TRUE(Shows(registry, "waybill_consumer_expired_records_total 0\n"));
}

TEST_F(ConsumerTest, RecordsOfAPartitionThatNothingWasReadOfExpireNoLessLoudly) {
  {
    ConsumerEngine engine(Options(), pool_, handler_);
    ASSERT_TRUE(engine.Start().ok());
    ASSERT_TRUE(Eventually(
        [&] {
          const auto lags = engine.MeasureLag(absl::Seconds(5));
          return lags.ok() && !lags->empty();
        },
        "partitions"));
  }
  topics_.Produce({OnOnePartition(0), OnOnePartition(1)});
  topics_.DeleteRecords("orders.events");
  metrics::Registry registry;
  ConsumerEngine again(Options(), pool_, handler_, ConsumerMetrics(registry));
  ASSERT_TRUE(again.Start().ok());
  EXPECT_TRUE(Shows(registry, "waybill_consumer_expired_records_total 2\n"));
}

TEST_F(ConsumerTest, ATopicThatWasMadeAnewIsReadFromItsBeginning) {
  topics_.Produce({OnOnePartition(0), OnOnePartition(1), OnOnePartition(2)});
  ConsumerEngine engine(Options(), pool_, handler_);
  ASSERT_TRUE(engine.Start().ok());
  ASSERT_TRUE(Eventually([&] { return handler_.Seen().size() == 3; }, "the events handled"));
  topics_.Delete("orders.events");
  topics_.Create({"orders.events"}, 3);
  topics_.Produce({OnOnePartition(3)});
  ASSERT_TRUE(
      Eventually([&] { return handler_.Seen().size() == 4; }, "the new event", absl::Seconds(90)));
}

TEST_F(ConsumerTest, PartitionsThatAreAddedAreReadFromTheirBeginning) {
  ConsumerEngine engine(Options(), pool_, handler_);
  ASSERT_TRUE(engine.Start().ok());
  topics_.Produce({OnOnePartition(0)});
  ASSERT_TRUE(Eventually([&] { return handler_.Seen().size() == 1; }, "the event handled"));
  topics_.Grow("orders.events", 7);
  std::vector<test::Record> records;
  for (int i = 0; i < 7; ++i) {
    records.push_back(Known(i, "k" + std::to_string(i)));
    records.back().partition = i;
  }
  topics_.Produce(records);
  ASSERT_TRUE(
      Eventually([&] { return handler_.Seen().size() == 8; }, "all events", absl::Seconds(90)));
}

TEST_F(ConsumerTest, ARetentionTooShortForTheTopicIsRefusedAtStart) {
  ConsumerOptions options = Options();
  options.inbox.retention = absl::Hours(24 * 8);
  ConsumerEngine engine(options, pool_, handler_);
  const absl::Status status = engine.Start();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
}

}  // namespace
}  // namespace waybill::inbox
