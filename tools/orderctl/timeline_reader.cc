#include <nlohmann/json.hpp>

#include "platform/kafka/topic_reader.h"
#include "platform/postgres/array.h"
#include "platform/postgres/run_transaction.h"
#include "platform/types/strings.h"
#include "tools/orderctl/timeline.h"

namespace waybill::orderctl {
namespace {

using postgres::Statement;

constexpr absl::Duration kTimeout = absl::Seconds(10);
// An event is never older than its order, but for the clocks of two machines.
constexpr absl::Duration kClockSlack = absl::Minutes(1);

constexpr Statement kHistory{"timeline_history",
                             "SELECT state, cancel_reason, at FROM order_history WHERE order_id = "
                             "$1::uuid ORDER BY transition"};

constexpr Statement kDeadline{"timeline_deadline",
                              "SELECT deadline_at FROM orders WHERE order_id = $1::uuid"};

// The time keeps the search to the days that can have it.
constexpr Statement kEvents{
    "timeline_events",
    "SELECT topic, substring(headers ->> 'ce_type' from '[^.]+$'), sequence, event_id, "
    "convert_from(payload, 'UTF8'), created_at FROM outbox "
    "WHERE key = $1::text AND created_at >= $2::timestamptz AND topic LIKE '%.events' ORDER BY id"};

constexpr Statement kInbox{
    "timeline_inbox",
    "SELECT event_id, received_at FROM inbox WHERE consumer = $1::text AND event_id = "
    "ANY($2::uuid[])"};

constexpr Statement kParked{
    "timeline_parked",
    "SELECT id, topic, substring(event_type from '[^.]*$'), reason, error, parked_at FROM "
    "parked_events WHERE key = convert_to($1::text, 'UTF8') ORDER BY id"};

constexpr Statement kParkedByRelay{
    "timeline_parked_by_relay",
    "SELECT id, topic, '', reason, error, parked_at FROM outbox_relay.parked_rows "
    "WHERE key = convert_to($1::text, 'UTF8') AND discarded_at IS NULL ORDER BY id"};

constexpr Statement kPayment{
    "timeline_payment",
    "SELECT state, coalesce(step, ''), step_started_at, step_tries, due_at "
    "FROM payments WHERE order_id = $1::uuid"};

constexpr Statement kMails{
    "timeline_mails",
    "SELECT state, subject, coalesce(error, ''), tries, coalesce(sent_at, created_at), due_at "
    "FROM mails WHERE order_id = $1::uuid ORDER BY sequence"};

constexpr Statement kProviderAnswers{
    "timeline_provider_answers",
    "SELECT split_part(key, ':', 2), status, created_at FROM idempotency_keys WHERE key = ANY("
    "  SELECT $1::text || ':' || step || ':' || attempt FROM "
    "unnest('{authorize,capture,void,refund}'"
    "  ::text[]) AS s(step), generate_series(0, 9) AS attempt) ORDER BY created_at"};

struct Owner {
  postgres::Pool& pool;
  verify::Consumer consumer;
};

absl::Status ReadIn(postgres::Pool& pool, const std::string& what,
                    absl::FunctionRef<absl::Status(postgres::Transaction&)> body) {
  return postgres::RunTransaction(pool, {.name = what, .deadline = absl::Now() + kTimeout}, body);
}

postgres::PostgresConfig OneSession(const std::string& conninfo) {
  postgres::PostgresConfig config;
  config.conninfo = conninfo;
  config.pool_size = 1;
  return config;
}

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
  if (type == "PaymentFailed" || type == "OrderCancelled") return text("reason");
  return "";
}

std::vector<ParkedFinding> ParkedOf(const pqxx::result& rows, const std::string& by) {
  std::vector<ParkedFinding> parked;
  for (const auto& row : rows) {
    parked.push_back({by, row[0].as<std::int64_t>(), row[1].c_str(), row[2].c_str(), row[3].c_str(),
                      row[4].c_str(), postgres::TimeOf(row[5])});
  }
  return parked;
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
  return ReadIn(orders_, "reading the order's history", [&](postgres::Transaction& tx) {
    findings.history.clear();
    for (const auto& row : tx.Exec(kHistory, order)) {
      findings.history.push_back(
          {row[0].c_str(), row[1].is_null() ? "" : row[1].c_str(), postgres::TimeOf(row[2])});
    }
    for (const auto& row : tx.Exec(kDeadline, order)) {
      findings.deadline = postgres::TimeOf(row[0]);
    }
    return absl::OkStatus();
  });
}

absl::Status TimelineReader::ReadPayment(const OrderId& order, Findings& findings) {
  return ReadIn(payments_, "reading the payment", [&](postgres::Transaction& tx) {
    findings.payment.reset();
    for (const auto& row : tx.Exec(kPayment, order)) {
      PaymentFinding payment{.state = row[0].c_str(),
                             .step = row[1].c_str(),
                             .step_started_at = absl::InfinitePast(),
                             .tries = row[3].as<int>(),
                             .due_at = std::nullopt};
      if (!row[2].is_null()) payment.step_started_at = postgres::TimeOf(row[2]);
      if (!row[4].is_null()) payment.due_at = postgres::TimeOf(row[4]);
      findings.payment = std::move(payment);
    }
    return absl::OkStatus();
  });
}

absl::Status TimelineReader::ReadMails(const OrderId& order, Findings& findings) {
  return ReadIn(notifications_, "reading the mails", [&](postgres::Transaction& tx) {
    findings.mails.clear();
    for (const auto& row : tx.Exec(kMails, order)) {
      findings.mails.push_back({row[0].c_str(), row[1].c_str(), row[2].c_str(), row[3].as<int>(),
                                postgres::TimeOf(row[4]), postgres::TimeOf(row[5])});
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
    const absl::Status status =
        ReadIn(owner.pool, "reading the events", [&](postgres::Transaction& tx) {
          events.clear();
          for (const auto& row : tx.Exec(kEvents, order.ToString(), since)) {
            events.push_back({.source = service,
                              .topic = row[0].c_str(),
                              .type = row[1].c_str(),
                              .sequence = row[2].as<std::int64_t>(),
                              .id = row[3].c_str(),
                              .note = NoteOf(row[1].c_str(), row[4].c_str()),
                              .committed_at = postgres::TimeOf(row[5]),
                              .record = std::nullopt,
                              .published_at = absl::InfinitePast(),
                              .noted_at = {}});
          }
          parked = ParkedOf(tx.Exec(kParked, order.ToString()), service);
          for (ParkedFinding& one :
               ParkedOf(tx.Exec(kParkedByRelay, order.ToString()), "the relay")) {
            parked.push_back(std::move(one));
          }
          return absl::OkStatus();
        });
    if (!status.ok()) return status;
    findings.events.insert(findings.events.end(), events.begin(), events.end());
    findings.parked.insert(findings.parked.end(), parked.begin(), parked.end());
  }
  return absl::OkStatus();
}

absl::Status TimelineReader::ReadInboxes(Findings& findings) {
  postgres::ArrayBuilder ids;
  for (const EventFinding& event : findings.events) ids.Add(event.id);
  for (const Owner& owner :
       {Owner{orders_, verify::Consumer::kOrders}, Owner{payments_, verify::Consumer::kPayments},
        Owner{inventory_, verify::Consumer::kInventory},
        Owner{notifications_, verify::Consumer::kNotifications}}) {
    const absl::Status status =
        ReadIn(owner.pool, "reading the inbox", [&](postgres::Transaction& tx) {
          for (const auto& row : tx.Exec(kInbox, verify::NameOf(owner.consumer), ids.text())) {
            for (EventFinding& event : findings.events) {
              if (event.id == row[0].c_str()) {
                event.noted_at[owner.consumer] = postgres::TimeOf(row[1]);
              }
            }
          }
          return absl::OkStatus();
        });
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

void TimelineReader::ReadProvider(const OrderId& order, Findings& findings) {
  ReadIn(sandbox_, "reading the provider's answers", [&](postgres::Transaction& tx) {
    findings.provider_answers.clear();
    for (const auto& row : tx.Exec(kProviderAnswers, order.ToString())) {
      findings.provider_answers.push_back(
          {row[0].c_str(), row[1].as<int>(), postgres::TimeOf(row[2])});
    }
    return absl::OkStatus();
  }).IgnoreError();
}

void TimelineReader::ReadTopics(const OrderId& order, Findings& findings) {
  const absl::StatusOr<std::unique_ptr<kafka::TopicReader>> reader =
      kafka::TopicReader::Create(kafka_);
  if (!reader.ok()) return;
  std::vector<kafka::RecordRange> ranges;
  for (const char* topic : {"orders.events", "payments.events", "inventory.events"}) {
    const absl::StatusOr<kafka::RecordRange> range =
        (*reader)->OfKey(StrCat(kafka_.topic_prefix, topic), order.ToString(),
                         findings.history.front().at - kClockSlack);
    if (!range.ok()) return;
    ranges.push_back(*range);
  }
  const std::string key = order.ToString();
  const absl::Status read = (*reader)->Read(ranges, [&](const kafka::Record& record) {
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
    return !all;
  });
  findings.knows_topics = read.ok();
}

absl::StatusOr<Findings> TimelineReader::Read(const OrderId& order, bool with_topics) {
  Findings findings;
  absl::Status status = ReadOrder(order, findings);
  if (!status.ok()) return status;
  if (findings.history.empty()) return findings;
  status = ReadPayment(order, findings);
  if (status.ok()) status = ReadMails(order, findings);
  if (status.ok()) status = ReadEvents(order, findings);
  if (!status.ok() || !with_topics)
    return status.ok() ? absl::StatusOr<Findings>(findings) : status;
  // Topics before inboxes: what a consumer has noted was published.
  ReadTopics(order, findings);
  ReadProvider(order, findings);
  status = ReadInboxes(findings);
  if (!status.ok()) return status;
  return findings;
}

}  // namespace waybill::orderctl
