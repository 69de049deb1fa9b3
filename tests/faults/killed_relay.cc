#include "tests/faults/killed_relay.h"

#include "tests/support/wait.h"

namespace waybill::test {

void KilledRelay::SetUp() {
  relay_.Start();
  writer_ = std::make_unique<Writer>(relay_, 1, 7);
  AwaitPublished(100);
  ASSERT_TRUE(Eventually(
      [&] {
        return relay_.db.QueryInt(
                   "SELECT (horizon::text::bigint > 0)::int"
                   " FROM outbox_relay.checkpoints") == 1;
      },
      "a checkpoint"));
  relay_.Kill();
  ASSERT_TRUE(Eventually(
      [&] {
        return relay_.db.QueryInt(
                   "SELECT count(*) FROM pg_replication_slots WHERE active AND"
                   " database = current_database()") == 0;
      },
      "the slot to be free"));
}

std::string KilledRelay::Slot() {
  return relay_.db.QueryText("SELECT slot FROM outbox_relay.checkpoints");
}

void KilledRelay::AwaitPublished(int more) {
  relay_.topics.ReadCount("orders.events", relay_.topics.ReadAll("orders.events").size() +
                                               static_cast<std::size_t>(more));
}

void KilledRelay::ExpectHealed() {
  AwaitPublished(100);
  for (const auto& [key, count] : writer_->Stop()) relay_.ExpectInOrder(key, count);
  EXPECT_EQ(relay_.db.QueryRows("SELECT slot_name FROM pg_replication_slots WHERE database ="
                                " current_database()"),
            (std::vector<std::vector<std::string>>{{Slot()}}));
}

}  // namespace waybill::test
