#include "bench/growth/short_topics.h"

#include <librdkafka/rdkafka.h>

#include <memory>
#include <stdexcept>

namespace waybill::bench {
namespace {

constexpr int kPatienceMs = 60'000;

template <auto destroy>
struct Destroy {
  template <typename T>
  void operator()(T* value) const {
    destroy(value);
  }
};

using Client = std::unique_ptr<rd_kafka_t, Destroy<rd_kafka_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Destroy<rd_kafka_queue_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Destroy<rd_kafka_event_destroy>>;

Client Connect(const kafka::KafkaConfig& kafka) {
  char error[256];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", kafka.brokers.c_str(), error, sizeof error);
  Client client(rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error));
  if (client == nullptr) throw std::runtime_error(error);
  return client;
}

}  // namespace

void SetTopics(const kafka::KafkaConfig& kafka, const std::vector<std::string>& topics,
               const std::map<std::string, std::string>& settings) {
  const Client client = Connect(kafka);
  const Queue queue(rd_kafka_queue_new(client.get()));
  std::vector<rd_kafka_ConfigResource_t*> resources;
  for (const std::string& topic : topics) {
    resources.push_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
    for (const auto& [name, value] : settings) {
      rd_kafka_ConfigResource_set_config(resources.back(), name.c_str(), value.c_str());
    }
  }
  rd_kafka_AlterConfigs(client.get(), resources.data(), resources.size(), nullptr, queue.get());
  rd_kafka_ConfigResource_destroy_array(resources.data(), resources.size());
  const Event event(rd_kafka_queue_poll(queue.get(), kPatienceMs));
  if (event == nullptr) throw std::runtime_error("no broker has changed the topics in 60 s");
  if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw std::runtime_error(rd_kafka_event_error_string(event.get()));
  }
  std::size_t count = 0;
  const rd_kafka_ConfigResource_t** changed = rd_kafka_AlterConfigs_result_resources(
      rd_kafka_event_AlterConfigs_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    if (rd_kafka_ConfigResource_error(changed[i]) == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    throw std::runtime_error(rd_kafka_ConfigResource_error_string(changed[i]));
  }
}

}  // namespace waybill::bench
