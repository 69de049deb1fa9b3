// A relay takes no slot that it hasn't created, whoever has it and whatever it is called.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/relay_standard_outbox.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kStreams[] = "the stream starts";
using Rows = std::vector<std::vector<std::string>>;

class RelaySlots : public ::testing::Test {
 protected:
  // The names of the slots that begin with this test's database's name, without that.
  Rows Slots() {
    return outbox_.db.QueryRows("SELECT substr(slot_name, " + std::to_string(slot_.size() + 1) +
                                ") FROM pg_replication_slots WHERE slot_name LIKE '" + slot_ +
                                "%' ORDER BY 1");
  }
  void CreateSlot(const std::string& suffix, const std::string& plugin = "pgoutput") {
    outbox_.db.Exec("SELECT pg_create_logical_replication_slot('" + slot_ + suffix + "', '" +
                    plugin + "')");
  }
  std::string Config(const std::string& name, const std::string& slot) {
    return outbox_.Head() + outbox_.Source(name, slot);
  }
  // Starts a relay, expects that it says why it doesn't run, and that `check` says the same.
  void ExpectRefused(const std::string& config, const std::string& why) {
    const auto relay = outbox_.Run(config, "refused.log");
    EXPECT_TRUE(Logs(*relay, why));
    EXPECT_THAT(relay->Output(), Not(HasSubstr(kStreams)));
    EXPECT_THAT(outbox_.Check(config).output, HasSubstr(Unescaped(why)));
  }

  StandardOutbox outbox_;
  const std::string slot_ = outbox_.db.name();

 private:
  // The log is JSON.
  static std::string Unescaped(std::string text) {
    std::erase(text, '\\');
    return text;
  }
};

TEST_F(RelaySlots, ASlotOfSomebodyElseIsNamedAndNeverDropped) {
  CreateSlot("");
  CreateSlot("_2");
  for (const char* suffix : {"", "_2"}) {
    ExpectRefused(Config("app", slot_), slot_ + suffix + "\\\" has a name of this source's");
  }
  EXPECT_EQ(Slots(), (Rows{{""}, {"_2"}}));
  outbox_.Put("k");
  const auto relay = outbox_.Run(Config("app", slot_ + "_other"), "relay.log");
  outbox_.topics.ReadCount("outbox.event.Order", 1);
  EXPECT_EQ(Slots(), (Rows{{""}, {"_2"}, {"_other_1"}}));
}

TEST_F(RelaySlots, APhysicalSlotAndOneOfAnotherDatabaseAreSomebodyElses) {
  outbox_.db.Exec("SELECT pg_create_physical_replication_slot('" + slot_ + "_1')");
  ExpectRefused(Config("app", slot_), "is a physical one");
  outbox_.db.Exec("SELECT pg_drop_replication_slot('" + slot_ + "_1')");
  TestDatabase other("");
  other.Exec("SELECT pg_create_logical_replication_slot('" + slot_ + "_1', 'pgoutput')");
  ExpectRefused(Config("app", slot_), "belongs to database \\\"" + other.name());
}

TEST_F(RelaySlots, ASlotOfAnotherPluginIsNotOursEvenWhereOurRecordsNameIt) {
  outbox_.db.Exec("INSERT INTO outbox_relay.slots VALUES ('" + slot_ + "_1', 'app')");
  CreateSlot("_1", "test_decoding");
  ExpectRefused(Config("app", slot_), "plugin test_decoding");
  EXPECT_EQ(Slots(), (Rows{{"_1"}}));
}

TEST_F(RelaySlots, AnotherSourceWithTheSameSlotIsRefusedWhetherTheFirstRunsOrNot) {
  const auto first = outbox_.Run(Config("app", slot_), "first.log");
  ASSERT_TRUE(Logs(*first, kStreams));
  const auto second = outbox_.Run(Config("other", slot_), "second.log");
  EXPECT_TRUE(Logs(*second, "has the same slot"));
  EXPECT_THAT(outbox_.Check(Config("other", slot_)).output, HasSubstr("has the same slot"));
  EXPECT_THAT(second->Output(), AllOf(HasSubstr("outbox_relay app"), HasSubstr("other")));
  EXPECT_EQ(first->Terminate(), 0);
  EXPECT_TRUE(Logs(*second, "belongs to source \\\"app\\\""));
  EXPECT_EQ(second->Terminate(), 0);
  EXPECT_EQ(Slots(), (Rows{{"_1"}}));
}

TEST_F(RelaySlots, TheSameSourceWithAnotherSlotIsRefusedWhetherTheFirstRunsOrNot) {
  const auto first = outbox_.Run(Config("app", slot_), "first.log");
  ASSERT_TRUE(Logs(*first, kStreams));
  const auto second = outbox_.Run(Config("app", slot_ + "_other"), "second.log");
  EXPECT_TRUE(Logs(*second, "has the same source name with another slot"));
  EXPECT_EQ(first->Terminate(), 0);
  EXPECT_TRUE(Logs(*second, "by a configuration with another `slot`"));
  EXPECT_EQ(Slots(), (Rows{{"_1"}}));
  // What the message says to do when the slot is to be renamed.
  outbox_.db.Exec("SELECT pg_drop_replication_slot('" + slot_ + "_1')");
  EXPECT_TRUE(Logs(*second, kStreams));
}

TEST_F(RelaySlots, TwoSourcesOfOneProcessThatReachOneDatabaseByTwoNamesAreBothNamed) {
  std::string second = outbox_.Source("other", slot_);
  second.replace(second.find("user="), 5, " user=");
  const std::string config = outbox_.Head() + outbox_.Source("app", slot_) + second;
  EXPECT_THAT(outbox_.Check(config).output,
              HasSubstr("sources \"app\" and \"other\" have one slot"));
  const auto relay = outbox_.Run(config, "relay.log");
  EXPECT_TRUE(Logs(*relay, "has the same slot"));
  EXPECT_THAT(relay->Output(),
              AnyOf(HasSubstr("outbox_relay app"), HasSubstr("outbox_relay other")));
}

TEST_F(RelaySlots, TheSlotOfACutFirstStartIsDroppedAndItsRecordWithIt) {
  outbox_.Put("k", 3);
  outbox_.db.Exec("INSERT INTO outbox_relay.slots VALUES ('" + slot_ + "_1', 'app')");
  CreateSlot("_1");
  const auto relay = outbox_.Run();
  ASSERT_TRUE(Logs(*relay, kStreams));
  EXPECT_EQ(Slots(), (Rows{{"_2"}}));
  EXPECT_EQ(outbox_.db.QueryRows("SELECT slot, source FROM outbox_relay.slots"),
            (Rows{{slot_ + "_2", "app"}}));
}

}  // namespace
}  // namespace waybill::test
