#include "order_svc/application/place_order.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/time/clock.h"
#include "order_svc/application/transition_log.h"
#include "platform/faults/fault_point.h"
#include "platform/types/error.h"
#include "platform/types/strings.h"

namespace waybill::order_svc {
namespace {

using request_keys::Record;
using request_keys::RequestKey;

std::string FingerprintOf(const PlaceOrderCommand& command) {
  std::vector<std::string> parameters = {command.email, command.payment_method};
  for (const WantedItem& item : command.items) {
    parameters.push_back(item.product.value());
    parameters.push_back(StrCat(item.quantity));
  }
  return request_keys::Fingerprint("PlaceOrder", parameters);
}

absl::StatusOr<Order> Decide(const PlaceOrderCommand& command,
                             const std::map<Sku, Product>& catalog, absl::Time now,
                             absl::Duration timeout) {
  std::vector<FieldViolation> unknown;
  std::vector<OrderLine> lines;
  for (std::size_t i = 0; i < command.items.size(); ++i) {
    const WantedItem& item = command.items[i];
    const auto product = catalog.find(item.product);
    if (product == catalog.end()) {
      unknown.push_back({StrCat("items[", i, "].product_id"),
                         StrCat("there is no product \"", item.product.value(), "\"")});
      continue;
    }
    lines.push_back({.product = item.product,
                     .product_name = product->second.name,
                     .quantity = item.quantity,
                     .unit_price = product->second.unit_price});
  }
  if (!unknown.empty()) {
    return MakeError(absl::StatusCode::kNotFound, "PRODUCT_NOT_FOUND",
                     "the order has products that are not in the catalog", unknown);
  }
  return Order::Place({.user = command.key.user,
                       .email = command.email,
                       .payment_method = command.payment_method,
                       .lines = std::move(lines),
                       .placed_at = now,
                       .deadline_at = now + timeout});
}

// One transaction's work: decide, take the request keys, write what is new, answer the rest from
// what was there before.
class Batch {
 public:
  Batch(absl::Span<const PlaceOrderCommand> commands, absl::Span<const std::size_t> which,
        const Stores& stores)
      : commands_(commands), which_(which), stores_(stores) {}

  void Run(absl::Time now, absl::Duration timeout,
           std::vector<absl::StatusOr<OrderData>>& answers) {
    DecideAll(now, timeout);
    TakeKeys();
    InsertNew();
    LoadReplayed();
    for (std::size_t i = 0; i < which_.size(); ++i) answers[which_[i]] = AnswerOf(i);
  }

  std::vector<TracedOrder> TakeInserted() { return std::move(inserted_); }

 private:
  const PlaceOrderCommand& command(std::size_t i) const { return commands_[which_[i]]; }

  void DecideAll(absl::Time now, absl::Duration timeout) {
    std::set<Sku> skus;
    for (std::size_t i = 0; i < which_.size(); ++i) {
      fingerprints_.push_back(FingerprintOf(command(i)));
      for (const WantedItem& item : command(i).items) skus.insert(item.product);
    }
    const std::map<Sku, Product> catalog =
        stores_.catalog.Find(std::vector<Sku>(skus.begin(), skus.end()));
    for (std::size_t i = 0; i < which_.size(); ++i) {
      decisions_.push_back(Decide(command(i), catalog, now, timeout));
    }
  }

  void TakeKeys() {
    std::vector<Record> records;
    std::vector<RequestKey> refused;
    for (std::size_t i = 0; i < which_.size(); ++i) {
      if (!decisions_[i].ok()) {
        refused.push_back(command(i).key);
        continue;
      }
      records.push_back({.key = command(i).key,
                         .fingerprint = fingerprints_[i],
                         .resource = decisions_[i]->data().id.ToString(),
                         .response = ""});
    }
    if (!records.empty()) used_ = stores_.request_keys.Insert(records);
    // Refused now is not refused for ever: the first answer may have been an order.
    if (!refused.empty()) used_.merge(stores_.request_keys.Find(refused));
  }

  // What the command's key was used for before, if it was.
  const Record* UsedBefore(std::size_t i) const {
    const auto used = used_.find(command(i).key);
    if (used == used_.end()) return nullptr;
    const bool by_this_command =
        decisions_[i].ok() && used->second.resource == decisions_[i]->data().id.ToString();
    return by_this_command ? nullptr : &used->second;
  }

