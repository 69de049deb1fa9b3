#include "tools/orderctl/output.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <iostream>

#include "absl/time/time.h"
#include "platform/types/money.h"

namespace waybill::orderctl {
namespace {

void PrintRow(const std::vector<std::string>& row, const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t i = 0; i < row.size(); ++i) {
    line += row[i];
    if (i + 1 < row.size()) line.append(widths[i] - row[i].size() + 2, ' ');
  }
  std::cout << line << "\n";
}

// Enumerators carry their type's name ("ORDER_STATE_PLACED").
std::string WithoutPrefix(const std::string& name, const std::string& prefix) {
  return name.rfind(prefix, 0) == 0 ? name.substr(prefix.size()) : name;
}

}  // namespace

void Table::Print(const std::string& nothing) const {
  if (rows_.empty()) {
    std::cout << nothing << "\n";
    return;
  }
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < headings_.size(); ++i) {
    widths.push_back(headings_[i].size());
    for (const auto& row : rows_) widths[i] = std::max(widths[i], row[i].size());
  }
  PrintRow(headings_, widths);
  for (const auto& row : rows_) PrintRow(row, widths);
}

std::string MessageAsJson(const google::protobuf::Message& message, bool indented) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = indented;
  options.always_print_primitive_fields = true;
  std::string json;
  // Fails only for an Any of an unknown type, which no message here has.
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) std::abort();
  if (!json.empty() && json.back() == '\n') json.pop_back();
  return json;
}

std::string StateText(orders::v1::OrderState state, orders::v1::CancelReason reason) {
  std::string text = WithoutPrefix(orders::v1::OrderState_Name(state), "ORDER_STATE_");
  if (state == orders::v1::ORDER_STATE_CANCELLED) {
    text += " (" + WithoutPrefix(orders::v1::CancelReason_Name(reason), "CANCEL_REASON_") + ")";
  }
  return text;
}

std::string MoneyText(const common::v1::Money& money) {
  return ForPeople({.minor_units = money.minor_units(), .currency = money.currency_code()});
}

std::string TimeText(const google::protobuf::Timestamp& timestamp) {
  const absl::Time time =
      absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
  return absl::FormatTime("%Y-%m-%d %H:%M:%E3S", time, absl::UTCTimeZone());
}

}  // namespace waybill::orderctl
