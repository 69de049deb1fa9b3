// One order's payment, with its events and the provider's answers in every order.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <vector>

#include "payment_svc/domain/payment.h"
#include "tests/unit/payment_model_provider.h"

namespace waybill::payment_svc {
namespace {

using test::ModelProvider;
using test::Turn;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
constexpr absl::Duration kSearchCompleteAfter = absl::Hours(1);

Charge SomeCharge() { return {UserId("ann"), "pm_card_visa", {1999, "EUR"}}; }

// One order's path: events and calls in any order, each call with any outcome.
class Way {
 public:
  explicit Way(bool card_works) : provider_(card_works) {
    payment_ = NewPayment(OrderId::New(), PaymentId::New());
  }

  void Hear(int event) {
    if (event == 0) Place(payment_, SomeCharge());
    Raise(payment_, static_cast<Wanted>(event));
  }

  // An operator's refund, which order_svc requests of a confirmed order only.
  void Refund(std::int64_t amount) {
    if (payment_.state != State::kCaptured || payment_.wanted == Wanted::kRelease) return;
    requested_ += amount;
    AddRefund(payment_, {.id = RefundId::New(), .amount = {amount, "EUR"}});
  }
  std::int64_t requested() const { return requested_; }

  // Makes one call, if there is one to make.
  void Work(Turn turn) {
    if (!NextStep(payment_)) return;
    const Call call = BeginStep(payment_, now_);
    const Effect effect = ApplyAnswer(payment_, call, provider_.Serve(payment_, call, turn), now_,
                                      kSearchCompleteAfter);
    for (const PaymentEvent& event : effect.events) {
      EXPECT_EQ(event.sequence, static_cast<std::int64_t>(events_.size()) + 1);
      events_.push_back(event.kind);
    }
    EXPECT_LE(provider_.held() + provider_.captures() - provider_.refunds(), 1);
  }

  // Makes calls until there is nothing to do. By then every search is complete.
  void Rest() {
    for (int i = 0; i < 20 && NextStep(payment_); ++i) {
      now_ += kSearchCompleteAfter;
      Work(Turn::kAnswered);
    }
    EXPECT_EQ(NextStep(payment_), std::nullopt);
  }

  int Told(PaymentEvent::Kind kind) const {
    return static_cast<int>(std::count(events_.begin(), events_.end(), kind));
  }

  const Payment& payment() const { return payment_; }
  const ModelProvider& provider() const { return provider_; }

