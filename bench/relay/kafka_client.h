// The benchmark's own Kafka clients: how many records a topic has, when records arrive, and a bare
// producer.
#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"

namespace waybill::bench {

struct ClientDeleter {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
};
using Client = std::unique_ptr<rd_kafka_t, ClientDeleter>;
// Throws std::runtime_error for an invalid setting.
Client MakeClient(rd_kafka_type_t type, const std::map<std::string, std::string>& settings);

// Counts the records of a topic by the ends of its partitions. Not thread-safe.
class TopicEnd {
 public:
  explicit TopicEnd(std::string full_name);
  std::int64_t Count();
  // Blocks until there are `records` records; throws after `patience`.
  void Await(std::int64_t records, absl::Duration patience);

 private:
  const std::string full_name_;
  Client client_;
};

// Records when the records 0 to `records` - 1 reached a consumer; each payload begins with its
// number. The consumer runs in its own thread for as long as this object lives.
class Arrivals {
 public:
  // Returns when the consumer has caught up with the topic's end.
  Arrivals(const std::string& full_name, std::int64_t records);
  ~Arrivals();
  Arrivals(const Arrivals&) = delete;
  Arrivals& operator=(const Arrivals&) = delete;

  // Blocks until all records have arrived; throws after `patience`.
  void AwaitAll(absl::Duration patience);
  // Returns nanoseconds of the monotonic clock; may be called after AwaitAll.
  std::int64_t at_ns(std::int64_t number) const { return at_ns_[number]; }

 private:
  void Run();

  Client client_;
  std::vector<std::int64_t> at_ns_;
  std::atomic<std::int64_t> arrived_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

std::int64_t MonotonicNs();

}  // namespace waybill::bench
