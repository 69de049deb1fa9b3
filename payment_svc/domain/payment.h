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
// A part of the captured amount is refunded by a Refund, and the payment stays captured. Partial
// refunds are executed one after the other and, if the payment is released, before the rest is
// refunded.
//
// A payment that is to be released before its authorisation was begun is looked up all the same: a
// database that was restored to an earlier point doesn't know what was begun afterwards. If the
// provider has nothing, the payment stays in State::kNone for ever, and no event is emitted, since
// no event has reported a hold either.
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
  // Unknown, as is payment_method, where the provider has named the amount.
  std::optional<UserId> user;
  // The provider's token. Never logged.
  std::string payment_method;
  Money amount;

  friend bool operator==(const Charge&, const Charge&) = default;
};

// A step that was begun and has no answer yet.
struct StartedStep {
  Step step;
  absl::Time started_at;
  // Whether its outcome must be looked up: a retry with its key can't show it (a stored 5xx), or
  // would do what is no longer wanted.
  bool lookup = false;
  // When the last call other than a look-up was made: the provider may have executed it since. The
  // epoch if there was none.
  absl::Time called_at;
  // How the provider's last answer contradicts the request; empty if it doesn't.
  std::string mismatch = {};

  friend bool operator==(const StartedStep&, const StartedStep&) = default;
};

// A part of the captured amount that is to be refunded, and the outcome.
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
  // Unknown until OrderPlaced has come; other topics' events may come sooner. Without it a step is
  // only looked up.
  std::optional<Charge> charge;
  Wanted wanted = Wanted::kAuthorize;
  State state = State::kNone;
  // The provider's own id; empty before its first answer.
  std::string provider_reference;
  std::string decline_reason;
  // The provider was asked, once the payment was to be released, and has nothing of this order.
  bool nothing_held = false;
  // In the order of their requests. kRefundPart executes the first one that is kRequested.
  std::vector<Refund> refunds = {};
  std::optional<StartedStep> started;
  // A part of the idempotency key. Rises when the provider has stored an answer under the key that
  // isn't final.
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
// Sets the charge, unless the payment has one that isn't the provider's.
void Place(Payment& payment, Charge charge);
// Raises what is wanted to `wanted`, unless it is higher already.
void Raise(Payment& payment, Wanted wanted);
// Adds the refund, unless the payment has one with its id.
void AddRefund(Payment& payment, Refund refund);

// The sum of the executed partial refunds; the charge must be known.
Money RefundedOf(const Payment& payment);
// The charge minus RefundedOf; the charge must be known.
Money RestOf(const Payment& payment);

// What a refund refunds if it isn't the whole charge.
struct RefundPart {
  // Of kRefundPart.
  std::optional<RefundId> id;
  Money amount;

  friend bool operator==(const RefundPart&, const RefundPart&) = default;
};
// Set for kRefundPart, and for kRefund after a partial refund.
std::optional<RefundPart> PartOf(const Payment& payment, Step step);

// The step to process now: the begun one, or the next one towards what is wanted. nullopt: there is
// nothing to do until an event arrives.
std::optional<Step> NextStep(const Payment& payment);

// One call to the provider. `tries` makes it different from every other call of the payment that
// may still be under way.
struct Call {
  Step step;
  int attempt = 0;
  int tries = 0;
  bool lookup = false;
  // Whether no earlier call under its key can have been executed.
  bool first = false;

  friend bool operator==(const Call&, const Call&) = default;
};

// The provider forgets a key after 24 hours (docs.stripe.com/api/idempotent_requests); after this
// long, looking up is the only safe way.
inline constexpr absl::Duration kKeyTrustedFor = absl::Hours(23);

// Begins NextStep, or continues the begun one. There must be one. An authorisation or capture is
// looked up, not made, once the payment is to be released. So is a refund of the rest if nothing is
// left: the provider then confirms that the parts make up the whole. And so is, at first, an
// authorisation or a refund of a part that was wanted longer ago than keys are trusted: it may have
// been made before the database was restored to an earlier point.
Call BeginStep(Payment& payment, absl::Time now);
// Returns how long to wait before the begun step's next call, at least `wait`. Turns that call into
// a look-up if the step's key may have expired by then. The look-up of a new payment uses the
// provider's search, which lags, so it comes at least `search_lag` after the last call.
absl::Duration WaitBeforeNextCall(Payment& payment, absl::Time now, absl::Duration wait,
                                  absl::Duration search_lag);
// Whether the payment still waits for the answer to that call: false when another worker has taken
// over.
bool Awaits(const Payment& payment, const Call& call);

// The state of an order's payment at the provider; for kRefundPart, the state of the refund:
// kRefunded or kAbsent. Only a search for the order, or a list of the payment's refunds, can give
// kAbsent: a payment whose id came from the provider can't be missing.
enum class Standing { kAbsent, kDeclined, kHeld, kCaptured, kVoided, kRefunded };

// The outcome of a call.
struct Answer {
  enum class Kind {
    // The provider reports the payment's state (`standing`), in the answer to the step or to a
    // look-up.
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
    // The answer contradicts the request, or an earlier answer: it is about another amount,
    // currency, payment or order, or doesn't find a payment whose id came from the provider. It is
    // ignored.
    kMismatch,
  };
  Kind kind = Kind::kUnknown;
  // With kStands.
  Standing standing = Standing::kAbsent;
  std::string provider_reference;
  // With kStands, to a call without a charge: the amount of the provider's payment.
  std::optional<Money> amount = std::nullopt;
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
  // The step has not ended: wait before the next call.
  bool back_off = false;
};

// Applies the answer to an awaited call (Awaits): ends the begun step, or has it retried or looked
// up.
//
// A search or a list that finds nothing (kAbsent) proves that nothing was executed only if the last
// call was made at least `search_complete_after` ago: a payment may be found late, and a call
// without an answer may be executed late. Before that, the step is repeated once under its key, in
// case the earlier answer was not the provider's, and is then looked up until it is found or that
// time is over.
//
// If no call of an authorisation was executed (kBusy, kUnreachable), the step counts as not begun:
// there is nothing to look up, should it no longer be wanted.
//
// A hold is emitted as confirmed only while it is wanted, so that no event requests stock for a
// cancelled order. A capture that the provider refuses permanently is emitted as failed, and the
// payment raises what is wanted to kRelease. A partial refund that is refused permanently is
// emitted as failed; the refund of the rest is retried without end, because the money isn't ours.
Effect ApplyAnswer(Payment& payment, const Call& call, const Answer& answer, absl::Time now,
                   absl::Duration search_complete_after);

}  // namespace waybill::payment_svc
