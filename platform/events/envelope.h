// The envelope holds what is known of an event besides its body: the attributes of CloudEvents 1.0
// in Kafka's binary content mode (https://github.com/cloudevents/spec, kafka-protocol-binding.md
// section 3.2), and `traceparent`.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "platform/trace/trace_context.h"
#include "platform/types/ids.h"

namespace google::protobuf {
class Message;
}

namespace waybill::events {

// An event on its way out, as a producer makes it.
struct OutgoingEvent {
  EventId id;
  // Without prefix, from topics.h.
  std::string topic;
  // The message's full name, "waybill.events.v1.OrderPlaced".
  std::string type;
  // Who produced it: "order_svc".
  std::string source;
  // The order's id: Kafka's key, and what the sequence counts within the topic.
  std::string key;
  // 1, 2, 3 … per (topic, key), without a gap.
  std::int64_t sequence = 0;
  std::string payload;
  TraceContext trace;
  // Kafka headers besides the envelope's.
  std::map<std::string, std::string> extra_headers = {};
};

// An event's body: the protobuf JSON mapping (https://protobuf.dev/programming-guides/json/) on one
// line, with lowerCamelCase names and without fields at their default. Its field `event` is the
// message's short name unless the message sets another.
std::string ToJson(const google::protobuf::Message& message);

// Makes an event with a new id; its body is ToJson(message).
OutgoingEvent MakeEvent(std::string_view topic, std::string_view source, const OrderId& order,
                        std::int64_t sequence, const TraceContext& trace,
                        const google::protobuf::Message& message);

// An event that came in, whose envelope is known to be well-formed.
struct IncomingEvent {
  EventId id;
  // Without prefix.
  std::string topic;
  std::string type;
  std::string key;
  // 0 when the record had none.
  std::int64_t sequence = 0;
  TraceContext trace;
  std::string payload;
};

}  // namespace waybill::events
