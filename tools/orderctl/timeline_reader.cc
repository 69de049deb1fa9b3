#include <nlohmann/json.hpp>

#include "absl/strings/numbers.h"
#include "platform/kafka/topic_reader.h"
#include "platform/postgres/array.h"
#include "platform/postgres/unit_of_work.h"
#include "platform/types/money.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"
#include "tools/orderctl/databases.h"
#include "tools/orderctl/timeline.h"

namespace waybill::orderctl {
namespace {

using postgres::Row;
using postgres::Statement;

// An event is never older than its order, but for the clocks of two machines.
constexpr absl::Duration kClockSlack = absl::Minutes(1);

constexpr Statement kHistory{"timeline_history", R"sql(
    SELECT transition, state, coalesce(cancel_reason, '') AS cancel_reason, at FROM order_history
    WHERE order_id = $1::uuid ORDER BY transition)sql"};

constexpr Statement kOrder{"timeline_order", R"sql(
    SELECT state, placed_at, deadline_at FROM orders WHERE order_id = $1::uuid)sql"};

// The time keeps the search to the days that can have it.
constexpr Statement kEvents{"timeline_events", R"sql(
    SELECT topic, coalesce(substring(headers ->> 'ce_type' from '[^.]+$'), '') AS type, sequence,
           event_id, convert_from(payload, 'UTF8') AS body, created_at
    FROM outbox
    WHERE key = $1::text AND created_at >= $2::timestamptz AND topic LIKE '%.events'
    ORDER BY id)sql"};

constexpr Statement kInbox{"timeline_inbox", R"sql(
    SELECT event_id, received_at FROM inbox
    WHERE consumer = $1::text AND event_id = ANY($2::uuid[]))sql"};

constexpr Statement kParked{"timeline_parked", R"sql(
    SELECT id, topic, substring(event_type from '[^.]*$') AS type, reason, error, parked_at
    FROM parked_events WHERE key = convert_to($1::text, 'UTF8') ORDER BY id)sql"};

constexpr Statement kParkedByRelay{"timeline_parked_by_relay", R"sql(
    SELECT id, topic, '' AS type, reason, error, parked_at FROM outbox_relay.parked_rows
    WHERE key = convert_to($1::text, 'UTF8') AND discarded_at IS NULL ORDER BY id)sql"};

constexpr Statement kPayment{"timeline_payment", R"sql(
    SELECT state, coalesce(step, '') AS step, step_started_at, step_tries, due_at,
           coalesce(step_mismatch, '') AS mismatch
    FROM payments WHERE order_id = $1::uuid)sql"};

constexpr Statement kMails{"timeline_mails", R"sql(
    SELECT state, CASE WHEN recipient = '' THEN '(retired)' ELSE subject END AS subject,
           coalesce(error, '') AS error, tries,
           coalesce(sent_at, created_at) AS at, due_at
    FROM mails WHERE order_id = $1::uuid ORDER BY sequence)sql"};

constexpr Statement kProviderAnswers{"timeline_provider_answers", R"sql(
    SELECT split_part(key, ':', 2) AS step, status, created_at FROM idempotency_keys
    WHERE key = ANY(SELECT $1::text || ':' || step || ':' || attempt
                    FROM unnest('{authorize,capture,void,refund}'::text[]
                                || $2::text[]) AS s(step),
                         generate_series(0, 9) AS attempt)
    ORDER BY created_at)sql"};

// As they stand in an idempotency key.
constexpr Statement kRefundSteps{"timeline_refund_steps", R"sql(
    SELECT 'refund_part:' || refund_id AS step FROM payment_refunds WHERE order_id = $1::uuid)sql"};

struct Owner {
  postgres::Pool& pool;
  verify::Consumer consumer;
};

// What the event adds to its name.
std::string NoteOf(const std::string& type, const std::string& payload) {
  const nlohmann::json body = nlohmann::json::parse(payload, nullptr, false);
  if (!body.is_object()) return "";
  const auto text = [&](const char* field) {
    const auto found = body.find(field);
    return found != body.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  if (type == "PaymentProcessed") {
    return text("paymentStatus") == "confirmed" ? "confirmed" : text("declineReason");
  }
  if (type == "PaymentReleased") return text("outcome");
  if (type == "OrderRefundRequested" || type == "PaymentRefunded" ||
      type == "PaymentRefundFailed") {
    const absl::StatusOr<Currency> currency = Currency::Parse(text("currency"));
    std::int64_t minor_units = 0;
    const std::string amount = currency.ok() && absl::SimpleAtoi(text("amountMinor"), &minor_units)
                                   ? ForPeople({minor_units, *currency})
                                   : text("amountMinor");
    const std::string reason = text("reason");
    return reason.empty() ? amount : StrCat(amount, ", ", reason);
  }
  if (type == "PaymentFailed" || type == "OrderCancelled") return text("reason");
  return "";
}

void AddParked(const postgres::Result& rows, const std::string& by,
               std::vector<ParkedFinding>& parked) {
  for (const Row row : rows) {
    parked.push_back({.by = by,
                      .id = row.Get<std::int64_t>("id"),
                      .topic = row.Get<std::string>("topic"),
                      .type = row.Get<std::string>("type"),
                      .reason = row.Get<std::string>("reason"),
                      .error = row.Get<std::string>("error"),
                      .at = row.Get<absl::Time>("parked_at")});
  }
}

}  // namespace

TimelineReader::TimelineReader(const Databases& databases, kafka::KafkaConfig kafka)
    : kafka_(std::move(kafka)),
      orders_(OneSession(databases.orders), "orderctl"),
      payments_(OneSession(databases.payments), "orderctl"),
      inventory_(OneSession(databases.inventory), "orderctl"),
      notifications_(OneSession(databases.notifications), "orderctl"),
      sandbox_(OneSession(databases.sandbox), "orderctl") {}

absl::Status TimelineReader::ReadOrder(const OrderId& order, Findings& findings) {
  return RunIn(orders_, "reading the order's history", [&](postgres::Transaction& tx) {
    findings.history.clear();
    int first = 0;
    for (const Row row : tx.Exec(kHistory, order)) {
      if (first == 0) first = row.Get<int>("transition");
      findings.history.push_back({.state = row.Get<std::string>("state"),
                                  .reason = row.Get<std::string>("cancel_reason"),
                                  .at = row.Get<absl::Time>("at")});
    }
    for (const Row row : tx.Exec(kOrder, order)) {
      findings.state = row.Get<std::string>("state");
      findings.deadline = row.Get<absl::Time>("deadline_at");
      findings.history_retired = first != 1;
      if (first == 1) continue;
      findings.history.insert(
          findings.history.begin(),
          {.state = "PLACED", .reason = "", .at = row.Get<absl::Time>("placed_at")});
    }
    return absl::OkStatus();
  });
}

absl::Status TimelineReader::ReadPayment(const OrderId& order, Findings& findings) {
  return RunIn(payments_, "reading the payment", [&](postgres::Transaction& tx) {
    findings.payment.reset();
    for (const Row row : tx.Exec(kPayment, order)) {
      findings.payment = {
          .state = row.Get<std::string>("state"),
          .step = row.Get<std::string>("step"),
          .step_started_at =
              row.Get<std::optional<absl::Time>>("step_started_at").value_or(absl::InfinitePast()),
          .tries = row.Get<int>("step_tries"),
          .due_at = row.Get<std::optional<absl::Time>>("due_at"),
          .mismatch = row.Get<std::string>("mismatch")};
    }
    return absl::OkStatus();
  });
}

absl::Status TimelineReader::ReadMails(const OrderId& order, Findings& findings) {
  return RunIn(notifications_, "reading the mails", [&](postgres::Transaction& tx) {
    findings.mails.clear();
    for (const Row row : tx.Exec(kMails, order)) {
      findings.mails.push_back({.state = row.Get<std::string>("state"),
                                .subject = row.Get<std::string>("subject"),
                                .error = row.Get<std::string>("error"),
                                .tries = row.Get<int>("tries"),
                                .at = row.Get<absl::Time>("at"),
                                .due_at = row.Get<absl::Time>("due_at")});
    }
    return absl::OkStatus();
  });
}

absl::Status TimelineReader::ReadEvents(const OrderId& order, Findings& findings) {
  const absl::Time since = findings.history.front().at - kClockSlack;
  for (const Owner& owner :
       {Owner{orders_, verify::Consumer::kOrders}, Owner{payments_, verify::Consumer::kPayments},
        Owner{inventory_, verify::Consumer::kInventory},
        Owner{notifications_, verify::Consumer::kNotifications}}) {
    const std::string service = verify::NameOf(owner.consumer);
    std::vector<EventFinding> events;
    std::vector<ParkedFinding> parked;
    RETURN_IF_ERROR(RunIn(owner.pool, "reading the events", [&](postgres::Transaction& tx) {
      events.clear();
      for (const Row row : tx.Exec(kEvents, order.ToString(), since)) {
        const auto type = row.Get<std::string>("type");
        events.push_back({.source = service,
                          .topic = row.Get<std::string>("topic"),
                          .type = type,
                          .sequence = row.Get<std::int64_t>("sequence"),
                          .id = row.Get<std::string>("event_id"),
                          .note = NoteOf(type, row.Get<std::string>("body")),
                          .committed_at = row.Get<absl::Time>("created_at"),
                          .record = std::nullopt,
                          .published_at = absl::InfinitePast(),
                          .noted_at = {}});
      }
      parked.clear();
      AddParked(tx.Exec(kParked, order.ToString()), service, parked);
      AddParked(tx.Exec(kParkedByRelay, order.ToString()), "the relay", parked);
      return absl::OkStatus();
    }));
    findings.events.insert(findings.events.end(), events.begin(), events.end());
    findings.parked.insert(findings.parked.end(), parked.begin(), parked.end());
  }
  return absl::OkStatus();
}

absl::Status TimelineReader::ReadInboxes(Findings& findings) {
  std::vector<std::string> event_ids;
  event_ids.reserve(findings.events.size());
  for (const EventFinding& event : findings.events) event_ids.push_back(event.id);
  const std::string ids = postgres::ArrayOf(event_ids);
  for (const Owner& owner :
       {Owner{orders_, verify::Consumer::kOrders}, Owner{payments_, verify::Consumer::kPayments},
        Owner{inventory_, verify::Consumer::kInventory},
        Owner{notifications_, verify::Consumer::kNotifications}}) {
    RETURN_IF_ERROR(RunIn(owner.pool, "reading the inbox", [&](postgres::Transaction& tx) {
      for (const Row row : tx.Exec(kInbox, verify::NameOf(owner.consumer), ids)) {
        const auto id = row.Get<std::string>("event_id");
        for (EventFinding& event : findings.events) {
          if (event.id == id) event.noted_at[owner.consumer] = row.Get<absl::Time>("received_at");
        }
      }
      return absl::OkStatus();
    }));
  }
  return absl::OkStatus();
}

void TimelineReader::ReadProvider(const OrderId& order, Findings& findings) {
  std::vector<std::string> refunds;
  RunIn(payments_, "reading the refunds", [&](postgres::Transaction& tx) {
    refunds.clear();
    for (const Row row : tx.Exec(kRefundSteps, order)) {
      refunds.push_back(row.Get<std::string>("step"));
    }
    return absl::OkStatus();
  }).IgnoreError();
  RunIn(sandbox_, "reading the provider's answers", [&](postgres::Transaction& tx) {
    findings.provider_answers.clear();
    for (const Row row : tx.Exec(kProviderAnswers, order.ToString(), postgres::ArrayOf(refunds))) {
      findings.provider_answers.push_back({.step = row.Get<std::string>("step"),
                                           .http_status = row.Get<int>("status"),
                                           .at = row.Get<absl::Time>("created_at")});
    }
    return absl::OkStatus();
  }).IgnoreError();
}

void TimelineReader::ReadTopics(const OrderId& order, Findings& findings) {
  const absl::StatusOr<std::unique_ptr<kafka::TopicReader>> reader =
      kafka::TopicReader::Create(kafka_);
  if (!reader.ok()) return;
  const std::string key = order.ToString();
  // The topics' present partitions of the key first, and the others only if a record is missing there.
  std::vector<kafka::RecordRange> present, former;
  for (const char* topic : {"orders.events", "payments.events", "inventory.events"}) {
    const absl::StatusOr<std::vector<kafka::RecordRange>> ranges = (*reader)->OfKey(
        StrCat(kafka_.topic_prefix, topic), key, findings.history.front().at - kClockSlack);
    if (!ranges.ok()) return;
    present.push_back(ranges->front());
    former.insert(former.end(), ranges->begin() + 1, ranges->end());
  }
  bool found_all = false;
  const auto take = [&](const kafka::Record& record) {
    if (record.key().value_or("") != key) return true;
    const std::string_view id = record.Header("ce_id").value_or("");
    bool all = true;
    for (EventFinding& event : findings.events) {
      if (event.id == id && !event.record) {
        event.record = StrCat(record.partition(), "/", record.offset());
        event.published_at = record.timestamp();
      }
      all = all && event.record.has_value();
    }
    found_all = all;
    return !all;
  };
  absl::Status read = (*reader)->Read(present, take);
  if (read.ok() && !found_all) read = (*reader)->Read(former, take);
  findings.knows_topics = read.ok();
}

absl::StatusOr<Findings> TimelineReader::Read(const OrderId& order, bool with_topics) {
  Findings findings;
  RETURN_IF_ERROR(ReadOrder(order, findings));
  if (findings.history.empty()) return findings;
  RETURN_IF_ERROR(ReadPayment(order, findings));
  RETURN_IF_ERROR(ReadMails(order, findings));
  RETURN_IF_ERROR(ReadEvents(order, findings));
  if (!with_topics) return findings;
  // Topics before inboxes: what a consumer has noted was published.
  ReadTopics(order, findings);
  ReadProvider(order, findings);
  RETURN_IF_ERROR(ReadInboxes(findings));
  return findings;
}

}  // namespace waybill::orderctl
