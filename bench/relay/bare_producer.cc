#include "bench/relay/bare_producer.h"

#include <cstdio>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "bench/relay/source_rig.h"

namespace waybill::bench {
namespace {

constexpr std::pair<std::string_view, std::string_view> kHeaders[] = {
    {"ce_id", "0190b5a2-0000-7000-8000-000000000001"},
    {"ce_sequence", "100"},
    {"ce_subject", "000000000000000000000000000000000001"},
    {"ce_time", "2026-01-01T00:00:00.000000Z"},
    {"ce_specversion", "1.0"},
    {"ce_type", "OrderPlaced"},
    {"ce_source", "order_svc"},
    {"content-type", "application/json"},
    {"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}};

}  // namespace

BareProducer::BareProducer(const std::string& full_topic)
    : client_(MakeClient(RD_KAFKA_PRODUCER, {{"enable.idempotence", "true"},
                                             {"acks", "all"},
                                             {"linger.ms", "0"},
                                             {"batch.num.messages", "1000"},
                                             {"socket.nagle.disable", "true"},
                                             {"queue.buffering.max.messages", "16384"}})),
      topic_(rd_kafka_topic_new(client_.get(), full_topic.c_str(), nullptr)),
      payload_(Payload(0)) {}

BareProducer::~BareProducer() { rd_kafka_topic_destroy(topic_); }

void BareProducer::Send(std::int64_t number) {
  char key[40];
  std::snprintf(key, sizeof key, "%036lld", static_cast<long long>(number % 10'000));
  char digits[20];
  std::snprintf(digits, sizeof digits, "%016lld", static_cast<long long>(number));
  payload_.replace(0, 16, digits);
  for (;;) {
    rd_kafka_headers_t* headers = rd_kafka_headers_new(std::size(kHeaders));
    for (const auto& [name, value] : kHeaders) {
      rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                          static_cast<ssize_t>(value.size()));
    }
    const rd_kafka_resp_err_t error = rd_kafka_producev(
        client_.get(), RD_KAFKA_V_RKT(topic_), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY(key, 36), RD_KAFKA_V_VALUE(payload_.data(), payload_.size()),
        RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) break;
    rd_kafka_headers_destroy(headers);
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) throw std::runtime_error(rd_kafka_err2str(error));
    rd_kafka_poll(client_.get(), 10);
  }
  rd_kafka_poll(client_.get(), 0);
}

void BareProducer::Flush() {
  if (rd_kafka_flush(client_.get(), 60'000) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw std::runtime_error("Kafka has not acknowledged the bare producer's records in time");
  }
}

double BareProducerRate(const std::string& full_topic, std::int64_t records) {
  BareProducer producer(full_topic);
  const std::int64_t started = MonotonicNs();
  for (std::int64_t i = 0; i < records; ++i) producer.Send(i);
  producer.Flush();
  return static_cast<double>(records) * 1e9 / static_cast<double>(MonotonicNs() - started);
}

}  // namespace waybill::bench
