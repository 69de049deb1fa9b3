// The promises of docs/promises.md as pure functions over facts.
#pragma once

#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "absl/types/span.h"
#include "tools/verify/facts.h"

namespace waybill::verify {

// How the subject of a violation begins that is about an event; its id follows.
inline constexpr std::string_view kEventSubject = "event ";

struct Violation {
  // Its number in docs/promises.md.
  int promise = 0;
  // The order's id, or "" where it isn't about one.
  std::string order_id;
  // The event, mail, charge or product it is about, if it is about one: "event 0194…".
  std::string subject;
  std::string what;

  friend bool operator==(const Violation&, const Violation&) = default;
  friend bool operator<(const Violation& a, const Violation& b) {
    return std::tie(a.promise, a.order_id, a.subject, a.what) <
           std::tie(b.promise, b.order_id, b.subject, b.what);
  }
};

struct Rules {
  // What changed after this is not judged.
  Micros idle_since = 0;
  // Of what began before this, outboxes and topics may not hold everything any more.
  Micros history_from = 0;
  // Whether kCharge and kSunkMail facts were read.
  bool knows_charges = false;
  bool knows_sunk_mails = false;
};

enum class Verdict { kJudged, kMoving, kAwaiting, kParked };

// What was found of some orders.
struct Findings {
  std::vector<Violation> violations;
  // Events that are still on their way to a consumer, and how many of them to their topic.
  std::vector<NotedEvent> awaited;
  std::int64_t unpublished = 0;
};

// Judges promises 3, 4, 5, 6 (effects that are there twice), 7, 8, 9 and 11 of one order, and
// appends what it finds. `facts` are all facts of one order, in any order; sorted by the call.
// kMoving: something of it changed too lately, nothing was judged. kAwaiting: the relay or a
// consumer has yet to come to one of its events; kParked: one of them is parked; 7, 8, 9 and 11
// were not judged.
Verdict JudgeOrder(absl::Span<OrderFact> facts, const Rules& rules, Findings& out);

// Judges promise 6 of one event: every consumer that handles it has noted it or is awaited, and
// none has noted one that nobody committed. All facts of one event.
void JudgeEvent(absl::Span<const CommittedEvent> committed, absl::Span<const NotedEvent> noted,
                const Rules& rules, std::vector<Violation>& out);

}  // namespace waybill::verify
