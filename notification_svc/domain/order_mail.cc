#include "notification_svc/domain/order_mail.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace waybill::notification_svc {
namespace {

constexpr std::array<std::pair<std::string_view, const char*>, 5> kReasons = {{
    {"PAYMENT_DECLINED", "Your payment was declined."},
    {"OUT_OF_STOCK", "Not everything you ordered was in stock."},
    {"CUSTOMER", "You asked us to cancel it."},
    {"TIMED_OUT", "It could not be completed in time."},
    {"PAYMENT_FAILED", "Your payment could not be collected."},
}};

const char* ReasonForPeople(const std::string& reason) {
  for (const auto& [name, words] : kReasons) {
    if (name == reason) return words;
  }
  return "It could not be completed.";
}

std::string EscapeHtml(const std::string& text) {
  return absl::StrReplaceAll(
      text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});
}

std::string OnOneLine(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return text;
}

// "Espresso cup", or "Espresso cup and 2 more".
std::string Contents(const OrderSummary& order) {
  const std::string first = OnOneLine(order.lines.front().product_name);
  const std::size_t others = order.lines.size() - 1;
  return others == 0 ? first : absl::StrCat(first, " and ", others, " more");
}

std::string TextLines(const OrderSummary& order) {
  std::string text;
  for (const OrderLine& line : order.lines) {
    absl::StrAppend(&text, "  ", line.quantity, " x ", OnOneLine(line.product_name), " at ",
                    ForPeople(line.unit_price), ": ", ForPeople(line.price), "\n");
  }
  absl::StrAppend(&text, "  Total: ", ForPeople(order.total), "\n");
  return text;
}

std::string HtmlLines(const OrderSummary& order) {
  std::string html =
      "<table>\n<tr><th>Quantity</th><th>Product</th><th>Each</th><th>Together</th></tr>\n";
  for (const OrderLine& line : order.lines) {
    absl::StrAppend(&html, "<tr><td>", line.quantity, "</td><td>",
                    EscapeHtml(OnOneLine(line.product_name)), "</td><td>",
                    EscapeHtml(ForPeople(line.unit_price)), "</td><td>",
                    EscapeHtml(ForPeople(line.price)), "</td></tr>\n");
  }
  absl::StrAppend(&html, "<tr><td colspan=\"3\">Total</td><td>", EscapeHtml(ForPeople(order.total)),
                  "</td></tr>\n</table>\n");
  return html;
}

// What a template says, around the order's lines.
struct Words {
  std::string subject;
  std::string title;
  std::string before;
  std::string after;
};

MailContent Lay(const OrderSummary& order, const Words& words) {
  const std::string id = order.order.ToString();
  MailContent content{.subject = words.subject, .text = {}, .html = {}};
  content.text = absl::StrCat(words.title, "\n\n", words.before, "\n\nOrder ", id, "\n",
                              TextLines(order), "\n", words.after, "\n");
  content.html = absl::StrCat(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>",
      EscapeHtml(words.title), "</title></head>\n<body>\n<h1>", EscapeHtml(words.title),
      "</h1>\n<p>", EscapeHtml(words.before), "</p>\n<p>Order ", id, "</p>\n", HtmlLines(order),
      "<p>", EscapeHtml(words.after), "</p>\n</body>\n</html>\n");
  return content;
}

}  // namespace

MailContent ConfirmationMail(const OrderSummary& order) {
  return Lay(order, {.subject = absl::StrCat("Your order is confirmed: ", Contents(order)),
                     .title = "Your order is confirmed.",
                     .before = "Thank you. Your payment was collected and everything is reserved "
                               "for you.",
                     .after = "We will be in touch when it is on its way."});
}

MailContent CancellationMail(const OrderSummary& order, const std::string& reason) {
  return Lay(order, {.subject = absl::StrCat("Your order was cancelled: ", Contents(order)),
                     .title = "Your order was cancelled.",
                     .before = ReasonForPeople(reason),
                     .after = "Nothing stays charged: what was held or collected for this order "
                              "goes back to you."});
}

MailContent RefundMail(const OrderSummary& order, const Money& amount, const Money& refunded) {
  const std::string part = ForPeople(amount);
  return Lay(order, {.subject = absl::StrCat("Your refund of ", part, ": ", Contents(order)),
                     .title = "We have sent you a refund.",
                     .before = absl::StrCat("We have refunded ", part, " of this order."),
                     .after = absl::StrCat("So far, ", ForPeople(refunded), " of the order's ",
                                           ForPeople(order.total), " have been refunded.")});
}

}  // namespace waybill::notification_svc
