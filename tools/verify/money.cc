#include "tools/verify/money.h"

#include <algorithm>
#include <cstdint>

#include "platform/types/strings.h"

namespace waybill::verify {
namespace {

constexpr const char* kPaymentStates[] = {"none",   "authorized", "declined", "captured",
                                          "voided", "refunded",   "unknown"};
constexpr const char* kRefundStates[] = {"REQUESTED", "REFUNDED", "FAILED", "unknown"};

std::int64_t RefundedIn(const OrderBook::Facts& refunds) {
  std::int64_t sum = 0;
  for (const OrderFact* refund : refunds) {
    if (refund->state == std::uint8_t(RefundState::kRefunded)) sum += refund->amount;
  }
  return sum;
}

// A refund that was requested ends the same in both books, and all together are not more
// than what was captured.
void JudgeRefunds(const OrderBook& book, Complaints& complaints) {
  for (const OrderFact* ordered : book.ordered_refunds) {
    const OrderFact* paid = RowOf(book.paid_refunds, ordered->id);
    const std::string name = "refund " + ordered->id.ToString();
    if (paid == nullptr) {
      complaints.Add(8, "the refund was requested, but the payment doesn't have it", name);
    } else if (paid->state != ordered->state) {
      complaints.Add(8,
                     StrCat("the refund is ", kRefundStates[std::min<int>(ordered->state, 3)],
                            " for the order, but ", kRefundStates[std::min<int>(paid->state, 3)],
                            " for the payment"),
                     name);
    } else if (ordered->state == std::uint8_t(RefundState::kRequested)) {
      complaints.Add(8, "the refund was requested, but no step of the payment executes it", name);
    } else if (paid->amount != ordered->amount || paid->currency != ordered->currency) {
      complaints.Add(8,
                     StrCat("the refund is of ", ordered->amount, ", but the payment refunded ",
                            paid->amount, " (minor units), or in another currency"),
                     name);
    }
  }
  for (const OrderFact* paid : book.paid_refunds) {
    if (RowOf(book.ordered_refunds, paid->id) != nullptr) continue;
    complaints.Add(8, "the payment has a refund that was never requested",
                   "refund " + paid->id.ToString());
  }
  const std::int64_t refunded = RefundedIn(book.ordered_refunds);
  if (book.order != nullptr && refunded > book.order->amount) {
    complaints.Add(8, StrCat("the order is worth ", book.order->amount, ", but ", refunded,
                             " were refunded (minor units)"));
  }
}

}  // namespace

void JudgeMoney(const OrderBook& book, const Rules& rules, Complaints& complaints) {
  JudgeRefunds(book, complaints);
  const OrderFact* order = book.order;
  const bool confirmed = order != nullptr && order->state == std::uint8_t(OrderState::kConfirmed);
  const auto state = static_cast<PaymentState>(book.payment == nullptr ? 0 : book.payment->state);
  const std::string is = order == nullptr ? "there is no such order"
                                          : StrCat("the order is ", kOrderStates[order->state]);
  const bool released = state == PaymentState::kNone || state == PaymentState::kDeclined ||
                        state == PaymentState::kVoided || state == PaymentState::kRefunded;
  if (confirmed ? state != PaymentState::kCaptured : !released) {
    complaints.Add(8, StrCat(is, ", but its payment is ", kPaymentStates[int(state)]));
  } else if (confirmed &&
             (book.payment->amount != order->amount || book.payment->currency != order->currency)) {
    complaints.Add(8, StrCat("the order is worth ", order->amount, ", but its payment is ",
                             book.payment->amount, " (minor units), or in another currency"));
  }
  const bool may_be_retired = book.charges.empty() && book.began < rules.charges_retired_before;
  if (!rules.knows_charges || (may_be_retired && book.holds.empty())) return;
  std::int64_t kept = 0;
  if (!book.holds.empty())
    complaints.Add(8, StrCat(is, ", but the provider still holds an amount"));
  for (const OrderFact* charge : book.charges) {
    kept += charge->amount;
    if (confirmed && charge->amount != 0 && charge->currency != order->currency) {
      complaints.Add(8, "the provider charged in another currency");
    }
  }
  const std::int64_t due = confirmed ? order->amount - RefundedIn(book.ordered_refunds) : 0;
  if (kept != due) {
    complaints.Add(
        8, StrCat(is, ", but the provider kept ", kept, " instead of ", due, " (minor units)"));
  }
}

void JudgeAnswers(const OrderBook& book, Complaints& complaints) {
  if (book.payment != nullptr && book.payment->count != 0) {
    complaints.Add(8, "the provider's answers contradict the payment (payments.step_mismatch)");
  }
  if (book.order == nullptr) return;
  for (const OrderFact* hold : book.holds) {
    if (hold->amount == book.order->amount && hold->currency == book.order->currency) continue;
    complaints.Add(8, StrCat("the order is worth ", book.order->amount, ", but the provider holds ",
                             hold->amount, " (minor units), or in another currency"));
  }
}

}  // namespace waybill::verify
