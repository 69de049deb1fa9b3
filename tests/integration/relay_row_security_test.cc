// What the relay's role may not read is never taken for what isn't there.
#include <gtest/gtest.h>

#include "tests/integration/plain_outbox.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

constexpr char kSecured[] = "ALTER TABLE outbox ENABLE ROW LEVEL SECURITY";
constexpr char kNotSecured[] = "ALTER TABLE outbox DISABLE ROW LEVEL SECURITY";
constexpr char kRemedy[] = "ALTER ROLE the role BYPASSRLS";

void ExpectRefusedAndThenHealed(PlainOutbox& outbox) {
  outbox.Start();
  ASSERT_TRUE(outbox.Logs(kRemedy));
  EXPECT_TRUE(outbox.topics.ReadAll(PlainOutbox::kTopic).empty());
  EXPECT_EQ(outbox.db.QueryInt("SELECT count(*) FROM pg_replication_slots WHERE database ="
                               " current_database()"),
            0);
  outbox.db.Exec(kNotSecured);
  EXPECT_EQ(outbox.Read(3).size(), 3u);
}

TEST(RelayRowSecurity, AFirstStartIsRefusedWhenAPolicyHidesEveryRow) {
  PlainOutbox outbox;
  outbox.Put("k", 3);
  outbox.db.Exec(kSecured);
  ExpectRefusedAndThenHealed(outbox);
}

TEST(RelayRowSecurity, AFirstStartIsRefusedWhenAPolicyHidesSomeRows) {
  PlainOutbox outbox;
  outbox.Put("seen", 2);
  outbox.Put("hidden", 1);
  outbox.db.Exec(kSecured);
  outbox.db.Exec("CREATE POLICY some_rows ON outbox FOR SELECT USING (aggregateid = 'seen')");
  ExpectRefusedAndThenHealed(outbox);
}

TEST(RelayRowSecurity, AFirstStartIsRefusedWhenAPolicyIsForcedUponTheOwner) {
  PlainOutbox outbox;
  outbox.Put("k", 3);
  outbox.db.Exec("ALTER TABLE outbox OWNER TO outbox_relay");
  outbox.db.Exec(kSecured);
  outbox.db.Exec("ALTER TABLE outbox FORCE ROW LEVEL SECURITY");
  ExpectRefusedAndThenHealed(outbox);
}

// The relay is down while rows come, and a copy would be the way to catch up with them.
void ExpectTheBacklogIsStreamed(const std::string& forbid) {
  PlainOutbox outbox(std::string(PlainOutbox::kColumns) + PlainOutbox::kOrderAndTx);
  outbox.extra = "[limits]\ncatch_up_bytes = 100000\n";
  outbox.extra_source = PlainOutbox::kOrderAndTxConfig;
  outbox.Start();
  ASSERT_TRUE(outbox.Logs("\"the stream starts\""));
  outbox.Kill();
  outbox.Put("k", 3000);
  outbox.db.Exec(forbid);
  outbox.Start();
  const std::vector<Record> records = outbox.Read(3000);
  for (int i = 0; i < 3000; ++i) {
    ASSERT_EQ(records[i].payload, "{\"i\": " + std::to_string(i + 1) + "}");
  }
  EXPECT_NE(outbox.Log().find("the relay streams its backlog: it can't catch up by copy"),
            std::string::npos)
      << outbox.Log();
}

TEST(RelayRowSecurity, ABacklogThatMayNotBeCopiedForAPolicyIsStreamed) {
  ExpectTheBacklogIsStreamed(kSecured);
}

TEST(RelayRowSecurity, ABacklogThatMayNotBeCopiedForWantOfSelectIsStreamed) {
  ExpectTheBacklogIsStreamed("REVOKE SELECT ON outbox FROM outbox_relay");
}

TEST(RelayRowSecurity, APolicyThatComesWhileTheRelayStreamsHidesNothing) {
  PlainOutbox outbox;
  outbox.Start();
  ASSERT_TRUE(outbox.Logs("\"the stream starts\""));
  outbox.db.Exec(kSecured);
  outbox.Put("k", 3);
  EXPECT_EQ(outbox.Read(3).size(), 3u);
}

}  // namespace
}  // namespace waybill::test
