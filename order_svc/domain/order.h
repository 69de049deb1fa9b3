// Order is the aggregate that guards its own transitions (docs/architecture.md, states of an
// order).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "order_svc/domain/order_state.h"
#include "order_svc/domain/refund.h"
#include "platform/types/ids.h"
#include "platform/types/money.h"
#include "platform/types/names.h"

namespace waybill::order_svc {

inline constexpr int kMaxLines = 100;
inline constexpr int kMaxQuantity = 1000;
// The payment provider's ids are not longer (docs.stripe.com/upgrades).
inline constexpr int kMaxPaymentMethod = 255;

// One line, with name and price as they were in the catalog when the order was placed.
struct OrderLine {
  Sku product;
  std::string product_name;
  int quantity = 0;
  Money unit_price;

  friend bool operator==(const OrderLine&, const OrderLine&) = default;
};

// One row of the order's history. `number` is 1 for PLACED and one more for each transition.
struct Transition {
  int number = 0;
  OrderState state = OrderState::kPlaced;
  // Set for CANCELLED, and only then.
  std::optional<CancelReason> reason;
  absl::Time at;

  friend bool operator==(const Transition&, const Transition&) = default;
};

enum class OrderEventKind { kPlaced, kConfirmed, kCancelled, kRefundRequested, kRefunded };

// The event that a transition or a refund emits. Its body also has values of the order.
struct OrderEvent {
  OrderEventKind kind = OrderEventKind::kPlaced;
  // 1, 2, 3 … per order, without a gap.
  std::int64_t sequence = 0;
  absl::Time at;
  // Of kRefundRequested and kRefunded.
  std::optional<RefundId> refund = std::nullopt;
  // Of kRefunded: the sum of the refunds executed so far, in minor units.
  std::int64_t refunded = 0;

  friend bool operator==(const OrderEvent&, const OrderEvent&) = default;
};

// All values of an order, as storage keeps them and responses show them. Times are whole
// microseconds, so that they survive storage unchanged.
struct OrderData {
  OrderId id;
  UserId user;
  EmailAddress email;
  std::string payment_method;
  std::vector<OrderLine> lines;
  Money total;
  OrderState state = OrderState::kPlaced;
  std::optional<CancelReason> reason;
  // The events that have come, also before their predecessors.
  bool payment_confirmed = false;
  bool items_reserved = false;
  bool payment_captured = false;
  std::optional<PaymentId> payment_id;
  // Numbers of the last event and the last transition.
  std::int64_t event_sequence = 0;
  int transition = 0;
  absl::Time placed_at;
  // Of the last transition.
  absl::Time updated_at;
  // Not confirmed by then: cancelled.
  absl::Time deadline_at;
  // In the order of their numbers.
  std::vector<Refund> refunds = {};
  // When it was shipped, as inventory_svc reports.
  std::optional<absl::Time> shipped_at = std::nullopt;

  friend bool operator==(const OrderData&, const OrderData&) = default;
};

// The values of a new order.
struct NewOrder {
  UserId user;
  EmailAddress email;
  std::string payment_method;
  std::vector<OrderLine> lines;
  absl::Time placed_at;
  absl::Time deadline_at;
};

// Only its methods change an order; each collects its transitions and events until storage takes
// them, so that no transition can be stored without its history row and its event.
//
// An event that comes before its predecessor is remembered and makes both transitions when the
// predecessor comes. CONFIRMED and CANCELLED ignore late events: every order of arrival ends
// the same. Not thread-safe; a plain value otherwise.
class Order {
 public:
  // A new order with a new id. kInvalidArgument with violations: no line or too many, a quantity
  // out of bounds, two currencies, a total that the payment provider can't charge
  // (platform/types/provider_amount.h).
  static absl::StatusOr<Order> Place(NewOrder order);
  // One that was stored before.
  static Order Restore(OrderData data) { return Order(std::move(data)); }

  const OrderData& data() const { return data_; }
  // As it was the moment it was placed: PlaceOrder's response, the first time and every time after.
  OrderData AsPlaced() const;
  // As it was the moment it was cancelled: CancelOrder's response, the first time and every time
  // after. Refunds that have ended since were on their way, and no shipment was known. It must be
  // cancelled.
  OrderData AsCancelled() const;
  // CONFIRMED or CANCELLED: nothing but a cancellation by the customer can follow.
  bool IsAtEnd() const;

  void OnPaymentConfirmed(const PaymentId& payment, absl::Time now);
  void OnPaymentDeclined(absl::Time now);
  void OnItemsReserved(absl::Time now);
  void OnItemsRejected(absl::Time now);
  void OnPaymentCaptured(absl::Time now);
  void OnPaymentFailed(absl::Time now);
  // Ends the order: TIMED_OUT before it is confirmed, CUSTOMER even then. Cancelling again for the
  // same reason changes nothing. kFailedPrecondition: ALREADY_CANCELLED for another reason,
  // ALREADY_CONFIRMED and the reason isn't CUSTOMER, or ALREADY_SHIPPED and it is.
  absl::Status Cancel(CancelReason reason, absl::Time now);

  // Records the shipment in any state, since an order may have been cancelled while it was shipped.
  // A repeated call changes nothing.
  void OnShipped(absl::Time at);

  // Requests the refund of a part of the captured money; the state stays. Errors: those of
  // MakeRefund; kFailedPrecondition, reason ORDER_NOT_CONFIRMED.
  absl::StatusOr<Refund> RequestRefund(const NewRefund& wanted, absl::Time now);
  // Record the outcome of a refund, in any state of the order: a pending refund is executed even if
  // the order is cancelled meanwhile. A repeated event changes nothing. kInvalidArgument: the order
  // has no such refund.
  absl::Status OnRefunded(const RefundId& refund, absl::Time now);
  absl::Status OnRefundFailed(const RefundId& refund, const std::string& reason, absl::Time now);

  // What happened since the order was placed or restored, oldest first.
  const std::vector<Transition>& transitions() const { return transitions_; }
  const std::vector<OrderEvent>& events() const { return events_; }
  bool shipped_now() const { return shipped_now_; }
  const std::vector<Refund>& new_refunds() const { return new_refunds_; }
  const std::vector<Refund>& ended_refunds() const { return ended_refunds_; }
  // Whether anything has to be stored; a remembered early event counts.
  bool changed() const { return changed_; }

 private:
  explicit Order(OrderData data) : data_(std::move(data)) {}

  void Advance(absl::Time now);
  void CancelUnlessAtEnd(CancelReason reason, absl::Time now);
  void Enter(OrderState state, std::optional<CancelReason> reason, absl::Time now);
  void Emit(OrderEventKind kind);
  // Ends the refund in `state` and returns it; null if it had ended before.
  absl::StatusOr<const Refund*> EndRefund(const RefundId& id, RefundState state,
                                          const std::string& reason, absl::Time now);

  OrderData data_;
  std::vector<Transition> transitions_;
  std::vector<OrderEvent> events_;
  bool shipped_now_ = false;
  std::vector<Refund> new_refunds_;
  std::vector<Refund> ended_refunds_;
  bool changed_ = false;
};

}  // namespace waybill::order_svc
