#include "tools/orderctl/timeline.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "platform/postgres/run_transaction.h"

namespace waybill::orderctl {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(10);

constexpr postgres::Statement kHistory{"timeline_history",
                                       "SELECT state, cancel_reason, at FROM order_history WHERE "
                                       "order_id = $1::uuid ORDER BY transition"};

// When a payment came into a state stands nowhere but in the event that told of it.
constexpr postgres::Statement kPayment{
    "timeline_payment",
    "SELECT p.state, o.headers ->> 'ce_type', o.created_at FROM payments p "
    "LEFT JOIN outbox o ON o.key = p.order_id::text AND o.topic = 'payments.events' "
    "WHERE p.order_id = $1::uuid ORDER BY o.id"};

constexpr postgres::Statement kMails{
    "timeline_mails",
    "SELECT state, coalesce(sent_at, created_at), coalesce(error, subject) FROM mails "
    "WHERE order_id = $1::uuid ORDER BY sequence"};

absl::Status ReadIn(postgres::Pool& pool, const std::string& what,
                    absl::FunctionRef<absl::Status(postgres::Transaction&)> body) {
  return postgres::RunTransaction(pool, {.name = what, .deadline = absl::Now() + kTimeout}, body);
}

bool EndsWith(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

std::string StepOfState(const std::string& state) {
  if (state == "PLACED") return "placed";
  if (state == "PAYMENT_CONFIRMED") return "payment confirmed";
  if (state == "RESERVED") return "items reserved";
  if (state == "CONFIRMED") return "confirmed";
  return "cancelled";
}

postgres::PostgresConfig OneSession(const std::string& conninfo) {
  postgres::PostgresConfig config;
  config.conninfo = conninfo;
  config.pool_size = 1;
  return config;
}

}  // namespace

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

TimelineReader::TimelineReader(const std::string& orders_db, const std::string& payments_db,
                               const std::string& notifications_db)
    : orders_(OneSession(orders_db), "orderctl"),
      payments_(OneSession(payments_db), "orderctl"),
      notifications_(OneSession(notifications_db), "orderctl") {}

absl::Status TimelineReader::ReadOrder(const OrderId& order, Timeline& timeline,
                                       Progress& progress) {
  return ReadIn(orders_, "reading the order's history", [&](postgres::Transaction& tx) {
    timeline.steps.clear();
    progress = Progress();
    for (const auto& row : tx.Exec(kHistory, order)) {
      const std::string state = row[0].c_str();
      const bool cancelled = state == "CANCELLED";
      timeline.steps.push_back(
          {StepOfState(state), postgres::TimeOf(row[2]), cancelled ? row[1].c_str() : ""});
      if (cancelled || state == "CONFIRMED") ++progress.ends;
      progress.cancelled = cancelled;
    }
    return absl::OkStatus();
  });
}

absl::Status TimelineReader::ReadPayment(const OrderId& order, Timeline& timeline,
                                         Progress& progress) {
  std::vector<Step> steps;
  const absl::Status status =
      ReadIn(payments_, "reading the payment", [&](postgres::Transaction& tx) {
        steps.clear();
        for (const auto& row : tx.Exec(kPayment, order)) {
          progress.payment_state = row[0].c_str();
          if (row[1].is_null()) continue;
          const std::string type = row[1].c_str();
          if (EndsWith(type, ".PaymentCaptured")) {
            steps.push_back({"payment captured", postgres::TimeOf(row[2]), ""});
          } else if (EndsWith(type, ".PaymentReleased")) {
            steps.push_back({"money released", postgres::TimeOf(row[2]), progress.payment_state});
          }
        }
        return absl::OkStatus();
      });
  timeline.steps.insert(timeline.steps.end(), steps.begin(), steps.end());
  return status;
}

absl::Status TimelineReader::ReadMails(const OrderId& order, Timeline& timeline,
                                       Progress& progress) {
  std::vector<Step> steps;
  const absl::Status status =
      ReadIn(notifications_, "reading the mails", [&](postgres::Transaction& tx) {
        steps.clear();
        progress.mails_done = 0;
        for (const auto& row : tx.Exec(kMails, order)) {
          const std::string state = row[0].c_str();
          if (state == "PENDING") continue;
          ++progress.mails_done;
          steps.push_back({state == "SENT" ? "mailed" : "mail refused", postgres::TimeOf(row[1]),
                           row[2].c_str()});
        }
        return absl::OkStatus();
      });
  timeline.steps.insert(timeline.steps.end(), steps.begin(), steps.end());
  return status;
}

absl::StatusOr<Timeline> TimelineReader::Read(const OrderId& order) {
  Timeline timeline;
  Progress progress;
  absl::Status status = ReadOrder(order, timeline, progress);
  if (status.ok()) status = ReadPayment(order, timeline, progress);
  if (status.ok()) status = ReadMails(order, timeline, progress);
  if (!status.ok()) return status;
  std::stable_sort(timeline.steps.begin(), timeline.steps.end(),
                   [](const Step& a, const Step& b) { return a.at < b.at; });
  timeline.complete = progress.IsComplete();
  return timeline;
}

}  // namespace waybill::orderctl
