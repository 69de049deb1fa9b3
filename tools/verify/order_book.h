// Everything that all sources say about one order, laid out for judging.
#pragma once

#include <array>

#include "absl/container/inlined_vector.h"
#include "absl/types/span.h"
#include "tools/verify/facts.h"

namespace waybill::verify {

// Borrows the facts it was made of.
struct OrderBook {
  static constexpr int kTopics = static_cast<int>(Topic::kDeadLetters) + 1;
  using Facts = absl::InlinedVector<const OrderFact*, 4>;

  const OrderFact* order = nullptr;
  const OrderFact* history = nullptr;
  const OrderFact* payment = nullptr;
  const OrderFact* reservation = nullptr;
  std::int64_t ordered_units = 0;
  std::int64_t reserved_units = 0;
  // By Topic: in order of sequence, and in order of partition and offset.
  std::array<Facts, kTopics> outbox;
  std::array<Facts, kTopics> records;
  Facts charges;
  // In order of sequence, and as they were handed over.
  Facts mails;
  Facts sunk_mails;
  bool parked = false;
  std::array<bool, kTopics> parked_by_relay{};
  // When the order was placed, and when anything of it changed last.
  Micros began = 0;
  Micros latest = 0;

  bool HasEnded() const;
  // By a consumer or by the relay.
  bool IsParked() const;
};

// Sorts the facts, which must be of one order, and lays them out. At least one.
OrderBook OpenBook(absl::Span<OrderFact> facts);

}  // namespace waybill::verify
