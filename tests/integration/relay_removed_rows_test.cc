// What is committed is published, though the table may no longer have it.
#include <gtest/gtest.h>

#include "tests/integration/relay_numbered_rows.h"

namespace waybill::test {
namespace {

// A table that could be caught up with by copy, were its rows kept.
class RelayRemovedRows : public NumberedRows {
 protected:
  void StopFarBehind(const std::string& clauses, const std::string& more) {
    Recreate(
        "(id uuid, aggregatetype text, aggregateid text, type text, payload jsonb,"
        " n bigint GENERATED ALWAYS AS IDENTITY, tx xid8 DEFAULT pg_current_xact_id())" +
        clauses + ";" + more);
    extra_ = "[limits]\ncatch_up_bytes = 1\n";
    extra_source_ += "columns.order = \"n\"\ncolumns.tx = \"tx\"\n";
    StartStreaming();
    EXPECT_EQ(relay_->Terminate(), 0);
    Insert("outbox", 1, 3);
  }
};

TEST_F(RelayRemovedRows, DeletedOnesAreStreamedHoweverFarBehindTheRelayIs) {
  StopFarBehind("", "SELECT");
  outbox_.db.Exec("DELETE FROM outbox");
  Insert("outbox", 4, 4);
  Start();
  ExpectPublished(4);
}

TEST_F(RelayRemovedRows, TruncatedOnesAreStreamedHoweverFarBehindTheRelayIs) {
  StopFarBehind("", "SELECT");
  outbox_.db.Exec("TRUNCATE outbox");
  Insert("outbox", 4, 4);
  Start();
  ExpectPublished(4);
}

TEST_F(RelayRemovedRows, ATableThatKeepsItsRowsIsCaughtUpWithByCopy) {
  extra_source_ = "rows_are_kept = true\n";
  StopFarBehind("", "SELECT");
  Start();
  EXPECT_TRUE(Logs(*relay_, "\"the catch-up by copy is complete\""));
  ExpectPublished(3);
}

TEST_F(RelayRemovedRows, RowsOfADetachedPartitionAreStreamedHoweverFarBehindTheRelayIs) {
  extra_source_ = "rows_are_kept = true\n";
  StopFarBehind(" PARTITION BY LIST (type)", "CREATE TABLE part PARTITION OF outbox DEFAULT");
  outbox_.db.Exec(
      "ALTER TABLE outbox DETACH PARTITION part; CREATE TABLE next PARTITION OF outbox DEFAULT");
  Insert("outbox", 4, 4);
  Start();
  ExpectPublished(4);
}

TEST_F(RelayRemovedRows, RowsOfADroppedPartitionArePublishedThoughThePublicationWasAlteredToo) {
  extra_source_ = "rows_are_kept = true\n";
  StopFarBehind(" PARTITION BY LIST (type)", "CREATE TABLE part PARTITION OF outbox DEFAULT");
  outbox_.db.Exec(
      "DROP TABLE part; CREATE TABLE next PARTITION OF outbox DEFAULT;"
      "ALTER PUBLICATION p SET (publish = 'insert, update')");
  Insert("outbox", 4, 4);
  Start();
  ExpectAllPublished(4);
}

// Deleting a row in the transaction that inserts it keeps an outbox empty.
TEST_F(RelayRemovedRows, OnesThatNobodyEverSawArePublished) {
  StartStreaming();
  for (int n = 1; n <= 3; ++n) {
    outbox_.db.Exec(
        "INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload) VALUES"
        " (gen_random_uuid(), 'Order', 'a', 'Changed', '{\"n\": " +
        std::to_string(n) + "}'); DELETE FROM outbox");
  }
  ExpectPublished(3);
}

}  // namespace
}  // namespace waybill::test
