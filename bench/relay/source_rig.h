// An outbox full of rows, read from its beginning as often as is wanted.
#pragma once

#include <cstdint>
#include <string>

#include "outbox_relay/base/pg_connection.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test_database.h"

namespace waybill::bench {

// Waybill's own outbox in a database of its own. Everything blocks and throws std::runtime_error.
// Not thread-safe.
class SourceRig {
 public:
  SourceRig();

  // Commits `rows` rows of 400 bytes of JSON, of `keys` keys, `rows_per_commit` at a time.
  void Fill(std::int64_t rows, std::int64_t rows_per_commit, int keys = 10'000);
  // The slot at the beginning; whoever reads it must not confirm anything.
  std::string base_slot() const { return db_.name() + "seed_1"; }
  // A relay's configuration whose stream starts at the beginning. `name` is new.
  std::string RelayConfig(const std::string& name, const std::string& topic_prefix, bool catch_up);
  // A relay's configuration with no past; its slot begins when it starts.
  // `file` tells relays of the same source apart.
  std::string FreshRelayConfig(const std::string& topic_prefix, const std::string& file = "fresh");

  waybill::test::TestDatabase& db() { return db_; }
  // A statement that may take minutes, outside of any transaction.
  void Run(const std::string& sql);

 private:
  std::string WriteConfig(const std::string& file, const std::string& name,
                          const std::string& topic_prefix, bool catch_up);

  waybill::test::TestDatabase db_;
  waybill::test::TempFolder folder_;
  outbox_relay::PgConnection connection_;
};

// `value`'s content; throws std::runtime_error with its message when there is none.
template <typename T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) throw std::runtime_error(value.status().ToString());
  return *std::move(value);
}

// Everything that a record of the bench carries, whoever sends it. The first 16 bytes of the
// payload are its number.
inline constexpr char kTopic[] = "bench";
std::string Payload(std::int64_t number);

}  // namespace waybill::bench
