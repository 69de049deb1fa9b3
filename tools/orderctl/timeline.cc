#include "tools/orderctl/timeline.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/time/clock.h"
#include "platform/postgres/run_transaction.h"

namespace waybill::orderctl {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(10);

constexpr postgres::Statement kHistory{"timeline_history",
                                       "SELECT state, cancel_reason, at FROM order_history WHERE "
                                       "order_id = $1::uuid ORDER BY transition"};

// When a payment came into a state, and items were reserved, stands nowhere but in the event that
// told of it.
constexpr postgres::Statement kEvents{
    "timeline_events",
    "SELECT substring(headers ->> 'ce_type' from '[^.]+$'), convert_from(payload, 'UTF8')::jsonb, "
    "created_at FROM outbox WHERE key = $1 AND topic = $2 ORDER BY id"};

constexpr postgres::Statement kPayment{"timeline_payment",
                                       "SELECT state FROM payments WHERE order_id = $1::uuid"};

constexpr postgres::Statement kMails{
    "timeline_mails",
    "SELECT state, coalesce(sent_at, created_at), coalesce(error, subject) FROM mails "
    "WHERE order_id = $1::uuid ORDER BY sequence"};

absl::Status ReadIn(postgres::Pool& pool, const std::string& what,
                    absl::FunctionRef<absl::Status(postgres::Transaction&)> body) {
  return postgres::RunTransaction(pool, {.name = what, .deadline = absl::Now() + kTimeout}, body);
}

// What an event of payment_svc or inventory_svc tells, in the words of a timeline.
Step StepOfEvent(const std::string& type, const nlohmann::json& body, absl::Time at) {
  if (type == "PaymentProcessed") {
    if (body.value("paymentStatus", "") == "confirmed") return {"payment confirmed", at, ""};
    return {"payment declined", at, body.value("declineReason", "")};
  }
  if (type == "PaymentCaptured") return {"payment captured", at, ""};
  if (type == "PaymentFailed") return {"payment failed", at, body.value("reason", "")};
  if (type == "PaymentReleased") return {"money released", at, body.value("outcome", "")};
  if (type == "InventoryUpdated") return {"items reserved", at, ""};
  if (type == "InventoryRejected") return {"out of stock", at, ""};
  if (type == "StockReleased") return {"stock released", at, ""};
  return {type, at, ""};
}

// The steps that the events of one order tell, in a topic's outbox.
void AppendEvents(postgres::Transaction& tx, const OrderId& order, const char* topic,
                  std::vector<Step>& steps) {
  for (const auto& row : tx.Exec(kEvents, order.ToString(), topic)) {
    const nlohmann::json body = nlohmann::json::parse(row[1].c_str());
    steps.push_back(StepOfEvent(row[0].c_str(), body, postgres::TimeOf(row[2])));
  }
}

postgres::PostgresConfig OneSession(const std::string& conninfo) {
  postgres::PostgresConfig config;
  config.conninfo = conninfo;
  config.pool_size = 1;
  return config;
}

}  // namespace

// What of the order's way decides whether it is complete.
struct TimelineReader::Progress {
  // How often the order came to an end: a confirmed order may be cancelled after that.
  std::size_t ends = 0;
  bool cancelled = false;
  std::string payment_state = "none";
  std::size_t mails_done = 0;

  bool IsComplete() const {
    const bool money_held = payment_state == "authorized" || payment_state == "captured";
    return ends > 0 && mails_done >= ends && !(cancelled && money_held);
  }
};

TimelineReader::TimelineReader(const Databases& databases)
    : orders_(OneSession(databases.orders), "orderctl"),
      payments_(OneSession(databases.payments), "orderctl"),
      inventory_(OneSession(databases.inventory), "orderctl"),
      notifications_(OneSession(databases.notifications), "orderctl") {}

absl::Status TimelineReader::ReadOrder(const OrderId& order, Steps& steps, Progress& progress) {
  return ReadIn(orders_, "reading the order's history", [&](postgres::Transaction& tx) {
    steps.clear();
    progress.ends = 0;
    for (const auto& row : tx.Exec(kHistory, order)) {
      const std::string state = row[0].c_str();
      const absl::Time at = postgres::TimeOf(row[2]);
      if (state == "PLACED") steps.push_back({"placed", at, ""});
      if (state == "CONFIRMED") steps.push_back({"confirmed", at, ""});
      progress.cancelled = state == "CANCELLED";
      if (progress.cancelled) steps.push_back({"cancelled", at, row[1].c_str()});
      if (progress.cancelled || state == "CONFIRMED") ++progress.ends;
    }
    return absl::OkStatus();
  });
}

absl::Status TimelineReader::ReadPayment(const OrderId& order, Steps& steps, Progress& progress) {
  return ReadIn(payments_, "reading the payment", [&](postgres::Transaction& tx) {
    steps.clear();
    for (const auto& row : tx.Exec(kPayment, order)) progress.payment_state = row[0].c_str();
    AppendEvents(tx, order, "payments.events", steps);
    return absl::OkStatus();
  });
}

absl::Status TimelineReader::ReadReservation(const OrderId& order, Steps& steps) {
  return ReadIn(inventory_, "reading the reservation", [&](postgres::Transaction& tx) {
    steps.clear();
    AppendEvents(tx, order, "inventory.events", steps);
    return absl::OkStatus();
  });
}

absl::Status TimelineReader::ReadMails(const OrderId& order, Steps& steps, Progress& progress) {
  return ReadIn(notifications_, "reading the mails", [&](postgres::Transaction& tx) {
    steps.clear();
    for (const auto& row : tx.Exec(kMails, order)) {
      const std::string state = row[0].c_str();
      if (state == "PENDING") continue;
      steps.push_back(
          {state == "SENT" ? "mailed" : "mail refused", postgres::TimeOf(row[1]), row[2].c_str()});
    }
    progress.mails_done = steps.size();
    return absl::OkStatus();
  });
}

absl::StatusOr<Timeline> TimelineReader::Read(const OrderId& order) {
  Progress progress;
  Steps of_order, of_payment, of_reservation, of_mails;
  absl::Status status = ReadOrder(order, of_order, progress);
  if (status.ok()) status = ReadPayment(order, of_payment, progress);
  if (status.ok()) status = ReadReservation(order, of_reservation);
  if (status.ok()) status = ReadMails(order, of_mails, progress);
  if (!status.ok()) return status;
  Timeline timeline;
  if (of_order.empty()) return timeline;
  for (const Steps& steps : {of_order, of_payment, of_reservation, of_mails}) {
    timeline.steps.insert(timeline.steps.end(), steps.begin(), steps.end());
  }
  std::stable_sort(timeline.steps.begin(), timeline.steps.end(),
                   [](const Step& a, const Step& b) { return a.at < b.at; });
  timeline.complete = progress.IsComplete();
  return timeline;
}

}  // namespace waybill::orderctl
