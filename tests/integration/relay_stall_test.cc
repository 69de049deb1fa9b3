// Whatever somebody does that keeps rows from getting through, /readyz says so, with the reason, until
// it is undone; then no row is missing.
#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "tests/integration/relay_endpoint.h"
#include "tests/integration/relay_standard_outbox.h"

namespace waybill::test {
namespace {

struct Stall {
  std::string name;
  std::string done;
  std::string reason;
  std::string undone;
};

void PrintTo(const Stall& stall, std::ostream* out) { *out << stall.done; }

class RelayStall : public ::testing::TestWithParam<Stall> {
 protected:
  // Waits for the rows 1 to `rows` of the key "a".
  void ExpectPublished(std::size_t rows) {
    outbox_.topics.ReadUntil(
        "outbox.event.Order",
        [rows](const std::vector<Record>& records) {
          std::set<std::string> payloads;
          for (const Record& record : records) payloads.insert(record.payload.value_or(""));
          return payloads.size() == rows;
        },
        std::to_string(rows) + " rows");
  }

  StandardOutbox outbox_;
  const RelayEndpoint endpoint_;
};

TEST_P(RelayStall, IsSaidUntilItIsOver) {
  const Stall& stall = GetParam();
  const auto relay = outbox_.Run(
      outbox_.Head() + endpoint_.Config() + outbox_.Source("app", outbox_.db.name()), "relay.log");
  outbox_.Put("a", 3);
  ExpectPublished(3);
  EXPECT_TRUE(endpoint_.BecomesReady());
  outbox_.db.Exec(stall.done);
  EXPECT_TRUE(endpoint_.BecomesUnready(stall.reason)) << relay->Output();
  outbox_.db.Exec(stall.undone);
  outbox_.Put("a", 3);
  ExpectPublished(6);
  EXPECT_TRUE(endpoint_.BecomesReady());
}

INSTANTIATE_TEST_SUITE_P(
    Of, RelayStall,
    ::testing::Values(
        Stall{"ATableThatIsDropped", "DROP TABLE outbox", "there is no table",
              "CREATE TABLE outbox (id uuid DEFAULT gen_random_uuid(), aggregatetype text,"
              " aggregateid text, type text, payload jsonb); ALTER PUBLICATION p ADD TABLE outbox;"
              " GRANT SELECT ON outbox TO outbox_relay"},
        Stall{"ATableThatLeavesThePublication", "ALTER PUBLICATION p DROP TABLE outbox",
              "ADD TABLE", "ALTER PUBLICATION p ADD TABLE outbox"},
        Stall{"APublicationThatIsDropped", "DROP PUBLICATION p", "CREATE PUBLICATION",
              "CREATE PUBLICATION p FOR TABLE outbox WITH (publish = 'insert')"},
        Stall{"APublicationThatIsRenamed", "ALTER PUBLICATION p RENAME TO q", "CREATE PUBLICATION",
              "ALTER PUBLICATION q RENAME TO p"},
        Stall{"ASchemaThatIsRenamed", "ALTER SCHEMA public RENAME TO hidden",
              "it was renamed to hidden.outbox", "ALTER SCHEMA hidden RENAME TO public"},
        Stall{"ATableThatLeavesTheSchema", "CREATE SCHEMA s; ALTER TABLE outbox SET SCHEMA s",
              "it was renamed to s.outbox", "ALTER TABLE s.outbox SET SCHEMA public"},
        Stall{"AViewThatTakesTheName",
              "ALTER TABLE outbox RENAME TO base; CREATE VIEW outbox WITH (security_barrier) AS"
              " SELECT * FROM base",
              "is no table whose rows are in the log",
              "DROP VIEW outbox; ALTER TABLE base RENAME TO outbox"},
        Stall{"ASchemaThatMayNotBeUsed", "REVOKE USAGE ON SCHEMA public FROM PUBLIC",
              "permission denied for schema public", "GRANT USAGE ON SCHEMA public TO PUBLIC"},
        Stall{
            "ARelaysTableThatMayNotBeWritten",
            "REVOKE UPDATE ON outbox_relay.checkpoints FROM outbox_relay;"
            " INSERT INTO outbox VALUES (gen_random_uuid(), 'Order', 'a', 'Changed', '{\"n\": 1}')",
            "permission denied for table checkpoints",
            "GRANT UPDATE ON outbox_relay.checkpoints TO outbox_relay"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace waybill::test
