// What is discarded or parked is one row, not every row that will ever have its name.
#include <gtest/gtest.h>

#include "tests/integration/plain_outbox.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

constexpr char kColumns[] =
    "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, aggregatetype text, aggregateid text,"
    " payload text";

class RelayParkedIdentity : public ::testing::Test {
 protected:
  // Of a row that the stream brings the transaction is known.
  void SetUp() override {
    relay_.Start();
    ASSERT_TRUE(relay_.Logs("the stream starts"));
  }

  void Put(const std::string& type, const std::string& key, const std::string& payload = "same") {
    relay_.db.Exec("INSERT INTO outbox (aggregatetype, aggregateid, payload) VALUES ('" + type +
                   "', '" + key + "', '" + payload + "')");
  }
  ::testing::AssertionResult Parked(int rows) {
    return Eventually(
        [&] {
          return relay_.db.QueryInt(
                     "SELECT count(*) FROM outbox_relay.parked_rows WHERE"
                     " discarded_at IS NULL") == rows;
        },
        std::to_string(rows) + " parked rows");
  }
  void DiscardFirst() {
    const std::string id =
        relay_.db.QueryText("SELECT min(id)::text FROM outbox_relay.parked_rows");
    EXPECT_EQ(relay_.Command({"parked", "discard", "--row", id}).status, 0);
  }
  // The next row has the name of the first one.
  void StartNumberingAnew() { relay_.db.Exec("TRUNCATE outbox RESTART IDENTITY"); }
  // The slot is lost: everything that is retained is published from the table.
  void LoseSlotAndRestart() {
    relay_.Kill();
    WaitUntil(
        [&] {
          relay_.db.Exec(
              "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database "
              "="
              " current_database()");
          return true;
        },
        "the slot to be dropped");
    relay_.Start();
  }

  PlainOutbox relay_{kColumns};
};

TEST_F(RelayParkedIdentity, ARowWithTheNameOfADiscardedOneIsPublished) {
  Put("Late", "k");
  ASSERT_TRUE(Parked(1));
  DiscardFirst();
  relay_.topics.Create({"outbox.event.Late"}, 1);
  relay_.Kill();
  StartNumberingAnew();
  relay_.Start();
  Put("Late", "k");
  Put("Order", "good");
  EXPECT_EQ(relay_.topics.ReadCount("outbox.event.Late", 1)[0].Header("id"), "1");
  relay_.Read(1);
}

TEST_F(RelayParkedIdentity, ARowWithTheNameOfAParkedOneIsParkedBehindIt) {
  Put("Late", "k", "first");
  ASSERT_TRUE(Parked(1));
  StartNumberingAnew();
  Put("Late", "k", "first");
  StartNumberingAnew();
  Put("Late", "k", "third");
  ASSERT_TRUE(Parked(3));
  relay_.topics.Create({"outbox.event.Late"}, 1);
  const std::vector<Record> records = relay_.topics.ReadCount("outbox.event.Late", 3);
  EXPECT_EQ(records[0].payload, "first");
  EXPECT_EQ(records[1].payload, "first");
  EXPECT_EQ(records[2].payload, "third");
}

TEST_F(RelayParkedIdentity, ADiscardedRowIsNotPublishedWhenTheTableIsAndAnotherOfItsNameIs) {
  Put("Order", "large", std::string(1'200'000, 'x'));
  Put("Order", "good", "before");
  ASSERT_TRUE(Parked(1));
  relay_.Read(1);
  DiscardFirst();
  LoseSlotAndRestart();
  Put("Order", "good", "after");
  for (const Record& record : relay_.Read(3)) EXPECT_EQ(record.key, "good");
  relay_.Kill();
  StartNumberingAnew();
  Put("Order", "large", "small by now");
  LoseSlotAndRestart();
  EXPECT_EQ(relay_.Read(4)[3].payload, "small by now");
}

TEST_F(RelayParkedIdentity, ARowThatComesAgainIsParkedOnce) {
  Put("Order", "large", std::string(1'200'000, 'x'));
  Put("Order", "large", "behind");
  ASSERT_TRUE(Parked(2));
  LoseSlotAndRestart();
  Put("Order", "good");
  relay_.Read(1);
  EXPECT_TRUE(Parked(2));
}

}  // namespace
}  // namespace waybill::test
