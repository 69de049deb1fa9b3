// Writes the mails to a buyer: one template per event, as pure functions of the order.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/types/ids.h"
#include "platform/types/money.h"

namespace waybill::notification_svc {

struct OrderLine {
  std::string product_name;
  std::int64_t quantity = 0;
  Money unit_price;
  // quantity times unit_price.
  Money price;
};

// An order as a mail shows it. There is at least one line.
struct OrderSummary {
  OrderId order;
  std::vector<OrderLine> lines;
  Money total;
};

// Line ends are "\n"; `subject` has none.
struct MailContent {
  std::string subject;
  std::string text;
  std::string html;

  friend bool operator==(const MailContent&, const MailContent&) = default;
};

// Product names are text from outside: control characters become spaces, and the HTML part holds
// them escaped.
MailContent ConfirmationMail(const OrderSummary& order);
// `reason` as in OrderCancelled ("OUT_OF_STOCK"); one not known here gets general words.
MailContent CancellationMail(const OrderSummary& order, const std::string& reason);
// `amount` is this refund's, `refunded` the sum of all refunds so far.
MailContent RefundMail(const OrderSummary& order, const Money& amount, const Money& refunded);

}  // namespace waybill::notification_svc
