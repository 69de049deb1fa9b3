#include "tools/verify/judge.h"

#include <algorithm>
#include <array>

#include "platform/types/strings.h"
#include "tools/verify/complaints.h"
#include "tools/verify/money.h"
#include "tools/verify/order_book.h"

namespace waybill::verify {
namespace {

constexpr const char* kTopicNames[] = {"orders.events", "payments.events", "inventory.events",
                                       "dead letters"};

std::string EventName(const Uuid& id) { return StrCat(kEventSubject, id.ToString()); }

// Promise 3: compares the number of events that the row has counted with the rows in its outbox.
void JudgeRowsOfOutbox(const OrderBook& book, const OrderFact* row, Topic topic, const char* owner,
                       Complaints& complaints) {
  const auto& rows = book.outbox[static_cast<int>(topic)];
  const std::uint32_t wanted = row == nullptr ? 0 : row->number;
  if (row == nullptr && !rows.empty()) {
    complaints.Add(3,
                   StrCat("the outbox has ", rows.size(), " events for ", kTopicNames[int(topic)],
                          ", but there is no ", owner),
                   EventName(rows.front()->id));
    return;
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i]->number == i + 1) continue;
    complaints.Add(5,
                   StrCat("the outbox doesn't number the events for ", kTopicNames[int(topic)],
                          " 1 to ", rows.size(), " (one has number ", rows[i]->number, ")"),
                   EventName(rows[i]->id));
    break;
  }
  if (rows.size() != wanted) {
    complaints.Add(3, StrCat("the ", owner, " has emitted ", wanted, " events, but the outbox has ",
                             rows.size()));
  }
}

// Promises 4 and 5, for one topic.
void JudgeTopic(const OrderBook& book, int topic, Complaints& complaints) {
  const auto& rows = book.outbox[topic];
  const auto& records = book.records[topic];
  OrderBook::Facts seen;
  std::uint32_t last = 0;
  for (const OrderFact* record : records) {
    const OrderFact* row = RowOf(rows, record->id);
    if (row == nullptr) {
      complaints.Add(4, StrCat(kTopicNames[topic], " holds an event that was never committed"),
                     EventName(record->id));
      continue;
    }
    if (RowOf(seen, record->id) != nullptr) continue;
    seen.push_back(record);
    if (topic >= kNumberedTopics) continue;
    if (record->number != row->number) {
      complaints.Add(5,
                     StrCat("event ", row->number, " is numbered ", record->number, " in ",
                            kTopicNames[topic]),
                     EventName(record->id));
    }
    if (row->number < last) {
      complaints.Add(
          5,
          StrCat("in ", kTopicNames[topic], ", event ", row->number, " comes after event ", last),
          EventName(record->id));
    }
    const OrderFact& first = *records.front();
    if (PartitionOf(*record) != PartitionOf(first) && (record->flag || first.flag)) {
      complaints.Add(5, StrCat("the order's events are in two partitions of ", kTopicNames[topic]),
                     EventName(record->id));
    }
    last = std::max(last, row->number);
  }
  for (const OrderFact* row : rows) {
    if (!row->flag && RowOf(seen, row->id) == nullptr) {
      complaints.Add(
          4, StrCat("event ", row->number, " was committed but is not in ", kTopicNames[topic]),
          EventName(row->id));
    }
  }
}

// Each refund has events of its own.
bool HappensAgain(EventType type) {
  return type == EventType::kOrderRefundRequested || type == EventType::kOrderRefunded ||
         type == EventType::kPaymentRefunded || type == EventType::kPaymentRefundFailed;
}

// Promise 6: each type of event is emitted at most once per order, or once per refund.
void JudgeEffectsOnce(const OrderBook& book, Complaints& complaints) {
  std::array<int, static_cast<int>(EventType::kOther)> times{};
  for (int topic = 0; topic < kNumberedTopics; ++topic) {
    for (const OrderFact* row : book.outbox[topic]) {
      if (row->state >= times.size()) continue;
      const bool again = HappensAgain(static_cast<EventType>(row->state));
      const int most = again ? static_cast<int>(book.ordered_refunds.size()) : 1;
      if (++times[row->state] == most + 1) {
        complaints.Add(
            6,
            again ? StrCat("there are more events of one type in ", kTopicNames[topic],
                           " than the order has refunds")
                  : StrCat("the same effect happened twice: there are two events of one type in ",
                           kTopicNames[topic]),
            EventName(row->id));
      }
    }
  }
}

