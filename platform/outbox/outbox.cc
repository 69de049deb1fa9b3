#include "platform/outbox/outbox.h"

#include <nlohmann/json.hpp>

#include "platform/postgres/array.h"

namespace waybill::outbox {
namespace {

constexpr postgres::Statement kAppend{
    "outbox_append",
    "INSERT INTO outbox (event_id, topic, key, sequence, payload, headers) "
    "SELECT event_id, topic, key, sequence, payload, jsonb_build_object("
    "  'ce_specversion', '1.0', 'ce_type', type, 'ce_source', source,"
    "  'content-type', 'application/json', 'traceparent', traceparent) || extra "
    "FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::bytea[], $6::text[], "
    "$7::text[],"
    "            $8::text[], $9::jsonb[]) WITH ORDINALITY"
    "     AS e(event_id, topic, key, sequence, payload, type, source, traceparent, extra, n) "
    "ORDER BY n"};

}  // namespace

void Append(postgres::Transaction& tx, absl::Span<const events::OutgoingEvent> events) {
  if (events.empty()) return;
  postgres::ArrayBuilder ids, topics, keys, sequences, payloads, types, sources, traces, extras;
  for (const events::OutgoingEvent& event : events) {
    ids.Add(event.id);
    topics.Add(event.topic);
    keys.Add(event.key);
    sequences.Add(event.sequence);
    payloads.AddBytes(event.payload);
    types.Add(event.type);
    sources.Add(event.source);
    traces.Add(event.trace.ToHeader());
    extras.Add(event.extra_headers.empty() ? "{}" : nlohmann::json(event.extra_headers).dump());
  }
  tx.Exec(kAppend, ids.text(), topics.text(), keys.text(), sequences.text(), payloads.text(),
          types.text(), sources.text(), traces.text(), extras.text());
}

}  // namespace waybill::outbox
