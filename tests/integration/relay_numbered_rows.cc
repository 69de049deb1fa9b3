#include "tests/integration/relay_numbered_rows.h"

#include <algorithm>
#include <numeric>

#include "tests/support/wait.h"

namespace waybill::test {

void NumberedRows::Start() {
  relay_ = outbox_.Run(extra_ + outbox_.Head() + endpoint_.Config() +
                           outbox_.Source("app", outbox_.db.name(), extra_source_),
                       "relay.log");
}

void NumberedRows::StartStreaming() {
  Start();
  ASSERT_TRUE(Logs(*relay_, "\"the stream starts\""));
}

void NumberedRows::Recreate(const std::string& definition) {
  outbox_.db.Exec("DROP TABLE outbox; CREATE TABLE outbox " + definition +
                  "; ALTER PUBLICATION p ADD TABLE outbox; GRANT SELECT ON outbox TO outbox_relay");
}

void NumberedRows::Insert(const std::string& table, int from, int to) {
  for (int n = from; n <= to; ++n) {
    outbox_.db.Exec("INSERT INTO " + table +
                    " (id, aggregatetype, aggregateid, type, payload) VALUES (gen_random_uuid(),"
                    " 'Order', 'a', 'Changed', '{\"n\": " +
                    std::to_string(n) + "}')");
  }
}

void NumberedRows::ExpectPublished(int last) {
  std::vector<int> expected(static_cast<std::size_t>(last));
  std::iota(expected.begin(), expected.end(), 1);
  EXPECT_EQ(AwaitFirst(last), expected);
}

std::vector<int> NumberedRows::AwaitFirst(int last) {
  std::vector<int> first;
  outbox_.topics.ReadUntil(
      "outbox.event.Order",
      [&](const std::vector<Record>& records) {
        first.clear();
        for (const Record& record : records) {
          const int n = std::stoi(record.payload->substr(record.payload->find(' ')));
          if (std::find(first.begin(), first.end(), n) == first.end()) first.push_back(n);
        }
        return first.size() >= static_cast<std::size_t>(last);
      },
      "the rows 1 to " + std::to_string(last));
  return first;
}

void NumberedRows::ExpectNotReady() { EXPECT_TRUE(endpoint_.BecomesUnready("")); }

}  // namespace waybill::test
