// Judges the promises of docs/promises.md with pure functions over facts.
#pragma once

#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "absl/types/span.h"
#include "tools/verify/facts.h"

namespace waybill::verify {

// A violation's subject begins with this when it is about an event; the event's id follows.
inline constexpr std::string_view kEventSubject = "event ";

struct Violation {
  // The promise's number in docs/promises.md.
  int promise = 0;
  // The order's id, or "" when the violation is not about one order.
  std::string order_id;
  // The event, mail, charge or product that the violation is about, such as "event 0194…"; "" for
  // none.
  std::string subject;
  std::string what;

  friend bool operator==(const Violation&, const Violation&) = default;
  friend bool operator<(const Violation& a, const Violation& b) {
    return std::tie(a.promise, a.order_id, a.subject, a.what) <
           std::tie(b.promise, b.order_id, b.subject, b.what);
  }
};

struct Rules {
  // Whatever changed after this time is not judged.
  Micros idle_since = 0;
  // What began before these times may lack rows in the outboxes, or records in the topics.
  Micros rows_from = 0;
  Micros records_from = 0;
  // The history of orders, and the provider's charges, that began before these times may have been
  // retired: that they are missing proves nothing.
  Micros history_retired_before = 0;
  Micros charges_retired_before = 0;
  // Whether facts of kind kCharge, and of kind kSunkMail, were read.
  bool knows_charges = false;
  bool knows_sunk_mails = false;
};

enum class Verdict { kJudged, kMoving, kAwaiting, kParked };

// What was found about some orders.
struct Findings {
  std::vector<Violation> violations;
  // Events that are still on their way to a consumer, and how many of them are not on their topic
  // yet.
  std::vector<NotedEvent> awaited;
  std::int64_t unpublished = 0;
};

// Judges promises 3, 4, 5, 6 (only: no effect happens twice), 7, 8, 9 and 11 for one order, and
// appends what it finds to `out`. `facts` holds all facts about one order, in any order; the call
// sorts them.
//
// Returns kMoving when something about the order changed too recently, and nothing was judged;
// kAwaiting when the relay or a consumer has yet to process one of its events, and kParked when one
// of its events is parked: in both cases promises 7, 8, 9 and 11 were not judged.
Verdict JudgeOrder(absl::Span<OrderFact> facts, const Rules& rules, Findings& out);

// Judges promise 6 for one event: every consumer that handles it has recorded it or has yet to
// receive it, and no inbox has recorded an event that was never committed. The arguments hold all
// facts about one event.
void JudgeEvent(absl::Span<const CommittedEvent> committed, absl::Span<const NotedEvent> noted,
                const Rules& rules, std::vector<Violation>& out);

}  // namespace waybill::verify
