// Payment is one order's payment: what is wanted of it, what it is, and the steps between the two.
// Plain values and pure functions; only this code changes a payment.
//
// What is wanted only rises. A step (one call's worth of change at the provider) is begun, which is
// committed before the call, and ended by the provider's answer. A begun step is always resolved
// before another begins, also when what is wanted has changed: a hanging authorisation of a
// cancelled order is looked up, and then voided.
//
//   Payment payment = NewPayment(order, PaymentId::New());
//   Place(payment, charge);
//   Call call = BeginStep(payment, now);            // commit, then call
//   Effect effect = ApplyAnswer(payment, answer);   // commit with effect.events
//
// A part of a captured amount is given back by a refund of its own; the payment stays captured. Parts
// are given back one after the other, and before the rest is, should the payment be released.
//
// A payment that is to be released before its authorisation was begun stays in State::kNone for
// ever; no call is made and no event is emitted, since no event has reported a hold either.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "payment_svc/domain/payment_state.h"
#include "platform/types/ids.h"
#include "platform/types/money.h"
#include "platform/types/names.h"

namespace waybill::payment_svc {

// The amount to be charged and how, from OrderPlaced.
struct Charge {
  UserId user;
  // The provider's token. Never logged.
  std::string payment_method;
  Money amount;

  friend bool operator==(const Charge&, const Charge&) = default;
};

// A step that was begun and has no answer yet.
struct StartedStep {
  Step step;
  absl::Time started_at;
  // Its outcome must be looked up: a retry with its key can't show it (a stored 5xx), or would do
  // what nobody wants any more.
  bool lookup = false;
  // When it was last called for, look-ups apart: the provider may have executed it since.
  absl::Time called_at;
  // How the provider's last answer contradicts what was asked for; empty if it doesn't.
  std::string mismatch = {};

  friend bool operator==(const StartedStep&, const StartedStep&) = default;
};

// A part of the captured amount that is to be given back, and what became of it.
struct Refund {
  RefundId id;
  Money amount;
  RefundState state = RefundState::kRequested;
  // With kFailed: the provider's code.
  std::string reason = {};

  friend bool operator==(const Refund&, const Refund&) = default;
};

struct Payment {
  OrderId order;
  PaymentId id;
  // Unknown until OrderPlaced has come; other topics' events may come sooner. No step begins
  // without it.
  std::optional<Charge> charge;
  Wanted wanted = Wanted::kAuthorize;
  State state = State::kNone;
  // The provider's own id; empty before its first answer.
  std::string provider_reference;
  std::string decline_reason;
  // In the order of their requests. The first one that is kRequested is the one that kRefundPart
  // works on.
  std::vector<Refund> refunds = {};
  std::optional<StartedStep> started;
  // Part of the idempotency key. Rises where the provider has stored an answer under the key that
  // can't be the last word.
  int attempt = 0;
  // Calls made since the state last changed; sets the backoff.
  int tries = 0;
  // The number of the last event.
  std::int64_t event_sequence = 0;
  // When storage has last written it, by the database's clock.
  absl::Time updated_at;

  friend bool operator==(const Payment&, const Payment&) = default;
};

Payment NewPayment(const OrderId& order, const PaymentId& id);
// The first charge stays.
void Place(Payment& payment, Charge charge);
void Raise(Payment& payment, Wanted wanted);
// One that is there already stays as it is.
void AddRefund(Payment& payment, Refund refund);

// The sum of the parts that were given back; the charge must be known.
Money RefundedOf(const Payment& payment);
// The charge less RefundedOf.
Money RestOf(const Payment& payment);

// What a refund gives back where that isn't the whole charge.
struct RefundPart {
  // Of kRefundPart.
  std::optional<RefundId> id;
  Money amount;

  friend bool operator==(const RefundPart&, const RefundPart&) = default;
};
// Of kRefundPart, and of kRefund once a part was given back.
std::optional<RefundPart> PartOf(const Payment& payment, Step step);

// The step to work on now: the begun one, or the next one towards what is wanted. Nothing: there is
// nothing to do until an event comes.
std::optional<Step> NextStep(const Payment& payment);

// One call to the provider. `tries` makes it different from every other call of the payment that
// may still be under way.
struct Call {
  Step step;
  int attempt = 0;
  int tries = 0;
  bool lookup = false;
  // No call that may have been executed came before it under its key.
  bool first = false;

