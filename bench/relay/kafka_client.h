// The bench's own view of Kafka: how far a topic is, when records arrive, what a bare producer
// does.
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
// Throws std::runtime_error for a setting that can't be.
Client MakeClient(rd_kafka_type_t type, const std::map<std::string, std::string>& settings);

// How many records a topic has, as its partitions' ends tell. Not thread-safe.
class TopicEnd {
 public:
  explicit TopicEnd(std::string full_name);
  std::int64_t Count();
  // Blocks until there are `records`; throws after `patience`.
  void Await(std::int64_t records, absl::Duration patience);

 private:
  const std::string full_name_;
  Client client_;
};

// When the records 0 to `records` - 1 reached a consumer; each payload begins with its number. The
// consumer is a thread of its own that lives as long as this.
class Arrivals {
 public:
  // Returns once the consumer has caught up with the topic's end.
  Arrivals(const std::string& full_name, std::int64_t records);
  ~Arrivals();
  Arrivals(const Arrivals&) = delete;
  Arrivals& operator=(const Arrivals&) = delete;

  // Blocks until all have arrived; throws after `patience`.
  void AwaitAll(absl::Duration patience);
  // Nanoseconds of the monotonic clock; after AwaitAll.
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