// Promise 7, for one order; database_sources.cc judges it per product.
void JudgeReservation(const OrderBook& book, Complaints& complaints) {
  const bool reserved = book.reservation != nullptr &&
                        book.reservation->state == std::uint8_t(ReservationState::kReserved);
  // What was shipped stays gone, also if the order is cancelled meanwhile.
  const bool shipped = book.reservation != nullptr &&
                       book.reservation->state == std::uint8_t(ReservationState::kShipped);
  const bool confirmed =
      book.order != nullptr && book.order->state == std::uint8_t(OrderState::kConfirmed);
  if ((reserved || shipped) && book.order == nullptr) {
    complaints.Add(7, shipped ? "items were shipped for an order that doesn't exist"
                              : "items are reserved for an order that doesn't exist");
  } else if (book.order != nullptr && book.order->flag != shipped) {
    complaints.Add(7, shipped ? "the items were shipped, but the order isn't marked as shipped"
                              : "the order is marked as shipped, but its items were not shipped");
  } else if (confirmed && !reserved && !shipped) {
    complaints.Add(7, "the order is CONFIRMED, but its items are not reserved");
  } else if (!confirmed && reserved) {
    complaints.Add(7, "the order is CANCELLED, but its items are still reserved");
  } else if ((reserved || shipped) && book.ordered_units != book.reserved_units) {
    complaints.Add(7, "the reserved items differ from the ordered ones");
  }
}

bool MayFollow(OrderState from, OrderState to) {
  switch (to) {
    case OrderState::kPaymentConfirmed:
      return from == OrderState::kPlaced;
    case OrderState::kReserved:
      return from == OrderState::kPaymentConfirmed;
    case OrderState::kConfirmed:
      return from == OrderState::kReserved;
    case OrderState::kCancelled:
      return from != OrderState::kCancelled;
    default:
      return false;
  }
}

// Promise 9.
void JudgeHistory(const OrderBook& book, const Rules& rules, Complaints& complaints) {
  const OrderFact& order = *book.order;
  if (book.history == nullptr || book.history->flag || book.history->count != order.count) {
    if (book.HasEnded() && book.began < rules.history_retired_before) return;
    complaints.Add(
        9, StrCat("the order has made ", int(order.count),
                  " transitions, but its history doesn't number them 1 to ", int(order.count)));
    return;
  }
  auto state = OrderState::kUnknown;
  // `amount` has room for sixteen states, and no allowed path is longer.
  for (int i = 0; i < std::min<int>(order.count, 16); ++i) {
    const auto next = static_cast<OrderState>((book.history->amount >> (4 * i)) & 15);
    if (i == 0 ? next != OrderState::kPlaced : !MayFollow(state, next)) {
      complaints.Add(9, StrCat("the order's history goes from ",
                               i == 0 ? "nothing" : kOrderStates[std::min(int(state), 5)], " to ",
                               kOrderStates[std::min(int(next), 5)]));
      return;
    }
    state = next;
  }
  if (state != static_cast<OrderState>(order.state)) {
    complaints.Add(9, StrCat("the order is ", kOrderStates[order.state],
                             ", but its history ends at ", kOrderStates[int(state)]));
  } else if (!book.HasEnded() && order.deadline < rules.idle_since) {
    complaints.Add(9,
                   StrCat("the order is still ", kOrderStates[order.state], " after its deadline"));
  }
}

// Promise 11.
void JudgeMails(const OrderBook& book, const Rules& rules, bool within_retention,
                Complaints& complaints) {
  if (within_retention) {
    for (const OrderFact* row : book.outbox[int(Topic::kOrders)]) {
      const auto type = static_cast<EventType>(row->state);
      const bool is_refund = type == EventType::kOrderRefunded;
      const bool is_end = type == EventType::kOrderConfirmed || type == EventType::kOrderCancelled;
      if ((!is_end && !is_refund) || RowOf(book.mails, row->id) != nullptr) continue;
      complaints.Add(11,
                     is_refund ? "no mail was written for the refund"
                               : "no mail was written for the order's end",
                     EventName(row->id));
    }
  } else if (book.order->state == std::uint8_t(OrderState::kConfirmed) && book.mails.empty()) {
    complaints.Add(11, "the order is CONFIRMED, but no mail was written for it");
  }
  if (!rules.knows_sunk_mails) return;
  std::size_t last = 0;
  for (const OrderFact* mail : book.mails) {
    if (mail->state != std::uint8_t(MailState::kSent)) continue;
    const OrderFact* sunk = RowOf(book.sunk_mails, mail->id);
    if (sunk == nullptr) {
      complaints.Add(11, "the mail counts as sent, but the mail sink never received it",
                     "mail " + mail->id.ToString());
      continue;
    }
    const auto place = static_cast<std::size_t>(
        std::find(book.sunk_mails.begin(), book.sunk_mails.end(), sunk) - book.sunk_mails.begin());
    if (place < last) {
      complaints.Add(11, "the order's mails were sent in the wrong sequence",
                     "mail " + mail->id.ToString());
    }
    last = std::max(last, place);
  }
  for (const OrderFact* sunk : book.sunk_mails) {
    if (RowOf(book.mails, sunk->id) == nullptr) {
      complaints.Add(11, "the mail sink received a mail that was never committed",
                     "mail " + sunk->id.ToString());
    }
  }
}

