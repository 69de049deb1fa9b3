// A row above limits.parked_payload_bytes is parked without its payload and published from the table.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/plain_outbox.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

using ::testing::HasSubstr;

constexpr char kColumns[] =
    "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, aggregatetype text, aggregateid text,"
    " payload bytea, headers jsonb";
constexpr int kRows = 3;

class RelayOmittedPayload : public ::testing::Test {
 protected:
  void SetUp() override {
    relay_.extra = "[limits]\nparked_payload_bytes = 2000\n";
    relay_.extra_source = "columns.headers = \"headers\"\n" + more_source_;
    relay_.Start();
    relay_.db.Exec(
        "INSERT INTO outbox (aggregatetype, aggregateid, payload, headers) SELECT 'Late', 'k',"
        " convert_to(repeat(i::text, i * 2500), 'UTF8'), jsonb_build_object('n', i)"
        " FROM generate_series(1, 3) i;"
        "INSERT INTO outbox (aggregatetype, aggregateid, payload) VALUES ('Late', 'k', 'small')");
    ASSERT_TRUE(Eventually(
        [&] {
          return relay_.db.QueryText(
                     "SELECT string_agg(payload_omitted::text, ' ' ORDER BY id) FROM"
                     " outbox_relay.parked_rows") == "true true true false";
        },
        "four parked rows, three without payload"));
  }
  // Waits until the release has stopped.
  std::string ReasonOfStop() {
    EXPECT_TRUE(relay_.Logs("the release of the key stops"));
    return relay_.Command({"parked", "list"}).output;
  }

  std::string more_source_;
  PlainOutbox relay_{kColumns};
};

TEST_F(RelayOmittedPayload, TheRowsArePublishedInOrderFromTheTable) {
  EXPECT_THAT(
      relay_.Command({"parked", "show", "--topic", "outbox.event.Late", "--key", "k"}).output,
      HasSubstr("too large to be copied"));
  relay_.topics.Create({"outbox.event.Late"}, 1);
  const std::vector<Record> records = relay_.topics.ReadCount("outbox.event.Late", kRows + 1);
  for (int i = 0; i < kRows; ++i) {
    EXPECT_EQ(records[i].payload,
              std::string(static_cast<std::size_t>((i + 1) * 2500), static_cast<char>('1' + i)));
    EXPECT_EQ(records[i].Header("n"), std::to_string(i + 1));
  }
  EXPECT_EQ(records[kRows].payload, "small");
}

TEST_F(RelayOmittedPayload, AReleaseStopsAtARowThatTheTableHasNoMore) {
  relay_.db.Exec("DELETE FROM outbox WHERE id = 2");
  relay_.topics.Create({"outbox.event.Late"}, 1);
  relay_.topics.ReadCount("outbox.event.Late", 1);
  EXPECT_THAT(ReasonOfStop(), HasSubstr("the outbox has no row 2 with the parked row's content"));
}

TEST_F(RelayOmittedPayload, AReleaseStopsAtARowThatIsAnotherByNow) {
  relay_.db.Exec("UPDATE outbox SET payload = 'other' WHERE id = 1");
  relay_.topics.Create({"outbox.event.Late"}, 1);
  EXPECT_THAT(ReasonOfStop(), HasSubstr("the outbox has no row 1 with the parked row's content"));
  EXPECT_TRUE(relay_.topics.ReadAll("outbox.event.Late").empty());
}

class RelayOmittedPayloadWithoutNames : public RelayOmittedPayload {
 protected:
  RelayOmittedPayloadWithoutNames() { more_source_ = "columns.row_id = \"\"\n"; }
};

TEST_F(RelayOmittedPayloadWithoutNames, AReleaseStopsAndSaysWhy) {
  relay_.topics.Create({"outbox.event.Late"}, 1);
  EXPECT_THAT(ReasonOfStop(), HasSubstr("no columns.row_id to find the row by"));
}

}  // namespace
}  // namespace waybill::test
