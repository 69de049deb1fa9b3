// Suspects records which records were in batches that Kafka refused.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/container/flat_hash_set.h"
#include "outbox_relay/base/lsn.h"
#include "outbox_relay/base/record.h"

namespace waybill::outbox_relay {

// One record of a refused batch is to blame, but Kafka doesn't say which; so each is sent alone
// when it comes again. Outlives the attempt to stream that met the refusal. Not thread-safe.
class Suspects {
 public:
  bool Has(const Record& record) const {
    return !hashes_.empty() &&
           hashes_.contains(ContentHash(record.topic, record.key, record.value));
  }
  void Add(std::string_view topic, std::string_view key, std::string_view value) {
    hashes_.insert(ContentHash(topic, key, value));
  }
  // The record was sent alone, and Kafka's answer is known.
  void Clear(const Record& record) {
    hashes_.erase(ContentHash(record.topic, record.key, record.value));
  }

  // They have all come again once `position` is confirmed, and are then forgotten.
  void ForgetAt(Lsn position) { forget_at_ = position; }
  void Confirmed(Lsn position) {
    if (!hashes_.empty() && forget_at_ != 0 && position >= forget_at_) hashes_.clear();
  }

 private:
  static std::uint64_t ContentHash(std::string_view topic, std::string_view key,
                                   std::string_view value);

  absl::flat_hash_set<std::uint64_t> hashes_;
  Lsn forget_at_ = 0;
};

}  // namespace waybill::outbox_relay
