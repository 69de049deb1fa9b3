// Refund is a part of an order's money that is given back. It is about money only: the order stays
// in its state, and no stock returns.
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

// The payment provider's list of a payment's refunds, by which payment_svc looks one up, has room for
// more.
inline constexpr std::size_t kMaxRefunds = 50;

// kRefunded and kFailed are final.
enum class RefundState { kRequested, kRefunded, kFailed };

// The names are a contract: the table carries them.
constexpr auto EnumNames(RefundState) {
  return std::to_array<EnumName<RefundState>>({{RefundState::kRequested, "REQUESTED"},
                                               {RefundState::kRefunded, "REFUNDED"},
                                               {RefundState::kFailed, "FAILED"}});
}

// Units per product, each over 0.
using RefundItems = std::map<Sku, int>;

struct Refund {
  RefundId id;
  // 1, 2, 3 … per order.
  int number = 0;
  // In the order's currency.
  Money amount;
  // What it is for; empty when an amount was asked for.
  RefundItems items = {};
  RefundState state = RefundState::kRequested;
  // With kFailed: the payment provider's code.
  std::string failure_reason = {};
  absl::Time requested_at;
  absl::Time updated_at;

  friend bool operator==(const Refund&, const Refund&) = default;
};

// As it was the moment it was requested: RefundOrder's response, the first time and every time after.
Refund AsRequested(Refund refund);

// What an operator asks for: an amount, or else items.
struct NewRefund {
  std::optional<Money> amount;
  RefundItems items = {};
};

// The sum of the refunds in that state.
std::int64_t SumOf(const std::vector<Refund>& refunds, RefundState state);

// A new refund of an order whose `total` was captured. Refunds that are on their way count as made.
// Errors: kInvalidArgument with violations; kFailedPrecondition with a reason:
// REFUND_EXCEEDS_CAPTURED, REFUND_EXCEEDS_ORDERED, TOO_MANY_REFUNDS.
absl::StatusOr<Refund> MakeRefund(const std::vector<OrderLine>& lines, const Money& total,
                                  const std::vector<Refund>& refunds, const NewRefund& wanted,
                                  absl::Time now);

}  // namespace waybill::order_svc
