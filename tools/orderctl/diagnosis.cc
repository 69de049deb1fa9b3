#include "tools/orderctl/diagnosis.h"

#include <algorithm>
#include <cstddef>

#include "platform/types/strings.h"
#include "tools/orderctl/output.h"
#include "tools/verify/sources.h"

namespace waybill::orderctl {
namespace {

std::string Since(absl::Time at, absl::Time now) {
  return StrCat("since ", absl::FormatTime("%H:%M:%S", at, absl::UTCTimeZone()), " UTC (",
                AgeText(now - at), ")");
}

std::string In(absl::Time at, absl::Time now) {
  return at <= now ? "now" : StrCat("in ", AgeText(at - now));
}

bool HasEnded(const Findings& findings) {
  const std::string& state = findings.state;
  return state == "CONFIRMED" || state == "CANCELLED";
}

std::string ParkedSentence(const ParkedFinding& parked, absl::Time now) {
  if (parked.by == "the relay") {
    return StrCat("an event for ", parked.topic, " that the relay has parked (", parked.reason,
                  ": ", parked.error, ") ", Since(parked.at, now), "; see: outbox_relay parked");
  }
  return StrCat("parked event ", parked.id, " in ", parked.by, " (", parked.type, ", ",
                parked.reason, ": ", OneLine(parked.error, 160), ") ", Since(parked.at, now),
                "; see: orderctl parked show ", parked.id, " --service ", parked.by);
}

// Says what an event is waiting for: the relay to publish it, or a consumer to process it. Returns
// "" if it waits for nothing.
std::string EventSentence(const EventFinding& event, bool knows_topics, absl::Time now) {
  const bool taken = !event.noted_at.empty();
  if (knows_topics && !event.record && !taken) {
    return StrCat("the relay to publish ", event.type, " of ", event.source, ", pending ",
                  Since(event.committed_at, now));
  }
  const std::uint8_t consumers =
      verify::ConsumersOf(verify::EventTypeOf("waybill.events.v1." + event.type));
  for (int i = 0; i < verify::kConsumers; ++i) {
    const auto consumer = static_cast<verify::Consumer>(i);
    if ((consumers & (1 << i)) == 0 || event.noted_at.contains(consumer)) continue;
    const absl::Time at = event.record ? event.published_at : event.committed_at;
    return StrCat(verify::NameOf(consumer), " to process ", event.type,
                  event.record ? StrCat(" (", event.topic, "/", *event.record, ")") : std::string(),
                  ", pending ", Since(at, now),
                  ": the service lags or is down, or its database is down");
  }
  return "";
}

std::string PaymentSentence(const PaymentFinding& payment, absl::Time now) {
  const std::string step = payment.step.empty() ? "the next step" : payment.step;
  const absl::Time due = payment.due_at.value_or(now);
  if (!payment.step.empty()) {
    return StrCat("the payment provider: ", step,
                  payment.mismatch.empty() ? " has no answer "
                                           : StrCat(" gets answers that contradict it (",
                                                    payment.mismatch, "), pending "),
                  Since(payment.step_started_at, now), "; calls made: ", payment.tries,
                  ", the next is due ", In(due, now));
  }
  return StrCat("payment_svc to begin ", step, " of the payment, which is due ", In(due, now));
}

std::string MailSentence(const MailFinding& mail, absl::Time now) {
  return StrCat("the mail \"", mail.subject, "\" to be sent, pending ", Since(mail.at, now),
                "; attempts made: ", mail.tries,
                mail.error.empty() ? "" : StrCat(" (", OneLine(mail.error, 120), ")"),
                ", the next is due ", In(mail.due_at, now));
}

}  // namespace

bool IsComplete(const Findings& findings) {
  if (findings.history.empty() || !HasEnded(findings)) return false;
  const auto ends = std::count_if(
      findings.history.begin(), findings.history.end(), [](const TransitionFinding& transition) {
        return transition.state == "CONFIRMED" || transition.state == "CANCELLED";
      });
  const auto emitted = [&](const char* type) {
    return std::count_if(findings.events.begin(), findings.events.end(),
                         [&](const EventFinding& event) { return event.type == type; });
  };
  const auto refunds = emitted("PaymentRefunded");
  if (emitted("OrderRefundRequested") != refunds + emitted("PaymentRefundFailed")) return false;
  const auto done = std::count_if(findings.mails.begin(), findings.mails.end(),
                                  [](const MailFinding& mail) { return mail.state != "PENDING"; });
  const std::string money = findings.payment ? findings.payment->state : "none";
  const bool cancelled = findings.state == "CANCELLED";
  if (findings.payment && (!findings.payment->step.empty() || findings.payment->due_at)) {
    return false;
  }
  return done >= ends + refunds && !(cancelled && (money == "authorized" || money == "captured"));
}

std::string WaitsFor(const Findings& findings, absl::Time now) {
  const auto first =
      std::min_element(findings.parked.begin(), findings.parked.end(),
                       [](const ParkedFinding& a, const ParkedFinding& b) { return a.at < b.at; });
  if (first != findings.parked.end()) return ParkedSentence(*first, now);
  // The event that was committed first delays those that it would cause.
  std::vector<const EventFinding*> events;
  for (const EventFinding& event : findings.events) events.push_back(&event);
  std::stable_sort(events.begin(), events.end(), [](const EventFinding* a, const EventFinding* b) {
    return a->committed_at < b->committed_at;
  });
  for (const EventFinding* event : events) {
    std::string sentence = EventSentence(*event, findings.knows_topics, now);
    if (!sentence.empty()) return sentence;
  }
  if (findings.payment && (!findings.payment->step.empty() || findings.payment->due_at)) {
    return PaymentSentence(*findings.payment, now);
  }
  for (const MailFinding& mail : findings.mails) {
    if (mail.state == "PENDING") return MailSentence(mail, now);
  }
  if (HasEnded(findings)) return StrCat("nothing: the order is ", findings.state);
  const TransitionFinding& last = findings.history.back();
  return StrCat("nothing that is stored: the order has been ", last.state, " ", Since(last.at, now),
                ", and will be cancelled at its deadline, ", In(findings.deadline, now));
}

}  // namespace waybill::orderctl