// Promises 8 and 11: a step or mail that is due gets processed.
void JudgeDue(const OrderBook& book, const Rules& rules, Complaints& complaints) {
  if (book.payment != nullptr && book.payment->flag && book.payment->deadline < rules.idle_since) {
    complaints.Add(8, "a step of the payment is overdue");
  }
  for (const OrderFact* mail : book.mails) {
    if (mail->state == std::uint8_t(MailState::kPending) && mail->deadline < rules.idle_since) {
      complaints.Add(11, "a mail is overdue", "mail " + mail->id.ToString());
    }
  }
}

void Await(const OrderFact& event, std::uint8_t consumers, Findings& out) {
  for (int i = 0; i < kConsumers; ++i) {
    if ((consumers & 1 << i) == 0) continue;
    out.awaited.push_back({event.id, event.at, static_cast<Consumer>(i), Note::kAwaited});
  }
}

// Returns whether one of the order's events is still on its way.
bool AwaitEvents(const OrderBook& book, Findings& out) {
  bool awaiting = false;
  for (int topic = 0; topic < OrderBook::kTopics; ++topic) {
    for (const OrderFact* row : book.outbox[topic]) {
      // A parked event is not on its way.
      if (!row->flag || book.parked_by_relay[topic]) continue;
      if (RowOf(book.records[topic], row->id) != nullptr) continue;
      Await(*row, ConsumersOf(static_cast<EventType>(row->state)), out);
      ++out.unpublished;
      awaiting = true;
    }
    for (const OrderFact* record : book.records[topic]) {
      const OrderFact* row = RowOf(book.outbox[topic], record->id);
      const std::uint8_t handled_by =
          row == nullptr ? 0xff : ConsumersOf(static_cast<EventType>(row->state));
      const auto awaited_by = static_cast<std::uint8_t>(record->count & handled_by);
      Await(*record, awaited_by, out);
      awaiting = awaiting || awaited_by != 0;
    }
  }
  return awaiting;
}

}  // namespace

Verdict JudgeOrder(absl::Span<OrderFact> facts, const Rules& rules, Findings& out) {
  const OrderBook book = OpenBook(facts);
  const bool awaiting = AwaitEvents(book, out);
  if (book.latest > rules.idle_since) return Verdict::kMoving;
  Complaints complaints(facts.front().order, out.violations);

  const bool within_retention = book.began >= rules.rows_from;
  if (within_retention) {
    JudgeRowsOfOutbox(book, book.order, Topic::kOrders, "order", complaints);
    JudgeRowsOfOutbox(book, book.payment, Topic::kPayments, "payment", complaints);
    JudgeRowsOfOutbox(book, book.reservation, Topic::kInventory, "reservation", complaints);
    JudgeEffectsOnce(book, complaints);
  }
  if (within_retention && book.began >= rules.records_from) {
    for (int topic = 0; topic <= int(Topic::kDeadLetters); ++topic) {
      if (!book.parked_by_relay[topic]) JudgeTopic(book, topic, complaints);
    }
  }
  if (book.IsParked()) return Verdict::kParked;
  if (awaiting) return Verdict::kAwaiting;
  if (book.order != nullptr) JudgeHistory(book, rules, complaints);
  // An order that has not ended, or whose payment has a step to do, is still changing.
  const bool at_rest = book.order == nullptr || book.HasEnded();
  const bool paying = book.payment != nullptr && book.payment->flag;
  if (at_rest) JudgeReservation(book, complaints);
  if (at_rest && !paying) JudgeMoney(book, rules, complaints);
  if (book.order != nullptr && at_rest) JudgeMails(book, rules, within_retention, complaints);
  JudgeAnswers(book, complaints);
  JudgeDue(book, rules, complaints);
  return Verdict::kJudged;
}

void JudgeEvent(absl::Span<const CommittedEvent> committed, absl::Span<const NotedEvent> noted,
                const Rules& rules, std::vector<Violation>& out) {
  std::uint8_t taken = 0;
  for (const NotedEvent& note : noted) {
    if (note.at > rules.idle_since) return;
    taken |= static_cast<std::uint8_t>(1 << static_cast<int>(note.consumer));
  }
  for (const CommittedEvent& event : committed) {
    if (event.at > rules.idle_since || event.at < rules.rows_from) return;
    for (int i = 0; i < kConsumers; ++i) {
      if ((event.consumers & ~taken & (1 << i)) == 0) continue;
      out.push_back({6, event.order.ToString(), EventName(event.event),
                     StrCat(NameOf(static_cast<Consumer>(i)), " has never processed it")});
    }
  }
  if (!committed.empty()) return;
  for (const NotedEvent& note : noted) {
    // An event that was processed lately may have been committed long before.
    const Micros committed_at = std::min(note.at, MintedAt(note.event).value_or(note.at));
    const bool may_be_gone = committed_at < rules.rows_from + kTimesDifferBy;
    if (may_be_gone || note.note != Note::kProcessed) return;
  }
  for (const NotedEvent& note : noted) {
    out.push_back({6, "", EventName(note.event),
                   StrCat(NameOf(note.consumer), " has processed it, but it was never committed")});
  }
}

}  // namespace waybill::verify
