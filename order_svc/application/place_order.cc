#include "order_svc/application/place_order.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/time/clock.h"
#include "platform/faults/fault_point.h"
#include "platform/types/error.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::order_svc {
namespace {

using request_keys::Answer;
using request_keys::Request;

// A call with less time left may have kept a batch from waiting for a session, or from trying
// again.
constexpr absl::Duration kNearlyOver = absl::Milliseconds(250);

// A call with less time left is placed in a transaction, which looks at the deadline once more
// before the commit.
constexpr absl::Duration kAmple = absl::Seconds(2);

bool IsForWantOfTime(const absl::Status& status) {
  return absl::IsDeadlineExceeded(status) || absl::IsResourceExhausted(status) ||
         absl::IsAborted(status) || absl::IsUnavailable(status);
}

std::string FingerprintOf(const PlaceOrderCommand& command) {
  std::vector<std::string> parameters = {command.email.value(), command.payment_method};
  for (const WantedItem& item : command.items) {
    parameters.push_back(item.product.value());
    parameters.push_back(StrCat(item.quantity));
  }
  return request_keys::Fingerprint("PlaceOrder", parameters);
}

// nullopt: the catalog has no such product.
using FindProduct = absl::FunctionRef<std::optional<Product>(const Sku&)>;

absl::StatusOr<Order> Decide(const PlaceOrderCommand& command, FindProduct find, absl::Time now,
                             absl::Duration timeout) {
  std::vector<FieldViolation> unknown;
  std::vector<OrderLine> lines;
  for (std::size_t i = 0; i < command.items.size(); ++i) {
    const WantedItem& item = command.items[i];
    const std::optional<Product> product = find(item.product);
    if (!product) {
      unknown.push_back({StrCat("items[", i, "].product_id"),
                         StrCat("there is no product \"", item.product.value(), "\"")});
      continue;
    }
    lines.push_back({.product = item.product,
                     .product_name = product->name,
                     .quantity = item.quantity,
                     .unit_price = product->unit_price});
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

// One transaction's work: orders for the requests that are new, the stored orders for the others.
class Batch {
 public:
  Batch(absl::Span<const PlaceOrderCommand> commands, absl::Span<const std::size_t> which,
        Stores& stores, KnownProducts& known_products)
      : commands_(commands), which_(which), stores_(stores), known_products_(known_products) {}

  // Fills `answers` where `which` points.
  absl::Status Run(absl::Time now, absl::Duration timeout,
                   std::vector<absl::StatusOr<OrderData>>& answers) {
    std::vector<Request> requests;
    for (const std::size_t i : which_) {
      requests.push_back({commands_[i].key, FingerprintOf(commands_[i])});
    }
    const auto insert = [&](const std::vector<std::size_t>& fresh) {
      return Insert(fresh, now, timeout);
    };
    ASSIGN_OR_RETURN(const std::vector<absl::StatusOr<Answer>> answered,
                     stores_.request_keys.AnswerOnce(requests, insert));
    FindReplayed(answered);
    for (std::size_t i = 0; i < which_.size(); ++i) answers[which_[i]] = OrderOf(answered[i]);
    return absl::OkStatus();
  }

  std::vector<TracedOrder> TakeInserted() { return std::move(inserted_); }

 private:
  const PlaceOrderCommand& command(std::size_t i) const { return commands_[which_[i]]; }

  // Decides on the requests at these places, inserts the orders, and answers with their ids.
  std::vector<absl::StatusOr<Answer>> Insert(const std::vector<std::size_t>& fresh, absl::Time now,
                                             absl::Duration timeout) {
    std::set<Sku> skus;
    for (const std::size_t i : fresh) {
      for (const WantedItem& item : command(i).items) skus.insert(item.product);
    }
    const std::map<Sku, Product> catalog =
        stores_.products.Find(std::vector<Sku>(skus.begin(), skus.end()));
    known_products_.Remember(catalog);
    const auto find = [&](const Sku& id) {
      const auto product = catalog.find(id);
      return product == catalog.end() ? std::nullopt : std::optional(product->second);
    };
    std::vector<absl::StatusOr<Answer>> answers;
    std::vector<TracedOrder> orders;
    for (const std::size_t i : fresh) {
      absl::StatusOr<Order> order = Decide(command(i), find, now, timeout);
      if (!order.ok()) {
        answers.push_back(order.status());
        continue;
      }
      const std::string id = order->data().id.ToString();
      answers.push_back(Answer{.resource = id, .response = ""});
      placed_.emplace(id, order->AsPlaced());
      orders.push_back({.order = *std::move(order), .trace = command(i).trace});
    }
    if (!orders.empty()) stores_.orders.Insert(orders);
    std::ranges::move(orders, std::back_inserter(inserted_));
    return answers;
  }

  void FindReplayed(const std::vector<absl::StatusOr<Answer>>& answered) {
    std::set<OrderId> replayed;
    for (const absl::StatusOr<Answer>& answer : answered) {
      if (!answer.ok() || placed_.contains(answer->resource)) continue;
      if (const auto id = OrderId::Parse(answer->resource); id.ok()) replayed.insert(*id);
    }
    if (replayed.empty()) return;
    for (const TracedOrder& traced :
         stores_.orders.Find(std::vector<OrderId>(replayed.begin(), replayed.end()))) {
      placed_.emplace(traced.order.data().id.ToString(), traced.order.AsPlaced());
    }
  }

  absl::StatusOr<OrderData> OrderOf(const absl::StatusOr<Answer>& answer) const {
    if (!answer.ok()) return answer.status();
    const auto order = placed_.find(answer->resource);
    if (order != placed_.end()) return order->second;
    return absl::InternalError(
        StrCat("a request_id stands for order ", answer->resource, ", which isn't there"));
  }

  absl::Span<const PlaceOrderCommand> commands_;
  absl::Span<const std::size_t> which_;
  Stores& stores_;
  KnownProducts& known_products_;
  std::vector<TracedOrder> inserted_;
  // By their ids: the new orders, and those of earlier requests.
  std::map<std::string, OrderData> placed_;
};

}  // namespace

PlaceOrder::Answers PlaceOrder::Run(absl::Span<const PlaceOrderCommand> commands) {
  Answers answers(commands.size(),
                  absl::DeadlineExceededError("the deadline passed; nothing was written"));
  std::vector<std::size_t> all(commands.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  const absl::Status in_doubt = PlaceAtOnce(commands, all, answers);
  Place(commands, all, answers);
  if (in_doubt.ok()) return answers;
  for (const std::size_t i : all) {
    // No later failure proves that the first try has written nothing.
    if (IsForWantOfTime(answers[i].status())) answers[i] = in_doubt;
  }
  return answers;
}

absl::Status PlaceOrder::PlaceAtOnce(absl::Span<const PlaceOrderCommand> commands,
                                     std::vector<std::size_t>& which, Answers& answers) {
  const absl::Time now = absl::Now();
  absl::Time deadline = absl::InfiniteFuture();
  std::vector<std::size_t> placed, others;
  std::vector<TracedOrder> orders;
  std::vector<Request> requests;
  std::vector<Answer> keys;
  std::set<request_keys::RequestKey> seen;
  const auto find = [&](const Sku& id) { return known_products_.Find(id); };
  for (const std::size_t i : which) {
    const PlaceOrderCommand& command = commands[i];
    const bool waits = command.deadline > now + kAmple && !command.has_left();
    absl::StatusOr<Order> order = absl::CancelledError();
    if (waits && seen.insert(command.key).second) {
      order = Decide(command, find, now, order_timeout_);
    }
    if (!order.ok()) {
      others.push_back(i);
      continue;
    }
    placed.push_back(i);
    deadline = std::min(deadline, command.deadline);
    requests.push_back({command.key, FingerprintOf(command)});
    keys.push_back({.resource = order->data().id.ToString(), .response = ""});
    orders.push_back({.order = *std::move(order), .trace = command.trace});
  }
  if (placed.empty()) return absl::OkStatus();
  const absl::Status status =
      unit_of_work_.RunOneStatement("place_order", deadline, [&](Stores& stores) {
        stores.orders.InsertAtPrices(orders);
        stores.request_keys.InsertFresh(requests, keys);
        faults::Point("place_order.before_commit");
      });
  if (!status.ok()) return absl::IsUnknown(status) ? status : absl::OkStatus();
  faults::Point("place_order.after_commit");
  report_.Report(orders);
  for (std::size_t n = 0; n < placed.size(); ++n) {
    answers[placed[n]] = orders[n].order.AsPlaced();
  }
  which = std::move(others);
  return absl::OkStatus();
}

void PlaceOrder::Place(absl::Span<const PlaceOrderCommand> commands, std::vector<std::size_t> which,
                       Answers& answers) {
  while (true) {
    const absl::Time now = absl::Now();
    std::erase_if(which, [&](std::size_t i) {
      if (!commands[i].has_left()) return commands[i].deadline <= now;
      answers[i] = absl::CancelledError("the client has cancelled the call; nothing was written");
      return true;
    });
    if (which.empty()) return;
    const absl::Status status = PlaceInOneTransaction(commands, which, answers);
    if (status.ok()) return;
    for (std::size_t i : which) answers[i] = status;
    if (which.size() == 1) return;
    if (IsForWantOfTime(status)) {
      // The soonest deadline bounded it for all: those with time left go on without.
      const absl::Time nearly_over = absl::Now() + kNearlyOver;
      const auto soonest =
          std::ranges::min_element(which, {}, [&](std::size_t i) { return commands[i].deadline; });
      const absl::Time until = absl::IsDeadlineExceeded(status)
                                   ? std::max(nearly_over, commands[*soonest].deadline)
                                   : nearly_over;
      if (std::erase_if(which, [&](std::size_t i) { return commands[i].deadline <= until; }) == 0) {
        return;
      }
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
  RETURN_IF_ERROR(unit_of_work_.Run("place_order", deadline, [&](Stores& stores) -> absl::Status {
    Batch batch(commands, which, stores, known_products_);
    RETURN_IF_ERROR(batch.Run(absl::Now(), order_timeout_, answers));
    inserted = batch.TakeInserted();
    faults::Point("place_order.before_commit");
    return absl::OkStatus();
  }));
  faults::Point("place_order.after_commit");
  report_.Report(inserted);
  return absl::OkStatus();
}

}  // namespace waybill::order_svc
