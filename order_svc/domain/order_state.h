// The states of an order and why it may end cancelled, with the names they have in events and
// tables.
#pragma once

#include <optional>
#include <string_view>

namespace waybill::order_svc {

// PLACED -> PAYMENT_CONFIRMED -> RESERVED -> CONFIRMED; any of them -> CANCELLED.
enum class OrderState { kPlaced, kPaymentConfirmed, kReserved, kConfirmed, kCancelled };

enum class CancelReason { kPaymentDeclined, kOutOfStock, kCustomer, kTimedOut, kPaymentFailed };

// "PAYMENT_CONFIRMED". The names are a contract: events and tables carry them.
std::string_view NameOf(OrderState state);
std::string_view NameOf(CancelReason reason);

// Nothing for a name that isn't one.
std::optional<OrderState> OrderStateOf(std::string_view name);
std::optional<CancelReason> CancelReasonOf(std::string_view name);

}  // namespace waybill::order_svc
