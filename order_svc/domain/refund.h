// Refund is a part of an order's money that is refunded. It is about money only: the order stays in
// its state, and no stock returns.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "platform/types/enum_names.h"
#include "platform/types/ids.h"
#include "platform/types/money.h"
#include "platform/types/names.h"

namespace waybill::order_svc {

struct OrderLine;

// The most refunds per order. payment_svc looks a refund up in one page of the payment provider's
// list of the payment's refunds, and a page holds more than these.
inline constexpr std::size_t kMaxRefunds = 50;

// kRefunded and kFailed are final.
enum class RefundState { kRequested, kRefunded, kFailed };

// The names are a contract: the table carries them.
constexpr auto EnumNames(RefundState) {
  return std::to_array<EnumName<RefundState>>({{RefundState::kRequested, "REQUESTED"},
                                               {RefundState::kRefunded, "REFUNDED"},
                                               {RefundState::kFailed, "FAILED"}});
}

// Units per product, each at least 1.
using RefundItems = std::map<Sku, int>;

struct Refund {
  RefundId id;
  // 1, 2, 3 … per order.
  int number = 0;
  // In the order's currency.
  Money amount;
  // The refunded items; empty if it was requested as an amount.
  RefundItems items = {};
  RefundState state = RefundState::kRequested;
  // With kFailed: the payment provider's code.
  std::string failure_reason = {};
  absl::Time requested_at;
  absl::Time updated_at;

  friend bool operator==(const Refund&, const Refund&) = default;
};

// Returns the refund as it was when it was requested: RefundOrder's response, also when the request
// is repeated.
Refund AsRequested(Refund refund);

// What an operator requests: either an amount or items.
struct NewRefund {
  std::optional<Money> amount;
  RefundItems items = {};
};

// The sum of the refunds in that state, in minor units.
std::int64_t SumOf(const std::vector<Refund>& refunds, RefundState state);

// Makes a new refund of an order whose `total` was captured. Pending refunds count as made.
// Errors: kInvalidArgument with violations; kFailedPrecondition with a reason:
// REFUND_EXCEEDS_CAPTURED, REFUND_EXCEEDS_ORDERED, TOO_MANY_REFUNDS.
absl::StatusOr<Refund> MakeRefund(const std::vector<OrderLine>& lines, const Money& total,
                                  const std::vector<Refund>& refunds, const NewRefund& wanted,
                                  absl::Time now);

}  // namespace waybill::order_svc
