// Prints what orderctl shows: tables for people, JSON for programs.
#pragma once

#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "waybill/common/v1/money.pb.h"
#include "waybill/orders/v1/order_service.pb.h"

namespace waybill::orderctl {

// Ways to highlight a text. Paint adds the escape sequences only if standard output is a terminal
// with colours and NO_COLOR is not set (https://no-color.org); otherwise it returns the text
// unchanged.
enum class Ink { kBold, kRed, kGreen, kYellow };
std::string Paint(Ink ink, const std::string& text);

// Everything below that is printed for people is made visible first (ToVisibleText): names, keys and
// errors come from elsewhere, and none of them may act on the operator's terminal.

// Rows under headings; each column is as wide as its longest entry, in characters. Without rows,
// Print prints `nothing`.
class Table {
 public:
  explicit Table(std::vector<std::string> headings) : headings_(std::move(headings)) {}
  // `row` must have as many entries as there are headings.
  void AddRow(std::vector<std::string> row);
  void Print(const std::string& nothing) const;

 private:
  std::vector<std::string> headings_;
  std::vector<std::vector<std::string>> rows_;
};

// Prints one line per field: the label, padded to the longest one, and the value.
void PrintFields(const std::vector<std::pair<std::string, std::string>>& fields);

// Returns the text with each of its lines made visible. In a JSON text, what that escapes stands in
// strings, so the text stays JSON and means the same.
std::string VisibleLines(std::string_view text);

// Returns the message in the protobuf JSON mapping, including fields that have their default value,
// on one line or indented; safe on a terminal.
std::string MessageAsJson(const google::protobuf::Message& message, bool indented = true);

// "CONFIRMED", "CANCELLED (OUT_OF_STOCK)".
std::string StateText(waybill::orders::v1::OrderState state,
                      waybill::orders::v1::CancelReason reason);
// "REFUNDED", "FAILED (insufficient_funds)".
std::string RefundStateText(const waybill::orders::v1::Refund& refund);
// "49.80 EUR".
std::string MoneyText(const waybill::common::v1::Money& money);
// "2026-01-31 12:00:00.123", UTC.
std::string TimeText(absl::Time time);
std::string TimeText(const google::protobuf::Timestamp& timestamp);
// Returns a duration as text: "850 ms", "12 s", "3 min", "5 h", "2 d".
std::string AgeText(absl::Duration age);
absl::Time TimeOf(const google::protobuf::Timestamp& timestamp);
// Returns the text, made visible, on one line of at most `max_size` bytes: "..." replaces what
// doesn't fit.
std::string OneLine(const std::string& text, std::size_t max_size);

}  // namespace waybill::orderctl
