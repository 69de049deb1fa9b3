// Measures the upper bound for a producer: the same records, sent by librdkafka alone.
#pragma once

#include <cstdint>
#include <string>

#include "bench/relay/kafka_client.h"

namespace waybill::bench {

// Uses the same settings and headers as the relay. Not thread-safe.
class BareProducer {
 public:
  explicit BareProducer(const std::string& full_topic);
  ~BareProducer();
  BareProducer(const BareProducer&) = delete;
  BareProducer& operator=(const BareProducer&) = delete;

  // Queues record `number`; blocks while the queue is full. Throws std::runtime_error.
  void Send(std::int64_t number);
  // Blocks until everything is acknowledged.
  void Flush();

 private:
  Client client_;
  rd_kafka_topic_t* topic_;
  std::string payload_;
};

// Returns the rate in records per second.
double BareProducerRate(const std::string& full_topic, std::int64_t records);

}  // namespace waybill::bench
