// Whatever keeps rows out of the log is noticed, and healed once it is gone.
#include <gtest/gtest.h>

#include "tests/integration/relay_numbered_rows.h"

namespace waybill::test {
namespace {

constexpr char kColumns[] =
    "(id uuid, aggregatetype text, aggregateid text, type text, payload jsonb)";

class RelayPublication : public NumberedRows {
 protected:
  // `break_it` while the relay streams and is idle; rows that come then, and rows that come after
  // `mend_it`, have to be published in order, without a further row.
  void ExpectNoticedAndHealed(const std::string& break_it, const std::string& said,
                              const std::string& mend_it) {
    StartStreaming();
    Insert("outbox", 1, 2);
    ExpectPublished(2);
    outbox_.db.Exec(break_it);
    EXPECT_TRUE(Logs(*relay_, said));
    ExpectNotReady();
    Insert("outbox", 3, 4);
    outbox_.db.Exec(mend_it);
    ExpectPublished(4);
    Insert("outbox", 5, 5);
    ExpectPublished(5);
  }
};

TEST_F(RelayPublication, AWhereClauseIsNoticedWhileIdle) {
  ExpectNoticedAndHealed("ALTER PUBLICATION p SET TABLE outbox WHERE (type = 'x')",
                         "has a WHERE clause", "ALTER PUBLICATION p SET TABLE outbox");
}

TEST_F(RelayPublication, InsertsThatAreNoLongerPublishedAreNoticedWhileIdle) {
  ExpectNoticedAndHealed("ALTER PUBLICATION p SET (publish = 'update')", "doesn't publish inserts",
                         "ALTER PUBLICATION p SET (publish = 'insert')");
}

TEST_F(RelayPublication, ATableThatLeavesThePublicationIsNoticedWhileIdle) {
  ExpectNoticedAndHealed("ALTER PUBLICATION p DROP TABLE outbox", "doesn't have table",
                         "ALTER PUBLICATION p ADD TABLE outbox");
}

TEST_F(RelayPublication, ADroppedPublicationIsNoticedWhileIdle) {
  ExpectNoticedAndHealed("DROP PUBLICATION p", "there is no publication",
                         "CREATE PUBLICATION p FOR TABLE outbox");
}

TEST_F(RelayPublication, PartitionsPublishedUnderTheirOwnNamesAreNoticedWhileIdle) {
  Recreate(std::string(kColumns) + " PARTITION BY LIST (type)");
  outbox_.db.Exec("CREATE TABLE part PARTITION OF outbox DEFAULT");
  ExpectNoticedAndHealed("ALTER PUBLICATION p SET (publish_via_partition_root = false)",
                         "under their own names",
                         "ALTER PUBLICATION p SET (publish_via_partition_root = true)");
}

// Nobody looks while the rows are skipped.
TEST_F(RelayPublication, RowsThatWereSkippedBetweenTwoLooksAreNotLost) {
  StartStreaming();
  Insert("outbox", 1, 2);
  outbox_.db.Exec("ALTER PUBLICATION p SET (publish = 'update')");
  Insert("outbox", 3, 4);
  outbox_.db.Exec("ALTER PUBLICATION p SET (publish = 'insert')");
  ExpectPublished(4);
}

// The log has rows that the table no longer has.
TEST_F(RelayPublication, RowsThatWereDeletedAreTakenFromTheLogWhenThePublicationIsAltered) {
  StartStreaming();
  EXPECT_EQ(relay_->Terminate(), 0);
  Insert("outbox", 1, 3);
  outbox_.db.Exec("TRUNCATE outbox");
  outbox_.db.Exec("ALTER PUBLICATION p SET (publish = 'insert, update')");
  Insert("outbox", 4, 4);
  Start();
  ExpectAllPublished(4);
}

TEST_F(RelayPublication, RowsThatWereDeletedAreTakenFromTheLogUpToWhereThePublicationWasDropped) {
  StartStreaming();
  EXPECT_EQ(relay_->Terminate(), 0);
  Insert("outbox", 1, 3);
  outbox_.db.Exec("DELETE FROM outbox; DROP PUBLICATION p");
  Insert("outbox", 4, 4);
  outbox_.db.Exec("CREATE PUBLICATION p FOR TABLE outbox");
  Insert("outbox", 5, 5);
  Start();
  ExpectAllPublished(5);
}

TEST_F(RelayPublication, TablesInASchemaArePublished) {
  outbox_.db.Exec("DROP PUBLICATION p; CREATE PUBLICATION p FOR TABLES IN SCHEMA public");
  const Finished check = outbox_.Check();
  EXPECT_NE(check.output.find("is published by p"), std::string::npos) << check.output;
  StartStreaming();
  Insert("outbox", 1, 2);
  ExpectPublished(2);
}

TEST_F(RelayPublication, ATableThatLeavesThePublishedSchemaIsNoticedWhileIdle) {
  outbox_.db.Exec(
      "DROP PUBLICATION p; CREATE PUBLICATION p FOR TABLES IN SCHEMA public; CREATE SCHEMA s");
  StartStreaming();
  Insert("outbox", 1, 2);
  ExpectPublished(2);
  outbox_.db.Exec("ALTER TABLE outbox SET SCHEMA s");
  EXPECT_TRUE(Logs(*relay_, "it was renamed to s.outbox"));
  ExpectNotReady();
  Insert("s.outbox", 3, 4);
  outbox_.db.Exec("ALTER TABLE s.outbox SET SCHEMA public");
  ExpectPublished(4);
}

TEST_F(RelayPublication, ATableThatLeftThePublishedSchemaWhileTheRelayWasDownHeals) {
  outbox_.db.Exec(
      "DROP PUBLICATION p; CREATE PUBLICATION p FOR TABLES IN SCHEMA public; CREATE SCHEMA s");
  StartStreaming();
  EXPECT_EQ(relay_->Terminate(), 0);
  outbox_.db.Exec("ALTER TABLE outbox SET SCHEMA s");
  Insert("s.outbox", 1, 2);
  outbox_.db.Exec("ALTER TABLE s.outbox SET SCHEMA public");
  Insert("outbox", 3, 3);
  Start();
  ExpectPublished(3);
}

TEST_F(RelayPublication, AnUnloggedTableIsRefusedAndItsRowsComeOnceItIsLogged) {
  outbox_.db.Exec("DROP PUBLICATION p; CREATE PUBLICATION p FOR ALL TABLES");
  ExpectNoticedAndHealed("ALTER TABLE outbox SET UNLOGGED", "is unlogged",
                         "ALTER TABLE outbox SET LOGGED");
  EXPECT_EQ(relay_->Terminate(), 0);
  outbox_.db.Exec("ALTER TABLE outbox SET UNLOGGED");
  Insert("outbox", 6, 7);
  outbox_.db.Exec("ALTER TABLE outbox SET LOGGED");
  Start();
  ExpectPublished(7);
}

TEST_F(RelayPublication, AnUnloggedPartitionIsRefusedAndItsRowsComeOnceItIsLogged) {
  Recreate(std::string(kColumns) + " PARTITION BY LIST (type)");
  outbox_.db.Exec("CREATE TABLE part PARTITION OF outbox DEFAULT");
  ExpectNoticedAndHealed("ALTER TABLE part SET UNLOGGED", "partition public.part is unlogged",
                         "ALTER TABLE part SET LOGGED");
  EXPECT_EQ(relay_->Terminate(), 0);
  outbox_.db.Exec("ALTER TABLE part SET UNLOGGED");
  Insert("outbox", 6, 7);
  outbox_.db.Exec("ALTER TABLE part SET LOGGED");
  Start();
  ExpectPublished(7);
}

TEST_F(RelayPublication, AForeignPartitionIsRefused) {
  Recreate(std::string(kColumns) + " PARTITION BY LIST (type)");
  outbox_.db.Exec(
      "CREATE TABLE part PARTITION OF outbox DEFAULT; CREATE FOREIGN DATA WRAPPER w;"
      "CREATE SERVER there FOREIGN DATA WRAPPER w");
  StartStreaming();
  outbox_.db.Exec(
      "CREATE FOREIGN TABLE far PARTITION OF outbox FOR VALUES IN ('Far') SERVER there");
  EXPECT_TRUE(Logs(*relay_, "partition public.far is a foreign table"));
  ExpectNotReady();
  outbox_.db.Exec("ALTER TABLE outbox DETACH PARTITION far");
  Insert("outbox", 1, 1);
  ExpectPublished(1);
}

}  // namespace
}  // namespace waybill::test
