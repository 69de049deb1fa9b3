#include "order_svc/domain/order_state.h"

#include <array>
#include <utility>

namespace waybill::order_svc {
namespace {

constexpr std::array<std::pair<OrderState, std::string_view>, 5> kStates = {{
    {OrderState::kPlaced, "PLACED"},
    {OrderState::kPaymentConfirmed, "PAYMENT_CONFIRMED"},
    {OrderState::kReserved, "RESERVED"},
    {OrderState::kConfirmed, "CONFIRMED"},
    {OrderState::kCancelled, "CANCELLED"},
}};

constexpr std::array<std::pair<CancelReason, std::string_view>, 5> kReasons = {{
    {CancelReason::kPaymentDeclined, "PAYMENT_DECLINED"},
    {CancelReason::kOutOfStock, "OUT_OF_STOCK"},
    {CancelReason::kCustomer, "CUSTOMER"},
    {CancelReason::kTimedOut, "TIMED_OUT"},
    {CancelReason::kPaymentFailed, "PAYMENT_FAILED"},
}};

template <typename Table, typename Value>
std::string_view NameIn(const Table& table, Value value) {
  for (const auto& [candidate, name] : table) {
    if (candidate == value) return name;
  }
  return {};
}

template <typename Value, typename Table>
std::optional<Value> ValueIn(const Table& table, std::string_view name) {
  for (const auto& [value, candidate] : table) {
    if (candidate == name) return value;
  }
  return std::nullopt;
}

}  // namespace

std::string_view NameOf(OrderState state) { return NameIn(kStates, state); }
std::string_view NameOf(CancelReason reason) { return NameIn(kReasons, reason); }

std::optional<OrderState> OrderStateOf(std::string_view name) {
  return ValueIn<OrderState>(kStates, name);
}

std::optional<CancelReason> CancelReasonOf(std::string_view name) {
  return ValueIn<CancelReason>(kReasons, name);
}

}  // namespace waybill::order_svc
