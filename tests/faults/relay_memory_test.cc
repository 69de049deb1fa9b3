// The relay's memory doesn't depend on how much there is to publish.
#include <gtest/gtest.h>

#include <charconv>
#include <cstdint>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>

#include "platform/kafka/topic_reader.h"
#include "tests/integration/relay_harness.h"
#include "tests/support/throwaway_server.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

constexpr int kKeys = 100;
constexpr int kRowsOfAKey = 1500;
constexpr int kPayloadBytes = 1000;
// The bound is for 200 MB of WAL; about 9 MB are normal.
constexpr std::int64_t kMayGrowBy = 30 << 20;
constexpr absl::Duration kLongPatience = absl::Minutes(4);

// Returns the process's peak memory in bytes.
std::int64_t PeakMemory(const ChildProcess& process) {
  std::istringstream status(ReadFile("/proc/" + std::to_string(process.pid()) + "/status"));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6)) * 1024;
  }
  throw std::runtime_error("/proc shows no VmHWM for the process");
}

template <typename T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) throw std::runtime_error(value.status().ToString());
  return *std::move(value);
}

// Reads a topic continuously from its beginning, and stores only how far each key has come: its
// sequences must be 1, 2, 3, ... without a gap.
class Follower {
 public:
  explicit Follower(const RelayHarness& relay)
      : topic_(relay.topics.prefix() + "orders.events"),
        reader_(Must(kafka::TopicReader::Create(relay.topics.config()))) {}

  // Reads what has arrived since the last call. Returns true once kKeys keys have kRowsOfAKey rows.
  bool HasAll() {
    std::vector<kafka::RecordRange> ranges = Must(reader_->Whole(topic_));
    for (kafka::RecordRange& range : ranges) {
      std::int64_t& read_up_to = read_up_to_[range.partition];
      range.first = std::max(range.first, read_up_to);
      read_up_to = range.end;
    }
    const absl::Status read = reader_->Read(ranges, [this](const kafka::Record& record) {
      Take(record);
      return true;
    });
    if (!read.ok()) throw std::runtime_error(read.ToString());
    return complete_ == kKeys;
  }

  // Returns "", or a description of the record that came too early.
  const std::string& overtaking() const { return overtaking_; }

 private:
  void Take(const kafka::Record& record) {
    const std::string_view text = record.Header("ce_sequence").value_or("");
    std::int64_t sequence = 0;
    std::from_chars(text.data(), text.data() + text.size(), sequence);
    std::int64_t& last = last_[std::string(record.key().value_or(""))];
    if (sequence > last + 1) {
      overtaking_ = std::string(*record.key()) + " has " + std::string(text) + " after " +
                    std::to_string(last);
    }
    if (sequence == last + 1 && ++last == kRowsOfAKey) ++complete_;
  }

  const std::string topic_;
  const std::unique_ptr<kafka::TopicReader> reader_;
  std::map<kafka::TopicPartition, std::int64_t> read_up_to_;
  std::map<std::string, std::int64_t> last_;
  int complete_ = 0;
  std::string overtaking_;
};

// These tests use their own server, because no slot can be created in a server while it has an open
// transaction.
class RelayMemory : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { postgres_ = new ThrowawayPostgres; }
  static void TearDownTestSuite() {
    delete postgres_;
    postgres_ = nullptr;
  }

  void SetUp() override {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "the sanitizer's own memory would be counted as the relay's";
#endif
    relay_.extra = "[limits]\ncatch_up_bytes = 0\n";
    relay_.Start();
    relay_.Put("before", 1000);
    relay_.ExpectInOrder("before", 1000);
    usual_ = PeakMemory(relay_.process());
  }

  // Writes all rows in one commit.
  void WriteALot() {
    relay_.db.Exec(
        "INSERT INTO outbox (event_id, topic, key, sequence, payload, headers)"
        " SELECT gen_random_uuid(), 'orders.events', 'k' || i % " +
        std::to_string(kKeys) + ", i / " + std::to_string(kKeys) + " + 1, convert_to(repeat('x', " +
        std::to_string(kPayloadBytes) +
        "), 'UTF8'), '{\"ce_type\": \"Tested\"}' FROM generate_series(0, " +
        std::to_string(kKeys * kRowsOfAKey - 1) + ") i");
  }

  void ExpectAllInOrderInLittleMemory() {
    Follower follower(relay_);
    EXPECT_TRUE(Eventually([&] { return follower.HasAll(); }, "all rows to arrive", kLongPatience));
    EXPECT_EQ(follower.overtaking(), "");
    EXPECT_LT(PeakMemory(relay_.process()), usual_ + kMayGrowBy) << "normal: " << usual_;
    RecordProperty("usual", std::to_string(usual_));
    RecordProperty("peak", std::to_string(PeakMemory(relay_.process())));
  }

  static ThrowawayPostgres* postgres_;
  RelayHarness relay_{postgres_->stack()};
  std::int64_t usual_ = 0;
};

ThrowawayPostgres* RelayMemory::postgres_ = nullptr;

TEST_F(RelayMemory, AHugeTransactionIsStreamedInLittleMemory) {
  WriteALot();
  ExpectAllInOrderInLittleMemory();
  EXPECT_EQ(relay_.Log().find("\"the catch-up by copy is complete\""), std::string::npos);
}

// libpq's buffer takes the row's size up to the next power of two, and its copy the row itself.
TEST_F(RelayMemory, AHugeRowIsParkedAndReleasedInAFewTimesItsMemory) {
  constexpr std::int64_t kHuge = 150'000'000;
  relay_.db.Exec(
      "INSERT INTO outbox (event_id, topic, key, sequence, payload) SELECT gen_random_uuid(),"
      " 'orders.events', 'huge', 1, convert_to(repeat('0123456789', " +
      std::to_string(kHuge / 10) + "), 'UTF8')");
  relay_.Put("huge", 2);
  relay_.Put("before", 5);
  relay_.ExpectInOrder("before", 1005);
  EXPECT_TRUE(Eventually(
      [&] {
        return relay_.db.QueryText(
                   "SELECT string_agg(reason || payload_omitted, ' ' ORDER BY id)"
                   " FROM outbox_relay.parked_rows") == "TOO_LARGEtrue BEHINDfalse BEHINDfalse";
      },
      "the huge row and those behind it to be parked", kLongPatience));
  EXPECT_EQ(relay_.Command({"parked", "release", "--all"}).status, 0);
  EXPECT_TRUE(Eventually(
      [&] {
        return relay_.db.QueryInt(
                   "SELECT count(*) FROM outbox_relay.parked_keys"
                   " WHERE release_requested_at IS NOT NULL") == 0;
      },
      "the release to stop", kLongPatience));
  relay_.Put("before", 5);
  relay_.ExpectInOrder("before", 1010);
  EXPECT_EQ(relay_.Log().find("the outbox source failed"), std::string::npos);
  EXPECT_LT(PeakMemory(relay_.process()), usual_ + 6 * kHuge) << "normal: " << usual_;
  RecordProperty("peak", std::to_string(PeakMemory(relay_.process())));
}

TEST_F(RelayMemory, AHugeTransactionIsCaughtUpWithInLittleMemory) {
  EXPECT_EQ(relay_.Stop(), 0);
  WriteALot();
  relay_.extra = "[limits]\ncatch_up_bytes = 100000000\n";
  relay_.Start();
  ExpectAllInOrderInLittleMemory();
  EXPECT_TRUE(Eventually(
      [&] {
        return relay_.Log().find("\"the catch-up by copy is complete\"") != std::string::npos;
      },
      "caught up by copy"));
}

}  // namespace
}  // namespace waybill::test
