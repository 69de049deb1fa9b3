// Wanted, State and Step say what is wanted of a payment, what it is, and how it gets there, with
// their names in the database, in logs and in idempotency keys.
#pragma once

#include <array>

#include "platform/types/enum_names.h"

namespace waybill::payment_svc {

// In rising order.
enum class Wanted { kAuthorize, kCapture, kRelease };

// kDeclined, kVoided and kRefunded are final.
enum class State { kNone, kAuthorized, kDeclined, kCaptured, kVoided, kRefunded };

enum class Step { kAuthorize, kCapture, kVoid, kRefund };

// The names are a contract: the table and the provider's idempotency keys hold them.
constexpr auto EnumNames(Wanted) {
  return std::to_array<EnumName<Wanted>>({{Wanted::kAuthorize, "authorize"},
                                          {Wanted::kCapture, "capture"},
                                          {Wanted::kRelease, "release"}});
}

constexpr auto EnumNames(State) {
  return std::to_array<EnumName<State>>({{State::kNone, "none"},
                                         {State::kAuthorized, "authorized"},
                                         {State::kDeclined, "declined"},
                                         {State::kCaptured, "captured"},
                                         {State::kVoided, "voided"},
                                         {State::kRefunded, "refunded"}});
}

constexpr auto EnumNames(Step) {
  return std::to_array<EnumName<Step>>({{Step::kAuthorize, "authorize"},
                                        {Step::kCapture, "capture"},
                                        {Step::kVoid, "void"},
                                        {Step::kRefund, "refund"}});
}

}  // namespace waybill::payment_svc
