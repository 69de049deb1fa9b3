#include "inventory_svc/storage/pg_set_stock_requests.h"

#include <stdexcept>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "platform/request_keys/request_keys.h"

namespace waybill::inventory_svc {
namespace {

using request_keys::Record;
using request_keys::RequestKey;

RequestKey KeyOf(const SetStockCommand& command) { return {command.user, command.request_id}; }

std::string FingerprintOf(const SetStockCommand& command) {
  return request_keys::Fingerprint("SetStock",
                                   {command.sku.value(), absl::StrCat(command.on_hand)});
}

std::string ToText(const StockLevel& level) {
  return absl::StrCat(level.on_hand, " ", level.reserved);
}

StockLevel ParseLevel(const std::string& text) {
  StockLevel level;
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits(' ', 1));
  if (!absl::SimpleAtoi(parts.first, &level.on_hand) ||
      !absl::SimpleAtoi(parts.second, &level.reserved)) {
    throw std::runtime_error("request_keys: not the answer of a SetStock: " + text);
  }
  return level;
}

}  // namespace

std::vector<std::optional<absl::StatusOr<StockLevel>>> PgSetStockRequests::FirstAnswers(
    absl::Span<const SetStockCommand> commands) {
  std::vector<RequestKey> keys;
  for (const SetStockCommand& command : commands) keys.push_back(KeyOf(command));
  const std::map<RequestKey, Record> records = request_keys::Find(tx_, keys);

  std::vector<std::optional<absl::StatusOr<StockLevel>>> answers;
  for (const SetStockCommand& command : commands) {
    const auto record = records.find(KeyOf(command));
    if (record == records.end()) {
      answers.push_back(std::nullopt);
    } else if (record->second.fingerprint != FingerprintOf(command)) {
      answers.push_back(request_keys::Reused(KeyOf(command)));
    } else {
      answers.push_back(ParseLevel(record->second.response));
    }
  }
  return answers;
}

bool PgSetStockRequests::Remember(absl::Span<const SetStockCommand> commands,
                                  absl::Span<const StockLevel> answers) {
  std::vector<Record> records;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    records.push_back({.key = KeyOf(commands[i]),
                       .fingerprint = FingerprintOf(commands[i]),
                       .resource = commands[i].sku.value(),
                       .response = ToText(answers[i])});
  }
  return records.empty() || request_keys::Insert(tx_, records).empty();
}

}  // namespace waybill::inventory_svc
