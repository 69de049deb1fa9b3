#include "tools/orderctl/output.h"

#include <google/protobuf/util/json_util.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "platform/types/money.h"
#include "platform/types/strings.h"
#include "platform/types/utf8.h"

namespace waybill::orderctl {
namespace {

bool HasColours() {
  static const bool has = [] {
    const char* const no_color = std::getenv("NO_COLOR");
    const char* const term = std::getenv("TERM");
    return ::isatty(STDOUT_FILENO) == 1 && (no_color == nullptr || *no_color == '\0') &&
           term != nullptr && std::string_view(term) != "dumb";
  }();
  return has;
}

std::string RowText(const std::vector<std::string>& row, const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t i = 0; i < row.size(); ++i) {
    line += row[i];
    if (i + 1 < row.size()) line.append(widths[i] - CountCharacters(row[i]) + 2, ' ');
  }
  return line;
}

// Removes the type's name from an enumerator ("ORDER_STATE_PLACED").
std::string WithoutPrefix(const std::string& name, const std::string& prefix) {
  return name.rfind(prefix, 0) == 0 ? name.substr(prefix.size()) : name;
}

}  // namespace

void Table::AddRow(std::vector<std::string> row) {
  for (std::string& entry : row) entry = ToVisibleText(entry);
  rows_.push_back(std::move(row));
}

void Table::Print(const std::string& nothing) const {
  if (rows_.empty()) {
    std::cout << nothing << "\n";
    return;
  }
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < headings_.size(); ++i) {
    widths.push_back(headings_[i].size());
    for (const auto& row : rows_) widths[i] = std::max(widths[i], CountCharacters(row[i]));
  }
  std::cout << Paint(Ink::kBold, RowText(headings_, widths)) << "\n";
  for (const auto& row : rows_) std::cout << RowText(row, widths) << "\n";
}

std::string Paint(Ink ink, const std::string& text) {
  if (!HasColours()) return text;
  const char* const codes[] = {"1", "31", "32", "33"};
  return std::string("\x1b[") + codes[static_cast<int>(ink)] + "m" + text + "\x1b[0m";
}

void PrintFields(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::size_t width = 0;
  for (const auto& [label, value] : fields) width = std::max(width, label.size() + 2);
  for (const auto& [label, value] : fields) {
    std::cout << label << std::string(width - label.size(), ' ') << ToVisibleText(value) << "\n";
  }
}

std::string VisibleLines(std::string_view text) {
  return absl::StrJoin(
      absl::StrSplit(ToAbsl(text), '\n'), "\n",
      [](std::string* out, absl::string_view line) { *out += ToVisibleText(ToStd(line)); });
}

std::string MessageAsJson(const google::protobuf::Message& message, bool indented) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = indented;
  options.always_print_primitive_fields = true;
  std::string json;
  // Fails only for an Any of an unknown type, which no message here has.
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) std::abort();
  if (!json.empty() && json.back() == '\n') json.pop_back();
  return VisibleLines(json);
}

std::string StateText(orders::v1::OrderState state, orders::v1::CancelReason reason) {
  std::string text = WithoutPrefix(orders::v1::OrderState_Name(state), "ORDER_STATE_");
  if (state == orders::v1::ORDER_STATE_CANCELLED) {
    text += " (" + WithoutPrefix(orders::v1::CancelReason_Name(reason), "CANCEL_REASON_") + ")";
  }
  return text;
}

std::string RefundStateText(const orders::v1::Refund& refund) {
  std::string text = WithoutPrefix(orders::v1::RefundState_Name(refund.state()), "REFUND_STATE_");
  if (!refund.failure_reason().empty()) text += " (" + refund.failure_reason() + ")";
  return text;
}

std::string MoneyText(const common::v1::Money& money) {
  return ForPeople(
      {.minor_units = money.minor_units(), .currency = Currency(money.currency_code())});
}

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%E3S", time, absl::UTCTimeZone());
}
std::string TimeText(const google::protobuf::Timestamp& timestamp) {
  return TimeText(TimeOf(timestamp));
}

absl::Time TimeOf(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

std::string AgeText(absl::Duration age) {
  const auto text = [](std::int64_t number, const char* unit) {
    return std::to_string(std::max<std::int64_t>(number, 0)) + unit;
  };
  if (age < absl::Seconds(1)) return text(absl::ToInt64Milliseconds(age), " ms");
  if (age < absl::Minutes(2)) return text(absl::ToInt64Seconds(age), " s");
  if (age < absl::Hours(2)) return text(absl::ToInt64Minutes(age), " min");
  if (age < absl::Hours(48)) return text(absl::ToInt64Hours(age), " h");
  return text(absl::ToInt64Hours(age) / 24, " d");
}

std::string OneLine(const std::string& text, std::size_t max_size) {
  std::string line = ToVisibleText(text);
  if (line.size() <= max_size) return line;
  // Don't cut in the middle of a UTF-8 character.
  std::size_t end = max_size - 3;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xc0) == 0x80) --end;
  return line.substr(0, end) + "...";
}

}  // namespace waybill::orderctl
