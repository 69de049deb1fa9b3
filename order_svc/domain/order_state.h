// OrderState and CancelReason are the states of an order and the reasons why it may end cancelled,
// with their names in events and tables. docs/architecture.md draws the states.
#pragma once

#include <array>

#include "platform/types/enum_names.h"

namespace waybill::order_svc {

// PLACED -> PAYMENT_CONFIRMED -> RESERVED -> CONFIRMED; any of them -> CANCELLED.
enum class OrderState { kPlaced, kPaymentConfirmed, kReserved, kConfirmed, kCancelled };

enum class CancelReason { kPaymentDeclined, kOutOfStock, kCustomer, kTimedOut, kPaymentFailed };

// The names are a contract: events and tables carry them.
constexpr auto EnumNames(OrderState) {
  return std::to_array<EnumName<OrderState>>({{OrderState::kPlaced, "PLACED"},
                                              {OrderState::kPaymentConfirmed, "PAYMENT_CONFIRMED"},
                                              {OrderState::kReserved, "RESERVED"},
                                              {OrderState::kConfirmed, "CONFIRMED"},
                                              {OrderState::kCancelled, "CANCELLED"}});
}

constexpr auto EnumNames(CancelReason) {
  return std::to_array<EnumName<CancelReason>>(
      {{CancelReason::kPaymentDeclined, "PAYMENT_DECLINED"},
       {CancelReason::kOutOfStock, "OUT_OF_STOCK"},
       {CancelReason::kCustomer, "CUSTOMER"},
       {CancelReason::kTimedOut, "TIMED_OUT"},
       {CancelReason::kPaymentFailed, "PAYMENT_FAILED"}});
}

}  // namespace waybill::order_svc
