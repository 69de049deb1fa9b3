#include "inventory_svc/application/set_stock.h"

#include <cstddef>
#include <numeric>
#include <set>
#include <utility>

namespace waybill::inventory_svc {
namespace {

using Answers = std::vector<absl::StatusOr<StockLevel>>;
// Places in the list of commands.
using Places = std::vector<std::size_t>;

std::vector<SetStockCommand> At(absl::Span<const SetStockCommand> commands, const Places& places) {
  std::vector<SetStockCommand> chosen;
  for (const std::size_t i : places) chosen.push_back(commands[i]);
  return chosen;
}

// Answers those of `open` that were answered before; the first of each new request_id goes into
// `fresh`, and a second one is returned, to be looked at when the first has been answered.
Places AnswerKnown(Stores& stores, absl::Span<const SetStockCommand> commands, const Places& open,
                   Places& fresh, Answers& answers) {
  const auto known = stores.requests.FirstAnswers(At(commands, open));
  std::set<std::pair<UserId, RequestId>> ids;
  Places again;
  for (std::size_t n = 0; n < open.size(); ++n) {
    const SetStockCommand& command = commands[open[n]];
    if (known[n]) {
      answers[open[n]] = *known[n];
    } else if (ids.insert({command.user, command.request_id}).second) {
      fresh.push_back(open[n]);
    } else {
      again.push_back(open[n]);
    }
  }
  return again;
}

absl::Status AnswerFresh(Stores& stores, absl::Span<const SetStockCommand> commands,
                         const Places& fresh, Answers& answers) {
  std::set<Sku> skus;
  for (const std::size_t i : fresh) skus.insert(commands[i].sku);
  Stock stock = stores.stock.LockOrCreate(skus);

  Places succeeded;
  std::vector<StockLevel> levels;
  for (const std::size_t i : fresh) {
    StockLevel& level = stock.at(commands[i].sku);
    const absl::Status set = SetOnHand(commands[i].sku, level, commands[i].on_hand);
    if (!set.ok()) {
      answers[i] = set;
      continue;
    }
    answers[i] = level;
    succeeded.push_back(i);
    levels.push_back(level);
  }
  stores.stock.Save(stock);
  if (!stores.requests.Remember(At(commands, succeeded), levels)) {
    return absl::AbortedError("another call has just used the request_id");
  }
  return absl::OkStatus();
}

}  // namespace

Answers SetStock(UnitOfWork& work, absl::Span<const SetStockCommand> commands,
                 absl::Time deadline) {
  Answers answers;
  const absl::Status status = work.Run("set stock", deadline, [&](Stores& stores) {
    answers.assign(commands.size(), absl::UnknownError("not answered"));
    Places open(commands.size());
    std::iota(open.begin(), open.end(), std::size_t{0});
    while (!open.empty()) {
      Places fresh;
      open = AnswerKnown(stores, commands, open, fresh, answers);
      if (absl::Status done = AnswerFresh(stores, commands, fresh, answers); !done.ok())
        return done;
    }
    return absl::OkStatus();
  });
  if (!status.ok()) answers.assign(commands.size(), status);
  return answers;
}

}  // namespace waybill::inventory_svc
