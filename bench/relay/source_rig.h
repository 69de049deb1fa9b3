// An outbox full of rows, which can be read from its beginning any number of times.
#pragma once

#include <cstdint>
#include <string>

#include "outbox_relay/base/pg_connection.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test_database.h"

namespace waybill::bench {

// Waybill's outbox in a new database. All calls block and throw std::runtime_error. Not
// thread-safe.
class SourceRig {
 public:
  SourceRig();

  // Commits `rows` rows of 400 bytes of JSON with `keys` different keys, `rows_per_commit` per
  // commit.
  void Fill(std::int64_t rows, std::int64_t rows_per_commit, int keys = 10'000);
  // Returns the slot at the outbox's beginning; its readers must not confirm anything.
  std::string base_slot() const { return db_.name() + "seed_1"; }
  // Returns the configuration of a relay whose stream starts at the beginning. `name` must be new.
  std::string RelayConfig(const std::string& name, const std::string& topic_prefix, bool catch_up);
  // Returns the configuration of a new relay, whose slot begins when it starts. `file`
  // distinguishes relays of the same source.
  std::string FreshRelayConfig(const std::string& topic_prefix, const std::string& file = "fresh");

  waybill::test::TestDatabase& db() { return db_; }
  // Executes a statement outside any transaction; it may take minutes.
  void Run(const std::string& sql);

 private:
  std::string WriteConfig(const std::string& file, const std::string& name,
                          const std::string& topic_prefix, bool catch_up);

  waybill::test::TestDatabase db_;
  waybill::test::TempFolder folder_;
  outbox_relay::PgConnection connection_;
};

// Returns the content of `value`; throws std::runtime_error with its status if it has none.
template <typename T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) throw std::runtime_error(value.status().ToString());
  return *std::move(value);
}

// The topic and the payload that every record of the benchmark has, whoever sends it. The payload's
// first 16 bytes are the record's number.
inline constexpr char kTopic[] = "bench";
std::string Payload(std::int64_t number);

}  // namespace waybill::bench
