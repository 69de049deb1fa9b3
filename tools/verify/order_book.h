// Arranges everything that all sources say about one order, so that it can be judged.
#pragma once

#include <array>

#include "absl/container/inlined_vector.h"
#include "absl/types/span.h"
#include "tools/verify/facts.h"

namespace waybill::verify {

// Points into the facts that it was made from; they must outlive it.
struct OrderBook {
  static constexpr int kTopics = static_cast<int>(Topic::kDeadLetters) + 1;
  using Facts = absl::InlinedVector<const OrderFact*, 4>;

  const OrderFact* order = nullptr;
  const OrderFact* history = nullptr;
  const OrderFact* payment = nullptr;
  const OrderFact* reservation = nullptr;
  std::int64_t ordered_units = 0;
  std::int64_t reserved_units = 0;
  // Indexed by Topic. Outbox rows are in order of sequence, records in the order in which they were
  // written: within a partition by offset, and across partitions, once the topic has got more of
  // them, by time.
  std::array<Facts, kTopics> outbox;
  std::array<Facts, kTopics> records;
  Facts ordered_refunds;
  Facts paid_refunds;
  Facts charges;
  Facts holds;
  // `mails` are in order of sequence, `sunk_mails` in the order in which the mail sink received
  // them.
  Facts mails;
  Facts sunk_mails;
  bool parked = false;
  std::array<bool, kTopics> parked_by_relay{};
  // When the order was placed, and when anything about it last changed.
  Micros began = 0;
  Micros latest = 0;

  bool HasEnded() const;
  // Whether a consumer or the relay has parked an event of the order.
  bool IsParked() const;
};

// Sorts the facts and arranges them. There must be at least one, and all must be about one order.
OrderBook OpenBook(absl::Span<OrderFact> facts);

// The fact with that id; null if there is none.
const OrderFact* RowOf(const OrderBook::Facts& rows, const Uuid& id);

}  // namespace waybill::verify
