// The producer's bound: the same records, sent by librdkafka alone.
#pragma once

#include <cstdint>
#include <string>

#include "bench/relay/kafka_client.h"

namespace waybill::bench {

// With the same settings and headers as the relay's. Not thread-safe.
class BareProducer {
 public:
  explicit BareProducer(const std::string& full_topic);
  ~BareProducer();
  BareProducer(const BareProducer&) = delete;
  BareProducer& operator=(const BareProducer&) = delete;

  // Queues record `number`; waits for room. Throws std::runtime_error.
  void Send(std::int64_t number);
  // Waits until everything is acknowledged.
  void Flush();

 private:
  Client client_;
  rd_kafka_topic_t* topic_;
  std::string payload_;
};

// Records a second.
double BareProducerRate(const std::string& full_topic, std::int64_t records);

}  // namespace waybill::bench