  void InsertNew() {
    for (std::size_t i = 0; i < which_.size(); ++i) {
      if (decisions_[i].ok() && UsedBefore(i) == nullptr) {
        inserted_.push_back({.order = *decisions_[i], .trace = command(i).trace});
      }
    }
    if (!inserted_.empty()) stores_.orders.Insert(inserted_);
  }

  void LoadReplayed() {
    std::set<OrderId> wanted;
    for (std::size_t i = 0; i < which_.size(); ++i) {
      const Record* used = UsedBefore(i);
      if (used == nullptr || used->fingerprint != fingerprints_[i]) continue;
      if (const auto id = OrderId::Parse(used->resource); id.ok()) wanted.insert(*id);
    }
    if (wanted.empty()) return;
    for (TracedOrder& traced :
         stores_.orders.Load(std::vector<OrderId>(wanted.begin(), wanted.end()))) {
      replayed_.emplace(traced.order.data().id.ToString(), traced.order.AsPlaced());
    }
  }

  absl::StatusOr<OrderData> AnswerOf(std::size_t i) const {
    const Record* used = UsedBefore(i);
    if (used == nullptr) {
      if (!decisions_[i].ok()) return decisions_[i].status();
      return decisions_[i]->AsPlaced();
    }
    if (used->fingerprint != fingerprints_[i]) return request_keys::Reused(command(i).key);
    const auto replayed = replayed_.find(used->resource);
    if (replayed == replayed_.end()) {
      return absl::InternalError(StrCat("request ", command(i).key.request_id.ToString(),
                                        " made order ", used->resource, ", which isn't there"));
    }
    return replayed->second;
  }

  absl::Span<const PlaceOrderCommand> commands_;
  absl::Span<const std::size_t> which_;
  const Stores& stores_;
  // One for each of which_.
  std::vector<std::string> fingerprints_;
  std::vector<absl::StatusOr<Order>> decisions_;
  std::map<RequestKey, Record> used_;
  std::vector<TracedOrder> inserted_;
  std::map<std::string, OrderData> replayed_;
};

}  // namespace

PlaceOrder::Answers PlaceOrder::Run(absl::Span<const PlaceOrderCommand> commands) {
  Answers answers(commands.size(),
                  absl::DeadlineExceededError("the deadline passed, nothing was written"));
  std::vector<std::size_t> all(commands.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  Place(commands, std::move(all), answers);
  return answers;
}

void PlaceOrder::Place(absl::Span<const PlaceOrderCommand> commands, std::vector<std::size_t> which,
                       Answers& answers) {
  while (true) {
    const absl::Time now = absl::Now();
    std::erase_if(which, [&](std::size_t i) { return commands[i].deadline <= now; });
    if (which.empty()) return;
    const absl::Status status = PlaceInOneTransaction(commands, which, answers);
    if (status.ok()) return;
    for (std::size_t i : which) answers[i] = status;
    if (which.size() == 1) return;
    if (absl::IsDeadlineExceeded(status)) {
      // The soonest deadline ended it for all: those with time left go on without that one.
      const auto soonest =
          std::ranges::min_element(which, {}, [&](std::size_t i) { return commands[i].deadline; });
      which.erase(soonest);
      continue;
    }
    if (!absl::IsInvalidArgument(status)) return;
    // The database refused one order's data: halve down to that one.
    const auto middle = which.begin() + static_cast<std::ptrdiff_t>(which.size() / 2);
    Place(commands, {which.begin(), middle}, answers);
    Place(commands, {middle, which.end()}, answers);
    return;
  }
}

absl::Status PlaceOrder::PlaceInOneTransaction(absl::Span<const PlaceOrderCommand> commands,
                                               absl::Span<const std::size_t> which,
                                               Answers& answers) {
  absl::Time deadline = absl::InfiniteFuture();
  for (std::size_t i : which) deadline = std::min(deadline, commands[i].deadline);
  std::vector<TracedOrder> inserted;
  const absl::Status status = unit_of_work_.Run("place_order", deadline, [&](const Stores& stores) {
    Batch batch(commands, which, stores);
    batch.Run(absl::Now(), order_timeout_, answers);
    inserted = batch.TakeInserted();
    faults::Point("place_order.before_commit");
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  faults::Point("place_order.after_commit");
  TellTransitions(inserted, metrics_);
  return absl::OkStatus();
}

}  // namespace waybill::order_svc
