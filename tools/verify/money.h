// Judges promise 8 for one order.
#pragma once

#include "tools/verify/complaints.h"
#include "tools/verify/judge.h"
#include "tools/verify/order_book.h"

namespace waybill::verify {

// For an order at rest whose payment has no step to do: the money in our books and in the provider's
// is what the order's state and its refunds say.
void JudgeMoney(const OrderBook& book, const Rules& rules, Complaints& complaints);

// Also while a step of the payment is under way: the provider's answers agree with it.
void JudgeAnswers(const OrderBook& book, Complaints& complaints);

}  // namespace waybill::verify
