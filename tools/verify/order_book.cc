#include "tools/verify/order_book.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace waybill::verify {
namespace {

// Returns what the facts of one kind are sorted by.
std::int64_t PlaceOf(const OrderFact& fact) {
  switch (fact.kind) {
    case FactKind::kRecord:
      return fact.amount;
    case FactKind::kSunkMail:
      return fact.at;
    default:
      return fact.number;
  }
}

// An order's id is a UUIDv7; any other key says nothing about time.
Micros BeganAt(absl::Span<const OrderFact> facts) {
  if (const std::optional<Micros> minted = MintedAt(facts.front().order)) return *minted;
  return std::min_element(facts.begin(), facts.end(),
                          [](const auto& a, const auto& b) { return a.at < b.at; })
      ->at;
}

// Merges records that are sorted by partition and offset.
void SortByTime(OrderBook::Facts& records) {
  if (records.empty() || PartitionOf(*records.front()) == PartitionOf(*records.back())) return;
  OrderBook::Facts merged;
  while (!records.empty()) {
    // The earliest among the first records of the partitions.
    auto next = records.begin();
    for (auto it = records.begin(); it != records.end(); ++it) {
      const bool is_first = it == records.begin() || PartitionOf(**it) != PartitionOf(**(it - 1));
      if (is_first && (*it)->at < (*next)->at) next = it;
    }
    merged.push_back(*next);
    records.erase(next);
  }
  records = std::move(merged);
}

}  // namespace

bool OrderBook::HasEnded() const {
  return order != nullptr && (order->state == static_cast<std::uint8_t>(OrderState::kConfirmed) ||
                              order->state == static_cast<std::uint8_t>(OrderState::kCancelled));
}

bool OrderBook::IsParked() const {
  return parked ||
         std::find(parked_by_relay.begin(), parked_by_relay.end(), true) != parked_by_relay.end();
}

const OrderFact* RowOf(const OrderBook::Facts& rows, const Uuid& id) {
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&](const OrderFact* row) { return row->id == id; });
  return found == rows.end() ? nullptr : *found;
}

OrderBook OpenBook(absl::Span<OrderFact> facts) {
  std::sort(facts.begin(), facts.end(), [](const OrderFact& a, const OrderFact& b) {
    return std::make_tuple(a.kind, a.source, PlaceOf(a)) <
           std::make_tuple(b.kind, b.source, PlaceOf(b));
  });
  OrderBook book;
  book.began = BeganAt(facts);
  book.latest = facts.front().at;
  for (const OrderFact& fact : facts) {
    book.latest = std::max(book.latest, fact.at);
    switch (fact.kind) {
      case FactKind::kOrder:
        book.order = &fact;
        break;
      case FactKind::kOrderedUnits:
        book.ordered_units = fact.amount;
        break;
      case FactKind::kHistory:
        book.history = &fact;
        break;
      case FactKind::kOutboxRow:
        book.outbox[fact.source].push_back(&fact);
        break;
      case FactKind::kRecord:
        book.records[fact.source].push_back(&fact);
        break;
      case FactKind::kPayment:
        book.payment = &fact;
        break;
      case FactKind::kOrderedRefund:
        book.ordered_refunds.push_back(&fact);
        break;
      case FactKind::kPaidRefund:
        book.paid_refunds.push_back(&fact);
        break;
      case FactKind::kCharge:
        book.charges.push_back(&fact);
        break;
      case FactKind::kHold:
        book.holds.push_back(&fact);
        break;
      case FactKind::kReservation:
        book.reservation = &fact;
        break;
      case FactKind::kReservedUnits:
        book.reserved_units = fact.amount;
        break;
      case FactKind::kMail:
        book.mails.push_back(&fact);
        break;
      case FactKind::kSunkMail:
        book.sunk_mails.push_back(&fact);
        break;
      case FactKind::kParked:
        if (fact.flag) {
          book.parked_by_relay[fact.source] = true;
        } else {
          book.parked = true;
        }
        break;
    }
  }
  for (OrderBook::Facts& records : book.records) SortByTime(records);
  return book;
}

}  // namespace waybill::verify
