#include "tools/orderctl/timeline.h"

#include <algorithm>

#include "platform/types/strings.h"

namespace waybill::orderctl {
namespace {

// Returns the milestone that an event means. The name is empty for events of which the order's own
// history, or another event, has the milestone.
Step StepOf(const EventFinding& event) {
  const absl::Time at = event.committed_at;
  if (event.type == "PaymentProcessed") {
    if (event.note == "confirmed") return {"payment confirmed", at, ""};
    return {"payment declined", at, event.note};
  }
  if (event.type == "PaymentCaptured") return {"payment captured", at, ""};
  if (event.type == "PaymentFailed") return {"payment failed", at, event.note};
  if (event.type == "PaymentReleased") return {"money released", at, event.note};
  if (event.type == "OrderRefundRequested") return {"refund requested", at, event.note};
  if (event.type == "PaymentRefunded") return {"money refunded", at, event.note};
  if (event.type == "PaymentRefundFailed") return {"refund failed", at, event.note};
  if (event.type == "InventoryUpdated") return {"items reserved", at, ""};
  if (event.type == "InventoryRejected") return {"out of stock", at, ""};
  if (event.type == "StockReleased") return {"stock released", at, ""};
  if (event.type == "OrderShipped") return {"shipped", at, ""};
  return {"", at, ""};
}

// By milliseconds, because Kafka's times have no more; what happened in the same one keeps its order.
template <typename T>
void SortByTime(std::vector<T>& values) {
  const auto is_before = [](const T& a, const T& b) {
    return absl::ToUnixMillis(a.at) < absl::ToUnixMillis(b.at);
  };
  std::stable_sort(values.begin(), values.end(), is_before);
}

std::string NumberedName(const EventFinding& event) {
  return StrCat(event.type, " #", event.sequence,
                event.note.empty() ? "" : StrCat(" (", event.note, ")"));
}

}  // namespace

std::vector<Step> StepsOf(const Findings& findings) {
  std::vector<Step> steps;
  for (const TransitionFinding& transition : findings.history) {
    if (transition.state == "PLACED") steps.push_back({"placed", transition.at, ""});
    if (transition.state == "CONFIRMED") steps.push_back({"confirmed", transition.at, ""});
    if (transition.state == "CANCELLED") {
      steps.push_back({"cancelled", transition.at, transition.reason});
    }
  }
  for (const EventFinding& event : findings.events) {
    Step step = StepOf(event);
    if (!step.name.empty()) steps.push_back(std::move(step));
  }
  for (const MailFinding& mail : findings.mails) {
    if (mail.state == "SENT") steps.push_back({"mailed", mail.at, mail.subject});
    if (mail.state == "FAILED") steps.push_back({"mail refused", mail.at, mail.error});
  }
  SortByTime(steps);
  return steps;
}

std::vector<Link> ChainOf(const Findings& findings) {
  std::vector<Link> chain;
  for (const TransitionFinding& transition : findings.history) {
    const std::string what = transition.state == "PLACED"
                                 ? "PlaceOrder: order committed, PLACED"
                                 : StrCat("order committed, ", transition.state,
                                          transition.reason.empty() ? "" : " ", transition.reason);
    chain.push_back({transition.at, "order_svc", what});
  }
  for (const EventFinding& event : findings.events) {
    chain.push_back(
        {event.committed_at, event.source, StrCat("outbox row: ", NumberedName(event))});
    if (event.record) {
      chain.push_back({event.published_at, StrCat(event.topic, "/", *event.record),
                       StrCat("record: ", NumberedName(event))});
    }
    for (const auto& [consumer, at] : event.noted_at) {
      chain.push_back({at, verify::NameOf(consumer), StrCat("inbox: ", NumberedName(event))});
    }
  }
  for (const ProviderFinding& answer : findings.provider_answers) {
    chain.push_back(
        {answer.at, "provider", StrCat(answer.step, " answered with ", answer.http_status)});
  }
  for (const ParkedFinding& parked : findings.parked) {
    chain.push_back({parked.at, parked.by,
                     StrCat("parked: ", parked.type, " ", parked.id, " (", parked.reason, ")")});
  }
  for (const MailFinding& mail : findings.mails) {
    chain.push_back({mail.at, "notification_svc",
                     StrCat("mail ", mail.state, ": ", mail.subject,
                            mail.error.empty() ? "" : StrCat(" (", mail.error, ")"))});
  }
  SortByTime(chain);
  return chain;
}

}  // namespace waybill::orderctl
