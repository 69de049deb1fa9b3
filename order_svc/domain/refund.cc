#include "order_svc/domain/refund.h"

#include <utility>

#include "order_svc/domain/order.h"
#include "platform/types/error.h"
#include "platform/types/provider_amount.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::order_svc {
namespace {

absl::Status Refused(const char* reason, const std::string& message) {
  return MakeError(absl::StatusCode::kFailedPrecondition, reason, message);
}

// How many units of a product were ordered and have not been refunded as items.
int Refundable(const std::vector<OrderLine>& lines, const std::vector<Refund>& refunds,
               const Sku& product) {
  int units = 0;
  for (const OrderLine& line : lines) units += line.product == product ? line.quantity : 0;
  for (const Refund& refund : refunds) {
    const auto item = refund.items.find(product);
    if (refund.state == RefundState::kFailed || item == refund.items.end()) continue;
    units -= item->second;
  }
  return units;
}

// The price of `units` units of the product. All lines of a product have the same price, because an
// order is priced from one reading of the catalog.
std::optional<std::int64_t> PriceOf(const std::vector<OrderLine>& lines, const Sku& product,
                                    int units) {
  for (const OrderLine& line : lines) {
    if (line.product == product) return line.unit_price.minor_units * units;
  }
  return std::nullopt;
}

absl::StatusOr<Money> AmountOf(const std::vector<OrderLine>& lines, const Money& total,
                               const std::vector<Refund>& refunds, const RefundItems& items) {
  Money amount{0, total.currency};
  std::vector<FieldViolation> violations;
  for (const auto& [product, units] : items) {
    const std::optional<std::int64_t> price = PriceOf(lines, product, units);
    if (!price) {
      violations.push_back({"items", StrCat("the order has no product ", product.value())});
      continue;
    }
    amount.minor_units += *price;
  }
  if (!violations.empty()) return InvalidFields(violations);
  for (const auto& [product, units] : items) {
    const int refundable = Refundable(lines, refunds, product);
    if (units > refundable) {
      return Refused("REFUND_EXCEEDS_ORDERED",
                     StrCat("the refund has ", units, " units of product ", product.value(),
                            ", but only ", refundable, " were ordered and not refunded yet"));
    }
  }
  return amount;
}

}  // namespace

Refund AsRequested(Refund refund) {
  refund.state = RefundState::kRequested;
  refund.failure_reason.clear();
  refund.updated_at = refund.requested_at;
  return refund;
}

std::int64_t SumOf(const std::vector<Refund>& refunds, RefundState state) {
  std::int64_t sum = 0;
  for (const Refund& refund : refunds) {
    if (refund.state == state) sum += refund.amount.minor_units;
  }
  return sum;
}

absl::StatusOr<Refund> MakeRefund(const std::vector<OrderLine>& lines, const Money& total,
                                  const std::vector<Refund>& refunds, const NewRefund& wanted,
                                  absl::Time now) {
  Money amount = wanted.amount.value_or(Money{});
  if (!wanted.amount) {
    ASSIGN_OR_RETURN(amount, AmountOf(lines, total, refunds, wanted.items));
  } else if (amount.currency != total.currency) {
    return InvalidFields(
        {{"amount.currency_code", StrCat("is ", amount.currency.value(), ", but the order is in ",
                                         total.currency.value())}});
  }
  const std::int64_t left = total.minor_units - SumOf(refunds, RefundState::kRequested) -
                            SumOf(refunds, RefundState::kRefunded);
  if (amount.minor_units > left) {
    return Refused("REFUND_EXCEEDS_CAPTURED",
                   StrCat("the refund of ", ForPeople(amount), " is more than the ",
                          ForPeople({left, total.currency}), " that are left of the captured ",
                          ForPeople(total)));
  }
  if (const auto charged = ToProviderAmount(amount); !charged.ok()) {
    return InvalidFields({{wanted.amount ? "amount" : "items",
                           StrCat("the refund ", ToStd(charged.status().message()))}});
  }
  if (refunds.size() >= kMaxRefunds) {
    return Refused("TOO_MANY_REFUNDS",
                   StrCat("the order has ", refunds.size(), " refunds already"));
  }
  return Refund{.id = RefundId::New(),
                .number = static_cast<int>(refunds.size()) + 1,
                .amount = std::move(amount),
                .items = wanted.items,
                .requested_at = now,
                .updated_at = now};
}

}  // namespace waybill::order_svc
