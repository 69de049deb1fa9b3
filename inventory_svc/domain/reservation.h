// The reservation of one order, and how it moves.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "inventory_svc/domain/stock.h"
#include "platform/types/ids.h"

namespace waybill::inventory_svc {

enum class ReservationState {
  // The items are not known yet, or the payment isn't confirmed.
  kWaiting,
  kReserved,
  // There was too little; nothing is held.
  kRejected,
  // The order was cancelled; nothing is held, and nothing ever will be.
  kReleased,
};

std::string_view ToText(ReservationState state);
// kInternal for a text that isn't one of ToText's.
absl::StatusOr<ReservationState> ParseReservationState(std::string_view text);

// The items and the confirmed payment come on two topics, in either order, and the cancellation may
// come before the payment: what has come is kept as a flag whatever the state, so that every order
// of arrival ends in the same place. A cancelled reservation stays as a tombstone that refuses what
// comes later.
//
// A plain value. Every method may be called in any state and again: repeated news changes nothing.
class Reservation {
 public:
  // As it is stored.
  struct Row {
    OrderId order = {};
    ReservationState state = ReservationState::kWaiting;
    bool items_known = false;
    bool payment_confirmed = false;
    // The number of the last event this reservation gave rise to.
    std::int64_t event_sequence = 0;
    Quantities items = {};

    friend bool operator==(const Row&, const Row&) = default;
  };

  explicit Reservation(Row row) : row_(std::move(row)) {}

  // OrderPlaced. The first items stay.
  void LearnItems(const Quantities& items);
  // PaymentProcessed "confirmed".
  void ConfirmPayment() { row_.payment_confirmed = true; }
  // OrderCancelled. True when stock was held, which is now to be given back.
  bool Cancel();

  // Both halves are there and nothing has been decided.
  bool ReadyToReserve() const {
    return row_.state == ReservationState::kWaiting && row_.items_known && row_.payment_confirmed;
  }
  // Takes the decision on a reservation that was ready.
  void Resolve(const Decision& decision);

  // The number of the next event; counts it.
  std::int64_t NextEventSequence() { return ++row_.event_sequence; }

  const Row& row() const { return row_; }

 private:
  Row row_;
};

}  // namespace waybill::inventory_svc
