// A dump that was restored into another PostgreSQL cluster has rows with transaction numbers of the
// former one.
#include <gtest/gtest.h>

#include "tests/integration/relay_harness.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

constexpr char kRetireSoon[] = "[source.partitions]\nevery = \"1s\"\nretention = \"168h\"\n";

// A partition that is past its retention, with one row.
constexpr char kOldDay[] = R"sql(
CREATE TABLE outbox_p20200101 PARTITION OF outbox FOR VALUES FROM ('2020-01-01Z') TO ('2020-01-02Z');
ALTER TABLE outbox_p20200101 OWNER TO waybill;
GRANT SELECT ON outbox_p20200101 TO outbox_relay;
INSERT INTO outbox (event_id, topic, key, sequence, payload, created_at)
VALUES (gen_random_uuid(), 'orders.events', 'old', 1, '', '2020-01-01T12:00:00Z'))sql";

int TimesOf(RelayHarness& relay, const std::string& key) {
  int times = 0;
  for (const Record& record : relay.topics.ReadAll("orders.events")) times += record.key == key;
  return times;
}

// What the dump's checkpoint becomes in the other cluster, as SQL.
class RelayRestoredDump : public ::testing::TestWithParam<const char*> {};

TEST_P(RelayRestoredDump, ItsRowsCountAsPublishedOnceTheyAre) {
  RelayHarness relay;
  relay.db.Exec(kOldDay);
  relay.Put("kept", 3);
  relay.Start();
  relay.ExpectInOrder("kept", 3);
  EXPECT_EQ(relay.Stop(), 0);
  relay.db.Exec("UPDATE outbox SET tx = '4000000000'");
  relay.db.Exec(GetParam());

  relay.extra_source = kRetireSoon;
  relay.Start();
  EXPECT_TRUE(Eventually(
      [&] { return relay.db.QueryInt("SELECT count(*) FROM outbox WHERE key = 'old'") == 0; },
      "the old day is dropped", absl::Seconds(60)));
  relay.Put("new", 2);
  relay.ExpectInOrder("new", 2);
  EXPECT_EQ(relay.Stop(), 0);
  EXPECT_EQ(TimesOf(relay, "kept"), 6);

  // A slot that is lost later doesn't bring them again, but what came since.
  relay.db.Exec("SELECT pg_drop_replication_slot(slot) FROM outbox_relay.checkpoints");
  relay.Put("new", 1);
  relay.Start();
  relay.ExpectInOrder("new", 3);
  EXPECT_EQ(TimesOf(relay, "kept"), 6);
}

INSTANTIATE_TEST_SUITE_P(
    Checkpoints, RelayRestoredDump,
    ::testing::Values("UPDATE outbox_relay.checkpoints SET system_identifier = 'elsewhere'",
                      "DELETE FROM outbox_relay.checkpoints"),
    [](const auto& info) { return info.index == 0 ? "OfTheFormerCluster" : "Lost"; });

}  // namespace
}  // namespace waybill::test
