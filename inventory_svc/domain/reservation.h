// Reservation is the stock reserved for one order; events change it and the stock.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "inventory_svc/domain/stock.h"
#include "platform/types/enum_names.h"
#include "platform/types/ids.h"

namespace waybill::inventory_svc {

enum class ReservationState {
  // The items are not known yet, or the payment isn't confirmed.
  kWaiting,
  kReserved,
  // Too little was available; nothing is held.
  kRejected,
  // The order was cancelled; nothing is held, and nothing ever will be.
  kReleased,
  // The units were shipped; they don't return to the stock, not even on a cancellation.
  kShipped,
};

// The names are a contract: the table carries them.
constexpr auto EnumNames(ReservationState) {
  return std::to_array<EnumName<ReservationState>>({{ReservationState::kWaiting, "WAITING"},
                                                    {ReservationState::kReserved, "RESERVED"},
                                                    {ReservationState::kRejected, "REJECTED"},
                                                    {ReservationState::kReleased, "RELEASED"},
                                                    {ReservationState::kShipped, "SHIPPED"}});
}

// An event of another service about an order.
struct OrderNews {
  // A declined payment changes nothing here: order_svc cancels the order.
  enum class Kind { kPlaced, kPaymentConfirmed, kPaymentDeclined, kConfirmed, kCancelled };

  Kind kind = Kind::kPlaced;
  OrderId order = {};
  // Of kPlaced.
  Quantities items = {};
};

// The event that a reservation emits to the other services.
struct StockEvent {
  enum class Kind { kItemsReserved, kRejected, kReleased, kShipped };

  Kind kind = Kind::kItemsReserved;
  OrderId order = {};
  // 1, 2, 3 … per order.
  std::int64_t sequence = 0;
  // Of kItemsReserved, kReleased and kShipped.
  Quantities items = {};
  // Of kRejected.
  std::vector<Shortage> shortages = {};
  // Of kShipped.
  absl::Time at = absl::InfinitePast();
};

// All values of a reservation, as storage keeps them.
struct ReservationData {
  OrderId order = {};
  ReservationState state = ReservationState::kWaiting;
  bool items_known = false;
  bool payment_confirmed = false;
  // The number of the last StockEvent.
  std::int64_t event_sequence = 0;
  Quantities items = {};
  bool order_confirmed = false;
  // Of kShipped; whole microseconds, so that it survives storage unchanged.
  std::optional<absl::Time> shipped_at = std::nullopt;

  friend bool operator==(const ReservationData&, const ReservationData&) = default;
};

class Reservation;
using Reservations = std::map<OrderId, Reservation>;

// The items and the confirmed payment come on two topics, in either order, and the cancellation may
// come before the payment: each arrival is stored as a flag whatever the state, so that every order
// of arrival ends in the same state. A cancelled reservation stays as a tombstone that refuses
// later events. Shipping and cancelling exclude each other: whichever comes first wins.
//
// A plain value.
class Reservation {
 public:
  // One that was stored before.
  static Reservation Restore(ReservationData data) { return Reservation(std::move(data)); }

  // Applies the event in any state; a repeated one changes nothing. Once the items are known and
  // the payment is confirmed, reserves all items in `stock` or none; releases what was held when
  // the order is cancelled. Returns the event that reports this to the other services.
  //
  // `stock` must hold the SKUs that SkusNeeded returns, as far as they were ever stocked.
  std::optional<StockEvent> Apply(const OrderNews& event, Stock& stock);

  // Ships the units: takes them out of `stock`, which must hold the SKUs of the items, and returns
  // the event that reports this; nullopt when they were shipped before. Errors: kFailedPrecondition
  // with a reason: ORDER_CANCELLED, NOT_RESERVED, ORDER_NOT_CONFIRMED.
  absl::StatusOr<std::optional<StockEvent>> Ship(Stock& stock, absl::Time now);

  const ReservationData& data() const { return data_; }
  // Whether the items have arrived since the reservation was restored, and so are not stored yet.
  bool items_are_new() const { return items_are_new_; }
  // Whether it was cancelled since it was restored, although its units had been shipped.
  bool cancelled_too_late() const { return cancelled_too_late_; }

 private:
  enum class Move { kNone, kReserve, kRelease };
  friend std::set<Sku> SkusNeeded(Reservations reservations, absl::Span<const OrderNews> events);

  explicit Reservation(ReservationData data) : data_(std::move(data)) {}

  // Records the event, and returns what to do with the stock.
  Move Note(const OrderNews& event);
  StockEvent Reserve(Stock& stock);
  StockEvent Release(Stock& stock);

  ReservationData data_;
  bool items_are_new_ = false;
  bool cancelled_too_late_ = false;
};

// The SKUs whose levels Apply will read, given these events in this order. An event that only adds
// to what is known needs none. `reservations` is a copy to which the events are applied; it must
// hold the order of each.
std::set<Sku> SkusNeeded(Reservations reservations, absl::Span<const OrderNews> events);

}  // namespace waybill::inventory_svc
