// The table that was bound stays the table that is read, whatever is done to its name.
#include <gtest/gtest.h>

#include "tests/integration/relay_numbered_rows.h"

namespace waybill::test {
namespace {

constexpr char kPublish[] =
    "ALTER PUBLICATION p ADD TABLE outbox; GRANT SELECT ON outbox TO outbox_relay;";

class RelayTable : public NumberedRows {};

TEST_F(RelayTable, RowsOfARenamedTableWaitAndComeOnceItHasItsNameAgain) {
  StartStreaming();
  Insert("outbox", 1, 3);
  ExpectPublished(3);
  outbox_.db.Exec("ALTER TABLE outbox RENAME TO outbox_v1");
  Insert("outbox_v1", 4, 23);
  EXPECT_TRUE(Logs(*relay_, "it was renamed to public.outbox_v1"));
  ExpectNotReady();
  outbox_.db.Exec("ALTER TABLE outbox_v1 RENAME TO outbox");
  ExpectPublished(23);
  Insert("outbox", 24, 24);
  ExpectPublished(24);
}

TEST_F(RelayTable, ARenameIsNoticedWithoutARow) {
  StartStreaming();
  outbox_.db.Exec("ALTER TABLE outbox RENAME TO outbox_v1");
  EXPECT_TRUE(Logs(*relay_, "it was renamed to public.outbox_v1"));
  ExpectNotReady();
}

TEST_F(RelayTable, RowsInsertedUnderAnotherNameThatNobodySawAreNotLost) {
  StartStreaming();
  for (int n = 1; n <= 15; n += 3) {
    Insert("outbox", n, n);
    outbox_.db.Exec("ALTER TABLE outbox RENAME TO outbox_v1");
    Insert("outbox_v1", n + 1, n + 2);
    outbox_.db.Exec("ALTER TABLE outbox_v1 RENAME TO outbox");
  }
  ExpectPublished(15);
}

TEST_F(RelayTable, RowsInsertedUnderAnotherNameWhileTheRelayWasDownAreNotLost) {
  StartStreaming();
  EXPECT_EQ(relay_->Terminate(), 0);
  Insert("outbox", 1, 2);
  outbox_.db.Exec("ALTER TABLE outbox RENAME TO outbox_v1");
  Insert("outbox_v1", 3, 4);
  outbox_.db.Exec("CREATE SCHEMA s; ALTER TABLE outbox_v1 SET SCHEMA s");
  Insert("s.outbox_v1", 5, 6);
  outbox_.db.Exec("ALTER TABLE s.outbox_v1 SET SCHEMA public");
  outbox_.db.Exec("ALTER TABLE outbox_v1 RENAME TO outbox");
  Start();
  ExpectPublished(6);
}

TEST_F(RelayTable, ARecreatedTableIsNoticedWhileIdleAndFollowedOnceItIsPublished) {
  StartStreaming();
  Insert("outbox", 1, 2);
  ExpectPublished(2);
  outbox_.db.Exec("CREATE TABLE made (LIKE outbox); DROP TABLE outbox");
  outbox_.db.Exec("ALTER TABLE made RENAME TO outbox");
  EXPECT_TRUE(Logs(*relay_, "doesn't have table"));
  ExpectNotReady();
  Insert("outbox", 3, 4);
  outbox_.db.Exec(kPublish);
  ExpectPublished(4);
  Insert("outbox", 5, 5);
  ExpectPublished(5);
}

TEST_F(RelayTable, ARecreatedTableThatIsPublishedAtOnceIsFollowedByItself) {
  outbox_.db.Exec("DROP PUBLICATION p; CREATE PUBLICATION p FOR ALL TABLES");
  StartStreaming();
  Insert("outbox", 1, 2);
  ExpectPublished(2);
  outbox_.db.Exec(
      "CREATE TABLE made (LIKE outbox); DROP TABLE outbox; ALTER TABLE made RENAME TO outbox;"
      "GRANT SELECT ON outbox TO outbox_relay");
  EXPECT_TRUE(Logs(*relay_, "another table has the outbox's name"));
  Insert("outbox", 3, 4);
  ExpectPublished(4);
}

// What waits in the log has no other copy once its table is dropped.
TEST_F(RelayTable, RowsOfADroppedTableArePublishedBeforeThoseOfTheNextTable) {
  StartStreaming();
  EXPECT_EQ(relay_->Terminate(), 0);
  Insert("outbox", 1, 5);
  outbox_.db.Exec(std::string("CREATE TABLE made (LIKE outbox); DROP TABLE outbox;"
                              "ALTER TABLE made RENAME TO outbox;") +
                  kPublish);
  Insert("outbox", 6, 8);
  Start();
  ExpectPublished(8);
}

TEST_F(RelayTable, RowsOfATableThatWasExchangedArePublishedBeforeThoseOfTheNextTable) {
  StartStreaming();
  EXPECT_EQ(relay_->Terminate(), 0);
  Insert("outbox", 1, 5);
  outbox_.db.Exec(
      std::string(
          "ALTER TABLE outbox RENAME TO outbox_old; CREATE TABLE outbox (LIKE outbox_old);") +
      kPublish);
  Insert("outbox", 6, 8);
  Start();
  ExpectPublished(8);
  Insert("outbox", 9, 9);
  ExpectPublished(9);
}

TEST_F(RelayTable, AnExchangeUnderLoadLosesNothing) {
  StartStreaming();
  for (int round = 0; round < 3; ++round) {
    Insert("outbox", 5 * round + 1, 5 * round + 5);
    outbox_.db.Exec("ALTER TABLE outbox RENAME TO outbox_" + std::to_string(round) +
                    "; CREATE TABLE outbox (LIKE outbox_" + std::to_string(round) + ");" +
                    kPublish);
  }
  ExpectPublished(15);
}

TEST_F(RelayTable, AnExchangedTableWhoseSlotIsGoneIsNotForgotten) {
  StartStreaming();
  EXPECT_EQ(relay_->Terminate(), 0);
  Insert("outbox", 1, 2);
  outbox_.db.DropSlots("slot FROM outbox_relay.checkpoints");
  outbox_.db.Exec(
      std::string(
          "ALTER TABLE outbox RENAME TO outbox_old; CREATE TABLE outbox (LIKE outbox_old);") +
      kPublish);
  Start();
  EXPECT_TRUE(Logs(*relay_, "rows of it may be unpublished"));
  outbox_.db.Exec(
      "ALTER TABLE outbox RENAME TO outbox_new; ALTER TABLE outbox_old RENAME TO outbox");
  ExpectPublished(2);
}

TEST_F(RelayTable, AnInheritingTableIsRefusedAtTheStartAndWhenItComes) {
  StartStreaming();
  outbox_.db.Exec("CREATE TABLE outbox_2026 () INHERITS (outbox)");
  EXPECT_TRUE(Logs(*relay_, "ALTER TABLE public.outbox_2026 NO INHERIT"));
  const Finished check = outbox_.Check();
  EXPECT_NE(check.status, 0);
  EXPECT_NE(check.output.find("table public.outbox_2026 inherits from"), std::string::npos)
      << check.output;
  Insert("outbox", 1, 1);
  outbox_.db.Exec("ALTER TABLE outbox_2026 NO INHERIT outbox");
  ExpectPublished(1);
}

// A partition of a table that isn't published.
constexpr char kPartition[] =
    "DROP TABLE outbox; CREATE TABLE events (id uuid, aggregatetype text, aggregateid text,"
    " type text, payload jsonb) PARTITION BY LIST (type);"
    "CREATE TABLE outbox PARTITION OF events DEFAULT; ALTER PUBLICATION p ADD TABLE outbox;"
    "GRANT SELECT ON outbox TO outbox_relay";

TEST_F(RelayTable, RowsThatCameUnderTheNameOfItsRootAreNotLost) {
  outbox_.db.Exec(kPartition);
  StartStreaming();
  Insert("events", 1, 2);
  ExpectPublished(2);
  outbox_.db.Exec("ALTER PUBLICATION p ADD TABLE events");
  Insert("events", 3, 4);
  EXPECT_TRUE(Logs(*relay_, "under the name of public.events"));
  outbox_.db.Exec("ALTER PUBLICATION p DROP TABLE events");
  Insert("events", 5, 6);
  ExpectPublished(6);
}

TEST_F(RelayTable, RowsThatCameUnderTheNameOfItsRootUnseenAreNotLost) {
  outbox_.db.Exec(kPartition);
  StartStreaming();
  Insert("outbox", 1, 2);
  ExpectPublished(2);
  relay_.reset();
  outbox_.db.Exec("ALTER PUBLICATION p ADD TABLE events");
  Insert("outbox", 3, 4);
  outbox_.db.Exec("ALTER PUBLICATION p DROP TABLE events");
  Insert("outbox", 5, 6);
  Start();
  ExpectAllPublished(6);
  EXPECT_TRUE(Logs(*relay_, "in the log under the name of"));
}

TEST_F(RelayTable, APartitionThatIsPublishedUnderItsRootsNameIsRefused) {
  outbox_.db.Exec(kPartition);
  outbox_.db.Exec("ALTER PUBLICATION p ADD TABLE events");
  Start();
  EXPECT_TRUE(Logs(*relay_, "under the name of public.events"));
  outbox_.db.Exec("ALTER PUBLICATION p DROP TABLE events");
  ASSERT_TRUE(Logs(*relay_, "\"the stream starts\""));
  Insert("outbox", 1, 2);
  ExpectPublished(2);
}

}  // namespace
}  // namespace waybill::test
