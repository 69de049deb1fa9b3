#include "inventory_svc/application/ship_order.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "platform/types/error.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::inventory_svc {
namespace {

using request_keys::Answer;
using request_keys::Request;

std::set<Sku> SkusOf(const Quantities& items) {
  std::set<Sku> skus;
  for (const auto& [sku, quantity] : items) skus.insert(sku);
  return skus;
}

// Ships the reservation and writes it, with its stock and its event. Where there is none, Lock has
// returned an empty one.
absl::Status Ship(Stores& stores, const ShipOrderCommand& command, Reservations& reservations,
                  std::vector<TracedStockEvent>& events) {
  Reservation& reservation = reservations.at(command.order);
  if (!reservation.data().items_known && !reservation.data().payment_confirmed &&
      reservation.data().state == ReservationState::kWaiting) {
    return MakeError(absl::StatusCode::kNotFound, "RESERVATION_NOT_FOUND",
                     StrCat("there is no reservation for order ", command.order.ToString()));
  }
  Stock stock = stores.stock.Lock(SkusOf(reservation.data().items));
  ASSIGN_OR_RETURN(std::optional<StockEvent> shipped, reservation.Ship(stock, absl::Now()));
  if (!shipped) return absl::OkStatus();
  events.push_back({*std::move(shipped), command.trace});
  stores.stock.Save(stock);
  return stores.reservations.Save(reservations, events);
}

}  // namespace

absl::StatusOr<ReservationData> ShipOrder::Run(const ShipOrderCommand& command) {
  const std::string id = command.order.ToString();
  const Request request{command.key, request_keys::Fingerprint("ShipOrder", {id})};
  std::vector<TracedStockEvent> events;
  ReservationData shipped;
  RETURN_IF_ERROR(
      unit_of_work_.Run("ship_order", command.deadline, [&](Stores& stores) -> absl::Status {
        events.clear();
        Reservations reservations = stores.reservations.Lock({command.order});
        const auto ship = [&](const std::vector<std::size_t>&) {
          const absl::Status status = Ship(stores, command, reservations, events);
          std::vector<absl::StatusOr<Answer>> answers = {Answer{.resource = id, .response = ""}};
          if (!status.ok()) answers.front() = status;
          return answers;
        };
        ASSIGN_OR_RETURN(const auto answers, stores.request_keys.AnswerOnce({&request, 1}, ship));
        RETURN_IF_ERROR(answers.front().status());
        shipped = reservations.at(command.order).data();
        return absl::OkStatus();
      }));
  report_.Report(events);
  return shipped;
}

}  // namespace waybill::inventory_svc
