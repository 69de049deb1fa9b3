#include "inventory_svc/domain/reservation.h"

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "platform/types/strings.h"

namespace waybill::inventory_svc {
namespace {

constexpr std::array<std::pair<ReservationState, std::string_view>, 4> kTexts = {{
    {ReservationState::kWaiting, "WAITING"},
    {ReservationState::kReserved, "RESERVED"},
    {ReservationState::kRejected, "REJECTED"},
    {ReservationState::kReleased, "RELEASED"},
}};

}  // namespace

std::string_view ToText(ReservationState state) {
  return kTexts[static_cast<std::size_t>(state)].second;
}

absl::StatusOr<ReservationState> ParseReservationState(std::string_view text) {
  for (const auto& [state, name] : kTexts) {
    if (name == text) return state;
  }
  return absl::InternalError(absl::StrCat("not a reservation state: ", ToAbsl(text)));
}

void Reservation::LearnItems(const Quantities& items) {
  if (row_.items_known) return;
  row_.items_known = true;
  row_.items = items;
}

bool Reservation::Cancel() {
  const bool held = row_.state == ReservationState::kReserved;
  row_.state = ReservationState::kReleased;
  return held;
}

void Reservation::Resolve(const Decision& decision) {
  if (!ReadyToReserve()) return;
  row_.state = decision.reserved() ? ReservationState::kReserved : ReservationState::kRejected;
}

}  // namespace waybill::inventory_svc
