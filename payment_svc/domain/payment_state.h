// Wanted, State and Step are what is wanted of a payment, its state, and how it gets there;
// RefundState is the state of a partial refund. All have names for the database, logs and
// idempotency keys.
#pragma once

#include <array>

#include "platform/types/enum_names.h"

namespace waybill::payment_svc {

// In rising order.
enum class Wanted { kAuthorize, kCapture, kRelease };

// kDeclined, kVoided and kRefunded are final.
enum class State { kNone, kAuthorized, kDeclined, kCaptured, kVoided, kRefunded };

// kRefund refunds all that is left of a capture, kRefundPart a part of it.
enum class Step { kAuthorize, kCapture, kVoid, kRefund, kRefundPart };

// kRefunded and kFailed are final.
enum class RefundState { kRequested, kRefunded, kFailed };

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
                                        {Step::kRefund, "refund"},
                                        {Step::kRefundPart, "refund_part"}});
}

constexpr auto EnumNames(RefundState) {
  return std::to_array<EnumName<RefundState>>({{RefundState::kRequested, "requested"},
                                               {RefundState::kRefunded, "refunded"},
                                               {RefundState::kFailed, "failed"}});
}

}  // namespace waybill::payment_svc
