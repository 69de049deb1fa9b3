#include "inventory_svc/application/set_stock.h"

#include <cstddef>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::inventory_svc {
namespace {

using request_keys::Answer;
using request_keys::Request;

// "on_hand reserved": a contract, since stored answers outlive the program that wrote them.
Answer ToAnswer(const Sku& sku, const StockLevel& level) {
  return {.resource = sku.value(), .response = StrCat(level.on_hand, " ", level.reserved)};
}

absl::StatusOr<StockLevel> ToLevel(const Answer& answer) {
  StockLevel level;
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(answer.response, absl::MaxSplits(' ', 1));
  if (!absl::SimpleAtoi(parts.first, &level.on_hand) ||
      !absl::SimpleAtoi(parts.second, &level.reserved)) {
    return absl::InternalError(
        StrCat("a request_id's stored answer \"", answer.response, "\" is not one of SetStock"));
  }
  return level;
}

std::vector<Request> RequestsOf(absl::Span<const SetStockCommand> commands) {
  std::vector<Request> requests;
  for (const SetStockCommand& command : commands) {
    requests.push_back(
        {command.key,
         request_keys::Fingerprint("SetStock", {command.sku.value(), StrCat(command.on_hand)})});
  }
  return requests;
}

// Sets what the commands at these places say, one after the other.
std::vector<absl::StatusOr<Answer>> Set(StockStore& store,
                                        absl::Span<const SetStockCommand> commands,
                                        const std::vector<std::size_t>& places) {
  std::set<Sku> skus;
  for (const std::size_t i : places) skus.insert(commands[i].sku);
  Stock stock = store.LockOrCreate(skus);
  std::vector<absl::StatusOr<Answer>> answers;
  for (const std::size_t i : places) {
    const auto& [key, sku, on_hand] = commands[i];
    StockLevel& level = stock.at(sku);
    const absl::Status set = SetOnHand(sku, level, on_hand);
    answers.push_back(set.ok() ? absl::StatusOr<Answer>(ToAnswer(sku, level)) : set);
  }
  store.Save(stock);
  return answers;
}

}  // namespace

std::vector<absl::StatusOr<StockLevel>> SetStock::Run(absl::Span<const SetStockCommand> commands,
                                                      absl::Time deadline) {
  const std::vector<Request> requests = RequestsOf(commands);
  std::vector<absl::StatusOr<Answer>> answers;
  const absl::Status status =
      unit_of_work_.Run("set_stock", deadline, [&](Stores& stores) -> absl::Status {
        const auto set = [&](const std::vector<std::size_t>& fresh) {
          return Set(stores.stock, commands, fresh);
        };
        ASSIGN_OR_RETURN(answers, stores.request_keys.AnswerOnce(requests, set));
        return absl::OkStatus();
      });
  std::vector<absl::StatusOr<StockLevel>> levels;
  if (!status.ok()) {
    levels.assign(commands.size(), status);
    return levels;
  }
  for (const absl::StatusOr<Answer>& answer : answers) {
    levels.push_back(answer.ok() ? ToLevel(*answer) : answer.status());
  }
  return levels;
}

}  // namespace waybill::inventory_svc
