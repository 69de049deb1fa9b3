// Records that no service can process, on every partition of every topic.
#include <gtest/gtest.h>

#include "platform/events/topics.h"
#include "platform/types/uuid.h"
#include "tests/e2e/books.h"
#include "tests/e2e/event_record.h"
#include "tests/e2e/shop.h"
#include "tests/support/wait.h"
#include "waybill/events/v1/events.pb.h"

namespace waybill::e2e {
namespace {

namespace events_v1 = ::waybill::events::v1;

constexpr int kPartitions = 6;

// A topic, an event on it that several services handle, and those services' databases.
struct Poisoned {
  std::string topic;
  const google::protobuf::Message* message;
  std::vector<std::string> databases;
};

class PoisonTest : public ::testing::Test {
 protected:
  PoisonTest() {
    shop_.Stock("tea", 790, 1000);
    cancelled_.set_order_id(kOrder);
    processed_.set_order_id(kOrder);
    processed_.set_payment_status("confirmed");
    updated_.set_order_id(kOrder);
    updated_.set_status("items reserved");
  }

  std::vector<Poisoned> Topics() const {
    return {{events::kOrdersTopic, &cancelled_, {"payments", "inventory", "notifications"}},
            {events::kPaymentsTopic, &processed_, {"orders", "inventory"}},
            {events::kInventoryTopic, &updated_, {"orders", "payments"}}};
  }

  // Writes such a record to each partition, each under a key of its own.
  void Write(const Poisoned& where, const std::function<void(test::Record&)>& spoil) {
    std::vector<test::Record> records;
    for (int partition = 0; partition < kPartitions; ++partition) {
      test::Record record = EventRecord(where.topic, OrderId::New().ToString(), 1, *where.message);
      record.partition = partition;
      spoil(record);
      records.push_back(std::move(record));
    }
    system_.topics().Produce(records, 2'000'000);
  }

  std::int64_t Parked(const std::string& database) {
    return system_.Db(database).QueryInt("SELECT count(*) FROM parked_events");
  }

  // Every consumer of every topic parks `each` records per partition, and no more.
  void ExpectParked(int each) {
    std::map<std::string, std::int64_t> expected;
    for (const Poisoned& topic : Topics()) {
      for (const std::string& database : topic.databases) expected[database] += each * kPartitions;
    }
    for (const auto& [database, count] : expected) {
      EXPECT_TRUE(test::Eventually([&, count = count] { return Parked(database) == count; },
                                   std::to_string(count) + " parked events in " + database))
          << Parked(database);
    }
  }

  // Places orders that use every partition.
  void ExpectThePartitionsGoOn() {
    std::vector<Purchase> purchases(40, Purchase{.items = {{"tea", 1}}});
    for (Purchase& purchase : purchases) purchase.request_id = NewRequestId();
    for (const orders_v1::Order& order : shop_.PlaceAll(purchases)) {
      EXPECT_EQ(shop_.WaitFor(order.order_id(), orders_v1::ORDER_STATE_CONFIRMED).order_id(),
                order.order_id());
    }
    EXPECT_TRUE(BooksAgree(system_, absl::Seconds(60), Strangers::kOnTopics));
  }

  static constexpr char kOrder[] = "01941f29-7c00-7000-8000-000000000001";