 private:
  absl::Time now_ = kNow;
  std::int64_t requested_ = 0;
  Payment payment_;
  ModelProvider provider_;
  std::vector<PaymentEvent::Kind> events_;
};

void ExpectBooksAgree(const Way& way, bool card_works, bool captured, bool released) {
  const int taken = way.provider().captures() - way.provider().refunds();
  const bool all_refunded = way.requested() == 1999;
  EXPECT_EQ(taken, captured && card_works && !released && !all_refunded ? 1 : 0);
  EXPECT_EQ(way.provider().held(), card_works && !captured && !released ? 1 : 0);
  EXPECT_EQ(way.provider().kept(), taken == 0 ? 0 : 1999 - way.requested());
  EXPECT_EQ(way.Told(PaymentEvent::Kind::kPartRefunded),
            static_cast<int>(way.payment().refunds.size()));
  EXPECT_EQ(way.Told(PaymentEvent::Kind::kPartFailed), 0);
  for (const Refund& refund : way.payment().refunds) {
    EXPECT_EQ(refund.state, RefundState::kRefunded);
    EXPECT_EQ(way.provider().TimesMade(refund.id), 1);
  }
  for (int kind = 0; kind < 6; ++kind)
    EXPECT_LE(way.Told(static_cast<PaymentEvent::Kind>(kind)), 1);
  const State state = way.payment().state;
  if (released) {
    EXPECT_TRUE(state == State::kNone || state == State::kDeclined || state == State::kVoided ||
                state == State::kRefunded)
        << NameOf(state);
    EXPECT_EQ(way.Told(PaymentEvent::Kind::kVoided), state == State::kVoided ? 1 : 0);
    EXPECT_EQ(way.Told(PaymentEvent::Kind::kRefunded), state == State::kRefunded ? 1 : 0);
  } else {
    EXPECT_EQ(state, !card_works ? State::kDeclined
                     : captured  ? State::kCaptured
                                 : State::kAuthorized);
    EXPECT_EQ(way.Told(PaymentEvent::Kind::kConfirmed), card_works ? 1 : 0);
    EXPECT_EQ(way.Told(PaymentEvent::Kind::kCaptured), card_works && captured ? 1 : 0);
    EXPECT_EQ(way.Told(PaymentEvent::Kind::kDeclined), card_works ? 0 : 1);
  }
}

// The events are 0 OrderPlaced, 1 InventoryUpdated and 2 OrderCancelled; after each of them the
// worker may or may not run before the next one.
TEST(PaymentArrivalTest, EveryOrderOfArrivalEndsTheSame) {
  for (const std::vector<int>& heard :
       std::vector<std::vector<int>>{{0}, {0, 1}, {0, 2}, {0, 1, 2}}) {
    for (const bool card_works : {true, false}) {
      std::vector<int> events = heard;
      do {
        for (int rests = 0; rests < (1 << events.size()); ++rests) {
          Way way(card_works);
          for (std::size_t i = 0; i < events.size(); ++i) {
            way.Hear(events[i]);
            if ((rests >> i) & 1) way.Rest();
          }
          way.Rest();
          const auto has = [&](int event) {
            return std::find(events.begin(), events.end(), event) != events.end();
          };
          ExpectBooksAgree(way, card_works, has(1), has(2));
        }
      } while (std::next_permutation(events.begin(), events.end()));
    }
  }
}

// 0 to 2 are events (see above); the others are outcomes of one call each.
TEST(PaymentArrivalTest, NoTurnOfAnyCallLosesOrDoublesMoney) {
  EXPECT_TRUE(rc::check([](bool card_works, bool captured, bool released) {
    const auto moves = *rc::gen::container<std::vector<int>>(*rc::gen::inRange(0, 40),
                                                             rc::gen::inRange(0, 3 + test::kTurns));
    Way way(card_works);
    for (const int move : moves) {
      if (move >= 3) {
        way.Work(static_cast<Turn>(move - 3));
      } else if (move == 0 || (move == 1 && captured) || (move == 2 && released)) {
        way.Hear(move);
      }
    }
    // The events that had not arrived by then arrive now.
    way.Hear(0);
    if (captured) way.Hear(1);
    if (released) way.Hear(2);
    way.Rest();
    ExpectBooksAgree(way, card_works, captured, released);
    RC_ASSERT(!::testing::Test::HasFailure());
  }));
}

// As above, with refunds of a part: 3 and 4 ask for one, once each, and both together are all there is.
TEST(PaymentArrivalTest, NoTurnOfAnyCallRefundsTwice) {
  constexpr int kFirstTurn = 5;
  EXPECT_TRUE(rc::check([](bool released) {
    const auto moves = *rc::gen::container<std::vector<int>>(
        *rc::gen::inRange(0, 60), rc::gen::inRange(1, kFirstTurn + test::kTurns));
    Way way(true);
    way.Hear(0);
    way.Hear(1);
    way.Rest();
    std::int64_t left[] = {500, 1499};
    for (const int move : moves) {
      if (move >= kFirstTurn) {
        way.Work(static_cast<Turn>(move - kFirstTurn));
      } else if (move >= 3) {
        if (std::int64_t& amount = left[move - 3]; amount > 0) way.Refund(amount);
        left[move - 3] = 0;
      } else if (move == 2 && released) {
        way.Hear(2);
      }
    }
    if (released) way.Hear(2);
    way.Rest();
    ExpectBooksAgree(way, true, true, released);
    RC_ASSERT(!::testing::Test::HasFailure());
  }));
}

}  // namespace
}  // namespace waybill::payment_svc
