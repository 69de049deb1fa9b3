#include "platform/outbox/outbox.h"

#include <nlohmann/json.hpp>

namespace waybill::outbox {
namespace {

constexpr postgres::Statement kAppend{
    "outbox_append",
    R"sql(
    INSERT INTO outbox (event_id, topic, key, sequence, payload, headers)
    SELECT event_id, topic, key, sequence, payload,
           jsonb_build_object('ce_specversion', '1.0', 'ce_type', type, 'ce_source', source,
                              'content-type', 'application/json',
                              'traceparent', traceparent) || extra
    FROM $rows ORDER BY ordinality)sql",
    {"event_id uuid, topic text, key text, sequence bigint, "
     "payload bytea, type text, source text, traceparent text, "
     "extra jsonb"},
};

}  // namespace

void Append(postgres::Transaction& tx, absl::Span<const events::OutgoingEvent> events) {
  if (events.empty()) return;
  postgres::Rows rows(kAppend);
  for (const events::OutgoingEvent& event : events) {
    rows.Set("event_id", event.id)
        .Set("topic", event.topic)
        .Set("key", event.key)
        .Set("sequence", event.sequence)
        .Set("payload", event.payload)
        .Set("type", event.type)
        .Set("source", event.source)
        .Set("traceparent", event.trace.ToHeader())
        .Set("extra",
             event.extra_headers.empty() ? "{}" : nlohmann::json(event.extra_headers).dump());
  }
  tx.Write(kAppend, rows);
}

}  // namespace waybill::outbox