  System system_;
  Shop shop_{system_};
  events_v1::OrderCancelled cancelled_;
  events_v1::PaymentProcessed processed_;
  events_v1::InventoryUpdated updated_;
};

void SetHeader(test::Record& record, const std::string& name, const std::string& value) {
  for (auto& [header, old] : record.headers) {
    if (header == name) old = value;
  }
}

TEST_F(PoisonTest, WhatCannotBeReadIsParkedAndThePartitionGoesOn) {
  const std::vector<std::function<void(test::Record&)>> spoilers = {
      [](test::Record& record) { record.payload = "not JSON"; },
      [](test::Record& record) { record.payload = ""; },
      [](test::Record& record) { record.payload = std::nullopt; },
      [](test::Record& record) { record.payload = "[1, 2, 3]"; },
      [](test::Record& record) { record.payload = std::string("\xff\xfe\x00{", 4); },
      // The body is that of another event type.
      [](test::Record& record) { record.payload = R"({"event":"StockReleased","orderId":"x"})"; },
      // The fields have other types than in the schema.
      [](test::Record& record) {
        record.payload->replace(record.payload->find("\"orderId\":"), 10,
                                "\"orderId\":[7],\"was\":");
      },
      // The order id is not a UUID, or is not the record's key.
      [](test::Record& record) {
        record.payload->replace(record.payload->find(kOrder), 36, "not-a-uuid");
      },
      [](test::Record&) {},
      // A megabyte without meaning.
      [](test::Record& record) { record.payload = std::string(1'000'000, 'x'); },
  };
  for (const Poisoned& topic : Topics()) {
    for (const auto& spoil : spoilers) Write(topic, spoil);
  }
  ExpectParked(static_cast<int>(spoilers.size()));
  ExpectThePartitionsGoOn();

  for (const char* database : {"orders", "payments", "inventory", "notifications"}) {
    EXPECT_EQ(system_.Db(database).QueryInt(
                  "SELECT count(*) FROM parked_events WHERE reason <> 'INVALID' OR error = ''"),
              0)
        << database;
  }
}

TEST_F(PoisonTest, WithoutEnvelopeItIsParkedAlone) {
  const std::vector<std::function<void(test::Record&)>> spoilers = {
      [](test::Record& record) { record.headers.clear(); },
      [](test::Record& record) { SetHeader(record, "ce_id", "not-a-uuid"); },
      [](test::Record& record) {
        record.headers.clear();
        record.key.reset();
        record.payload = "\x01\x02";
      },
  };
  for (const Poisoned& topic : Topics()) {
    for (const auto& spoil : spoilers) Write(topic, spoil);
  }
  ExpectParked(static_cast<int>(spoilers.size()));
  ExpectThePartitionsGoOn();
  for (const char* database : {"orders", "payments", "inventory", "notifications"}) {
    EXPECT_EQ(system_.Db(database).QueryInt("SELECT count(*) FROM parked_keys"), 0) << database;
  }
}

TEST_F(PoisonTest, WhatIsNotForUsIsPassedOver) {
  for (const Poisoned& topic : Topics()) {
    Write(topic, [](test::Record& record) {
      SetHeader(record, "ce_type", "waybill.events.v2.SomethingNew");
      record.payload = "anything at all";
    });
  }
  ExpectThePartitionsGoOn();
  for (const char* database : {"orders", "payments", "inventory", "notifications"}) {
    EXPECT_EQ(Parked(database), 0) << database;
  }
}

TEST_F(PoisonTest, CopiesOfParkedEventsComeToTheDeadLetterTopics) {
  for (const Poisoned& topic : Topics()) {
    Write(topic, [](test::Record& record) { record.payload = "not JSON"; });
  }
  ExpectParked(1);
  const std::vector<std::pair<std::string, std::size_t>> copies = {
      {events::kOrderDlqTopic, 12},
      {events::kPaymentDlqTopic, 12},
      {events::kInventoryDlqTopic, 12},
      {events::kNotificationDlqTopic, 6}};
  for (const auto& [topic, count] : copies) {
    const std::vector<test::Record> records = system_.topics().ReadCount(topic, count);
    EXPECT_EQ(records.size(), count) << topic;
    for (const test::Record& record : records) EXPECT_EQ(record.payload, "not JSON") << topic;
  }
}

TEST_F(PoisonTest, AParkedEventHoldsBackItsOrderAndNoOther) {
  Sandbox(system_).OrderFault("late", "authorize", absl::Seconds(1));
  const std::string id = shop_.Place({.items = {{"tea", 1}}}).order_id();
  test::Record bad = EventRecord(events::kPaymentsTopic, id, 1, processed_);
  bad.payload = "not JSON";
  system_.topics().Produce({bad});

  const std::string reasons =
      "SELECT string_agg(reason, ' ' ORDER BY id) FROM parked_events WHERE convert_from(key, "
      "'UTF8') = '" +
      id + "'";
  for (const char* database : {"orders", "inventory"}) {
    EXPECT_TRUE(test::Eventually(
        [&] { return system_.Db(database).QueryText(reasons) == "INVALID BEHIND"; },
        std::string("two events of the order to be parked in ") + database));
  }
  const std::string other = shop_.Place({.items = {{"tea", 1}}}).order_id();
  shop_.WaitFor(other, orders_v1::ORDER_STATE_CONFIRMED);
  EXPECT_EQ(shop_.Get(id).state(), orders_v1::ORDER_STATE_PLACED);
}

}  // namespace
}  // namespace waybill::e2e