  friend bool operator==(const Call&, const Call&) = default;
};

// The provider forgets a key after 24 hours (docs.stripe.com/api/idempotent_requests); after this
// long, looking up is the only safe way.
inline constexpr absl::Duration kKeyTrustedFor = absl::Hours(23);

// Begins NextStep, or continues the begun one. There must be one. A begun authorisation or capture is
// looked up, not asked for again, once the payment is to be released. So is a refund of the rest where
// nothing is left: the provider confirms that all parts make up the whole.
Call BeginStep(Payment& payment, absl::Time now);
// How long to wait before the begun step's next call, when `wait` was asked for. If its key may
// have expired by then, that call is made a look-up; and a look-up of a new payment, which the
// provider finds by a search that lags, comes `search_lag` or more after the last call, which may
// have had its effect.
absl::Duration WaitBeforeNextCall(Payment& payment, absl::Time now, absl::Duration wait,
                                  absl::Duration search_lag);
// Whether the payment still waits for the answer to that very call: false when another worker has
// taken over.
bool Awaits(const Payment& payment, const Call& call);

// The state of an order's payment at the provider; of a refund, with kRefundPart: kRefunded or
// kAbsent. kAbsent comes from a search for the order, or from a list of the payment's refunds, only:
// what the provider has named once can't be missing.
enum class Standing { kAbsent, kDeclined, kHeld, kCaptured, kVoided, kRefunded };

// The outcome of a call.
struct Answer {
  enum class Kind {
    // The payment at the provider stands so, as the call itself or a look-up reports.
    kStands,
    // The provider refuses this step for good.
    kRefused,
    // A 5xx, which the provider may have stored under the key: the step may or may not have
    // happened.
    kServerError,
    // The provider has not executed the call, and asks for a retry with the same key.
    kBusy,
    // The provider was not reached: the call was never sent.
    kUnreachable,
    // No answer, or that the call is under way: the step may have happened, or may yet.
    kUnknown,
    // The answer contradicts what was asked for, or what the provider has said before: it is about
    // another amount, currency, payment or order, or doesn't find a payment that the provider has
    // named. Nothing of it is believed.
    kMismatch,
  };
  Kind kind = Kind::kUnknown;
  // With kStands.
  Standing standing = Standing::kAbsent;
  std::string provider_reference;
  // The provider's code for a refusal or a decline, or what went wrong.
  std::string reason;
  // How long the provider asked to wait before a retry.
  absl::Duration retry_after = absl::ZeroDuration();

  friend bool operator==(const Answer&, const Answer&) = default;
};

// The names in logs and metrics.
constexpr auto EnumNames(Answer::Kind) {
  return std::to_array<EnumName<Answer::Kind>>({{Answer::Kind::kStands, "answered"},
                                                {Answer::Kind::kRefused, "refused"},
                                                {Answer::Kind::kServerError, "server_error"},
                                                {Answer::Kind::kBusy, "busy"},
                                                {Answer::Kind::kUnreachable, "unreachable"},
                                                {Answer::Kind::kUnknown, "no_answer"},
                                                {Answer::Kind::kMismatch, "mismatched"}});
}

// An event for the other services.
struct PaymentEvent {
  enum class Kind {
    kConfirmed,
    kDeclined,
    kCaptured,
    kFailed,
    kVoided,
    kRefunded,
    kPartRefunded,
    kPartFailed
  };
  Kind kind;
  // 1, 2, 3 … per payment.
  std::int64_t sequence = 0;
  // With kDeclined, kFailed and kPartFailed.
  std::string reason;
  // With kPartRefunded and kPartFailed.
  std::optional<RefundId> refund = std::nullopt;

  friend bool operator==(const PaymentEvent&, const PaymentEvent&) = default;
};

struct Effect {
  std::vector<PaymentEvent> events;
  // The step was not brought to its end: wait before the next call.
  bool back_off = false;
};

// Ends the begun step, or says that it has to be retried or looked up. Only for the answer to a call
// that is awaited.
//
// A search or a list that finds nothing (kAbsent) proves that nothing was executed only when the last call is
// `search_complete_after` or more ago: a payment may be found late, and a call without an answer may
// be executed late. Before that the step is asked for once more under its key, in case that what
// answered was not the provider, and then looked up until it is found or that time is over.
//
// An authorisation of which no call was executed (kBusy, kUnreachable) is no longer begun: there is
// nothing to be found, should it no longer be wanted.
//
// A confirmed hold is emitted only while someone waits for it: no event requests stock for a
// cancelled order. A capture that is refused for good is emitted as failed, and the payment raises
// itself to kRelease. A refund of a part that is refused for good has failed, and is emitted so; one
// of the rest is tried for ever, because the money isn't ours.
Effect ApplyAnswer(Payment& payment, const Call& call, const Answer& answer, absl::Time now,
                   absl::Duration search_complete_after);

}  // namespace waybill::payment_svc
