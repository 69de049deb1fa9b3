// A payment provider in a few lines of plain C++, for testing the state machine against every
// sequence of outcomes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "payment_svc/domain/payment.h"

namespace waybill::payment_svc::test {

// The outcome of one call.
enum class Turn {
  kAnswered,
  // The call takes effect, but its answer is lost.
  kAnswerLost,
  // The call never arrives.
  kCallLost,
  // The provider stores and returns a 500, with and without the effect.
  kErrorAfterEffect,
  kErrorBeforeEffect,
  kBusy,
  kUnreachable,
  // The search shows nothing yet; other calls are answered.
  kSearchLags,
  // The answer is about another amount; the call takes effect.
  kMismatch,
};
inline constexpr int kTurns = 9;

// One order's intents, and the answers stored under idempotency keys.
class ModelProvider {
 public:
  explicit ModelProvider(bool card_works) : card_works_(card_works) {}

  Answer Serve(const Payment& payment, const Call& call, Turn turn) {
    if (turn == Turn::kBusy) return Of(Answer::Kind::kBusy);
    if (turn == Turn::kUnreachable) return Of(Answer::Kind::kUnreachable);
    if (turn == Turn::kCallLost) return Of(Answer::Kind::kUnknown);
    const Answer answer = call.lookup ? LookUp(payment, call, turn) : Execute(payment, call, turn);
    if (turn == Turn::kMismatch) return Of(Answer::Kind::kMismatch);
    return turn == Turn::kAnswerLost ? Of(Answer::Kind::kUnknown) : answer;
  }

  // Sums of whole order amounts.
  int held() const { return Count(Standing::kHeld); }
  int captures() const { return captures_; }
  int refunds() const { return refunds_; }
  // In minor units: what is captured and not given back.
  std::int64_t kept() const { return kept_; }
  int TimesMade(const RefundId& refund) const {
    const auto made = made_.find(refund);
    return made == made_.end() ? 0 : made->second;
  }

 private:
  static Answer Of(Answer::Kind kind) {
    Answer answer;
    answer.kind = kind;
    return answer;
  }
  static Answer Stands(Standing standing, std::string reference = "") {
    Answer answer = Of(Answer::Kind::kStands);
    answer.standing = standing;
    answer.provider_reference = std::move(reference);
    answer.reason = standing == Standing::kDeclined ? "generic_decline" : "";
    return answer;
  }

  int Count(Standing standing) const {
    int count = 0;
    for (const Standing one : intents_) count += one == standing ? 1 : 0;
    return count;
  }

  Answer LookUp(const Payment& payment, const Call& call, Turn turn) const {
    if (turn == Turn::kErrorAfterEffect || turn == Turn::kErrorBeforeEffect) {
      return Of(Answer::Kind::kUnknown);
    }
    if (call.step == Step::kRefundPart) {
      const bool made = made_.contains(*PartOf(payment, call.step)->id);
      return Stands(made ? Standing::kRefunded : Standing::kAbsent);
    }
    if (call.step != Step::kAuthorize) {
      return Stands(intents_.at(std::stoul(payment.provider_reference)),
                    payment.provider_reference);
    }
    if (turn == Turn::kSearchLags) return Stands(Standing::kAbsent);
    for (std::size_t i = 0; i < intents_.size(); ++i) {
      if (intents_[i] == Standing::kHeld) return Stands(Standing::kHeld, std::to_string(i));
    }
    if (intents_.empty()) return Stands(Standing::kAbsent);
    return Stands(intents_.back(), std::to_string(intents_.size() - 1));
  }

  Answer Execute(const Payment& payment, const Call& call, Turn turn) {
    std::string key = std::string(NameOf(call.step)) + std::to_string(call.attempt);
    const std::optional<RefundPart> part = PartOf(payment, call.step);
    if (part && part->id) key += part->id->ToString();
    const auto stored = answers_.find(key);
    if (stored != answers_.end()) return stored->second;
    Answer answer = Of(Answer::Kind::kServerError);
    if (turn != Turn::kErrorBeforeEffect) answer = Effect(payment, call.step);
    if (turn == Turn::kErrorAfterEffect) answer = Of(Answer::Kind::kServerError);
    answers_[key] = answer;
    return answer;
  }

  Answer Effect(const Payment& payment, Step step) {
    if (step == Step::kAuthorize) {
      intents_.push_back(card_works_ ? Standing::kHeld : Standing::kDeclined);
      return Stands(intents_.back(), std::to_string(intents_.size() - 1));
    }
    Standing& intent = intents_.at(std::stoul(payment.provider_reference));
    if (step == Step::kCapture && intent == Standing::kHeld) {
      intent = Standing::kCaptured;
      ++captures_;
      kept_ += payment.charge->amount.minor_units;
    } else if (step == Step::kVoid && intent == Standing::kHeld) {
      intent = Standing::kVoided;
    } else if (step == Step::kRefund && intent == Standing::kCaptured) {
      intent = Standing::kRefunded;
      ++refunds_;
      kept_ = 0;
    } else if (step == Step::kRefundPart) {
      const RefundPart part = *PartOf(payment, step);
      if (part.amount.minor_units > kept_) return Of(Answer::Kind::kRefused);
      kept_ -= part.amount.minor_units;
      ++made_[*part.id];
      if (kept_ == 0) {
        intent = Standing::kRefunded;
        ++refunds_;
      }
      return Stands(Standing::kRefunded);
    }
    return Stands(intent, payment.provider_reference);
  }

  const bool card_works_;
  std::vector<Standing> intents_;
  std::map<std::string, Answer> answers_;
  int captures_ = 0;
  int refunds_ = 0;
  std::int64_t kept_ = 0;
  std::map<RefundId, int> made_;
};

}  // namespace waybill::payment_svc::test
