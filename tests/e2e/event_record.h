// Builds events as the services write them, for tests that write to a topic themselves.
#pragma once

#include <google/protobuf/message.h>

#include <string>

#include "platform/events/envelope.h"
#include "tests/support/test_topics.h"

namespace waybill::e2e {

// Returns a record as the relay would publish it, with a new event id.
inline test::Record EventRecord(const std::string& topic, const std::string& order_id,
                                std::int64_t sequence, const google::protobuf::Message& message) {
  const events::OutgoingEvent event = events::MakeEvent(topic, "test", *OrderId::Parse(order_id),
                                                        sequence, TraceContext::NewRoot(), message);
  return {.topic = topic,
          .key = event.key,
          .payload = event.payload,
          .headers = {{"ce_specversion", "1.0"},
                      {"ce_id", event.id.ToString()},
                      {"ce_type", event.type},
                      {"ce_source", event.source},
                      {"ce_subject", event.key},
                      {"ce_sequence", std::to_string(sequence)},
                      {"content-type", "application/json"},
                      {"traceparent", event.trace.ToHeader()}}};
}

}  // namespace waybill::e2e
