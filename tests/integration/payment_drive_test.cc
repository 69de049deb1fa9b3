#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "absl/time/clock.h"
#include "payment_svc/transport/event_codec.h"
#include "tests/integration/payment_driver.h"
#include "tests/support/wait.h"

namespace waybill::payment_svc::test {
namespace {

using waybill::test::Eventually;
using waybill::test::SandboxProcess;
using waybill::test::TestDatabase;
using Totals = SandboxProcess::Totals;

class PaymentDriveTest : public ::testing::Test {
 protected:
  std::string StateOf(const OrderId& order) {
    return payments_.QueryText("SELECT state FROM payments WHERE order_id = '" + order.ToString() +
                               "'");
  }
  ::testing::AssertionResult Reaches(const OrderId& order, const std::string& state) {
    return Eventually([&] { return StateOf(order) == state; }, "payment " + state);
  }
  ::testing::AssertionResult Rests() {
    return Eventually(
        [&] {
          return payments_.QueryInt("SELECT count(*) FROM payments WHERE due_at IS NOT NULL") == 0;
        },
        "nothing left to do");
  }
  // "PaymentProcessed confirmed, PaymentCaptured, …" in the order of their numbers.
  std::string Told(const OrderId& order) {
    std::string told;
    for (const auto& row : payments_.QueryRows(
             "SELECT sequence, convert_from(payload, 'UTF8')::json ->> 'event', "
             "COALESCE(convert_from(payload, 'UTF8')::json ->> 'paymentStatus', "
             "convert_from(payload, 'UTF8')::json ->> 'outcome', '') FROM outbox WHERE key = '" +
             order.ToString() + "' ORDER BY id")) {
      told +=
          (told.empty() ? "" : ", ") + row[0] + " " + row[1] + (row[2].empty() ? "" : " ") + row[2];
    }
    return told;
  }

  TestDatabase payments_{"payments"};
  SandboxProcess sandbox_;
};

TEST_F(PaymentDriveTest, AConfirmedOrdersMoneyIsHeldAndThenTaken) {
  Driver driver(payments_, sandbox_);
  driver.Start();
  const OrderId order = OrderId::New();
  driver.Place(order);
  ASSERT_TRUE(Reaches(order, "authorized"));
  EXPECT_EQ(sandbox_.Ledger(), (Totals{kAmount, 0, 0, 1}));
  driver.Reserve(order);
  ASSERT_TRUE(Reaches(order, "captured"));
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, kAmount, 0, 1}));
  EXPECT_EQ(Told(order), "1 PaymentProcessed confirmed, 2 PaymentCaptured");
}

TEST_F(PaymentDriveTest, AnEventsTraceIsCarriedOn) {
  Driver driver(payments_, sandbox_);
  driver.Start();
  const WantedChange placed = Placed(OrderId::New(), "pm_card_visa");
  driver.Raise(placed);
  ASSERT_TRUE(Reaches(placed.order, "authorized"));
  EXPECT_EQ(payments_.QueryText("SELECT split_part(headers ->> 'traceparent', '-', 2) FROM outbox"),
            placed.trace.trace_id());
}

TEST_F(PaymentDriveTest, ADeclinedCardTakesNoMoney) {
  Driver driver(payments_, sandbox_);
  driver.Start();
  const OrderId order = OrderId::New();
  driver.Place(order, "pm_card_visa_chargeDeclinedInsufficientFunds");
  ASSERT_TRUE(Reaches(order, "declined"));
  EXPECT_EQ(payments_.QueryText("SELECT decline_reason FROM payments"), "insufficient_funds");
  driver.Cancel(order);
  ASSERT_TRUE(Rests());
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, 0, 0, 1}));
  EXPECT_EQ(Told(order), "1 PaymentProcessed declined");
}

TEST_F(PaymentDriveTest, AnUnknownCardIsDeclined) {
  Driver driver(payments_, sandbox_);
  driver.Start();
  const OrderId order = OrderId::New();
  driver.Place(order, "pm_card_unheard_of");
  ASSERT_TRUE(Reaches(order, "declined"));
  EXPECT_EQ(Told(order), "1 PaymentProcessed declined");
}

TEST_F(PaymentDriveTest, ACancelledOrdersMoneyGoesBackFromEveryState) {
  Driver driver(payments_, sandbox_);
  driver.Start();
  const OrderId held = OrderId::New();
  driver.Place(held);
  ASSERT_TRUE(Reaches(held, "authorized"));
  driver.Cancel(held);
  ASSERT_TRUE(Reaches(held, "voided"));
  EXPECT_EQ(Told(held), "1 PaymentProcessed confirmed, 2 PaymentReleased voided");

  const OrderId captured = OrderId::New();
  driver.Place(captured);
  driver.Reserve(captured);
  ASSERT_TRUE(Reaches(captured, "captured"));
  driver.Cancel(captured);
  ASSERT_TRUE(Reaches(captured, "refunded"));
  EXPECT_EQ(Told(captured),
            "1 PaymentProcessed confirmed, 2 PaymentCaptured, 3 PaymentReleased refunded");
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, kAmount, kAmount, 2}));
}

TEST_F(PaymentDriveTest, CancelledBeforeItsAuthorisationNobodyIsCalled) {
  Driver driver(payments_, sandbox_);
  const OrderId order = OrderId::New();
  driver.Place(order);
  driver.Cancel(order);
  driver.Start();
  const OrderId later = OrderId::New();
  driver.Place(later);
  ASSERT_TRUE(Reaches(later, "authorized"));
  ASSERT_TRUE(Rests());
  EXPECT_EQ(StateOf(order), "none");
  EXPECT_EQ(sandbox_.Ledger().intents, 1);
  EXPECT_EQ(Told(order), "");
}

TEST_F(PaymentDriveTest, AHangingAuthorisationOfACancelledOrderIsFoundAndVoided) {
  DriverOptions options;
  options.drive.call_timeout = absl::Milliseconds(300);
  Driver driver(payments_, sandbox_, options);
  driver.Start();
  sandbox_.OrderFault(R"({"mode":"late","operation":"authorize","delay_ms":600000})");
  const OrderId order = OrderId::New();
  driver.Place(order);
  ASSERT_TRUE(Eventually(
      [&] {
        return payments_.QueryInt("SELECT step_tries FROM payments WHERE step = 'authorize'") > 1;
      },
      "an authorisation without an answer"));
  driver.Cancel(order);
  EXPECT_EQ(sandbox_.Ledger().intents, 0);
  // Now the provider gets round to it.
  sandbox_.OrderFault(R"({"mode":"none"})");
  ASSERT_TRUE(Reaches(order, "voided"));
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, 0, 0, 1}));
  EXPECT_EQ(Told(order), "1 PaymentReleased voided");
}

TEST_F(PaymentDriveTest, AStoredFiveHundredIsLookedUpNotRepeated) {
  Driver driver(payments_, sandbox_);
  driver.Start();
  for (const std::string effect : {"true", "false"}) {
    const OrderId order = OrderId::New();
    const auto fault = [&](const std::string& operation) {
      sandbox_.OrderFault(R"({"mode":"error","operation":")" + operation + R"(","after_effect":)" +
                          effect + "}");
    };
    for (const std::string operation : {"authorize", "capture", "refund"}) fault(operation);
    driver.Place(order);
    ASSERT_TRUE(Reaches(order, "authorized"));
    driver.Reserve(order);
    ASSERT_TRUE(Reaches(order, "captured"));
    driver.Cancel(order);
    ASSERT_TRUE(Reaches(order, "refunded"));
    // A step that had happened was not called for again; one that had not was, under a new key
    // each.
    EXPECT_EQ(payments_.QueryInt("SELECT step_attempt FROM payments WHERE order_id = '" +
                                 order.ToString() + "'"),
              effect == "true" ? 0 : 3);
  }
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, 2 * kAmount, 2 * kAmount, 2}));
}

TEST_F(PaymentDriveTest, AVoidIsLookedUpToo) {
  Driver driver(payments_, sandbox_);
  driver.Start();
  for (const std::string effect : {"true", "false"}) {
    sandbox_.OrderFault(R"({"mode":"error","operation":"cancel","after_effect":)" + effect + "}");
    const OrderId order = OrderId::New();
    driver.Place(order);
    ASSERT_TRUE(Reaches(order, "authorized"));
    driver.Cancel(order);
    ASSERT_TRUE(Reaches(order, "voided"));
  }
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, 0, 0, 2}));
}

TEST_F(PaymentDriveTest, ACutConnectionIsFollowedByTheSameKey) {
  Driver driver(payments_, sandbox_);
  driver.Start();
  sandbox_.OrderFault(R"({"mode":"reset","operation":"authorize","after_effect":true})");
  sandbox_.OrderFault(R"({"mode":"reset","operation":"capture","after_effect":false,"count":3})");
  const OrderId order = OrderId::New();
  driver.Place(order);
  driver.Reserve(order);
  ASSERT_TRUE(Reaches(order, "captured"));
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, kAmount, 0, 1}));
}

TEST_F(PaymentDriveTest, ADeadProviderIsWaitedFor) {
  Driver driver(payments_, sandbox_);
  driver.Start();
  sandbox_.process().Kill();
  const OrderId order = OrderId::New();
  driver.Place(order);
  ASSERT_TRUE(Eventually([&] { return payments_.QueryInt("SELECT step_tries FROM payments") > 2; },
                         "calls in vain"));
  EXPECT_EQ(Told(order), "");
  sandbox_.Start();
  ASSERT_TRUE(Reaches(order, "authorized"));
  EXPECT_EQ(sandbox_.Ledger(), (Totals{kAmount, 0, 0, 1}));
}

TEST_F(PaymentDriveTest, AKeyThatMayHaveExpiredIsLookedUpFirst) {
  const OrderId order = OrderId::New();
  DriverOptions options;
  options.drive.call_timeout = absl::Milliseconds(300);
  {
    Driver driver(payments_, sandbox_, options);
    driver.Start();
    sandbox_.OrderFault(R"({"mode":"reset","operation":"authorize","after_effect":true})");
    driver.Place(order);
    ASSERT_TRUE(Eventually([&] { return sandbox_.Ledger().intents == 1; }, "a hold"));
  }
  // A day later, whatever the worker knew: the provider has forgotten the key, a second call would
  // hold twice.
  payments_.Exec(
      "UPDATE payments SET state = 'none', provider_reference = NULL, step = 'authorize', "
      "step_started_at = now() - interval '25 hours', due_at = now(), leased_until = NULL");
  sandbox_.database().Exec("DELETE FROM idempotency_keys");
  Driver driver(payments_, sandbox_, options);
  driver.Start();
  ASSERT_TRUE(Reaches(order, "authorized"));
  EXPECT_EQ(sandbox_.Ledger(), (Totals{kAmount, 0, 0, 1}));
}

TEST_F(PaymentDriveTest, ACaptureOfAVanishedHoldFailsThePayment) {
  Driver driver(payments_, sandbox_);
  driver.Start();
  const OrderId order = OrderId::New();
  driver.Place(order);
  ASSERT_TRUE(Reaches(order, "authorized"));
  sandbox_.database().Exec("UPDATE payment_intents SET status = 'canceled'");
  driver.Reserve(order);
  ASSERT_TRUE(Reaches(order, "voided"));
  EXPECT_EQ(Told(order), "1 PaymentProcessed confirmed, 2 PaymentFailed, 3 PaymentReleased voided");
}

TEST_F(PaymentDriveTest, EveryOrderOfArrivalEndsInTheSameBooks) {
  Driver driver(payments_, sandbox_);
  driver.Start();
  const auto tell = [&](const OrderId& order, Wanted wanted) {
    driver.Raise(wanted == Wanted::kAuthorize ? Placed(order, "pm_card_visa")
                                              : Change(order, wanted));
  };
  int captured = 0;
  for (std::vector<Wanted> events : {std::vector<Wanted>{Wanted::kAuthorize, Wanted::kCapture},
                                     {Wanted::kAuthorize, Wanted::kRelease},
                                     {Wanted::kAuthorize, Wanted::kCapture, Wanted::kRelease}}) {
    do {
      const OrderId order = OrderId::New();
      for (const Wanted wanted : events) tell(order, wanted);
      const bool released = std::count(events.begin(), events.end(), Wanted::kRelease) > 0;
      captured += released ? 0 : 1;
    } while (std::next_permutation(events.begin(), events.end()));
  }
  ASSERT_TRUE(Rests());
  const Totals ledger = sandbox_.Ledger();
  EXPECT_EQ(ledger.held, 0);
  EXPECT_EQ(ledger.captured - ledger.refunded, captured * kAmount);
  EXPECT_EQ(payments_.QueryInt("SELECT count(*) FROM payments WHERE state = 'captured'"), captured);
  EXPECT_EQ(
      payments_.QueryInt("SELECT count(*) FROM payments WHERE wanted = 'release' AND state IN "
                         "('authorized', 'captured')"),
      0);
}

// Hands calls on, and notices when two are under way for one payment.
class Watched final : public PaymentProvider {
 public:
  struct Book {
    std::mutex mutex;
    std::multiset<OrderId> under_way;
    std::set<int> workers;
    int doubled = 0;
  };

  Watched(std::unique_ptr<PaymentProvider> inner, Book& book, int worker)
      : inner_(std::move(inner)), book_(book), worker_(worker) {}

  void Submit(ProviderCall call) override {
    {
      const std::lock_guard<std::mutex> lock(book_.mutex);
      book_.workers.insert(worker_);
      book_.under_way.insert(call.order);
      if (book_.under_way.count(call.order) > 1) ++book_.doubled;
    }
    inner_->Submit(std::move(call));
  }
  std::vector<ProviderAnswer> Collect(absl::Duration max_wait) override {
    std::vector<ProviderAnswer> answers = inner_->Collect(max_wait);
    const std::lock_guard<std::mutex> lock(book_.mutex);
    for (const ProviderAnswer& answer : answers) {
      book_.under_way.erase(book_.under_way.find(answer.order));
    }
    return answers;
  }
  void Wake() override { inner_->Wake(); }

 private:
  const std::unique_ptr<PaymentProvider> inner_;
  Book& book_;
  const int worker_;
};

TEST_F(PaymentDriveTest, TwoWorkersNeverDriveOnePayment) {
  constexpr int kPayments = 200;
  const DriveOptions options = DriverOptions{}.drive;
  Watched::Book book;
  postgres::Pool pool({.conninfo = payments_.Conninfo("payment_svc"), .pool_size = 4}, "test");
  PostgresUnitOfWork work(pool, &EncodeEvent);
  std::vector<std::unique_ptr<Watched>> providers;
  std::vector<std::unique_ptr<DrivePayments>> drives;
  std::vector<std::unique_ptr<PeriodicWorker>> workers;
  for (int i = 0; i < 2; ++i) {
    auto stripe = StripeProvider::Make({.url = sandbox_.url(),
                                        .api_key = waybill::test::kSandboxApiKey,
                                        .call_timeout = options.call_timeout,
                                        .max_in_flight = options.max_in_flight});
    ASSERT_TRUE(stripe.ok()) << stripe.status();
    providers.push_back(std::make_unique<Watched>(*std::move(stripe), book, i));
    drives.push_back(std::make_unique<DrivePayments>(options, work, *providers.back()));
    workers.push_back(std::make_unique<PeriodicWorker>(
        "drive", absl::ZeroDuration(), [drive = drives.back().get()] { return drive->Round(); }));
  }
  std::vector<WantedChange> changes;
  for (int i = 0; i < kPayments; ++i) {
    changes.push_back(Placed(OrderId::New(), "pm_card_visa"));
    changes.push_back(Change(changes.back().order, Wanted::kCapture));
  }
  ASSERT_TRUE(work.Run("raise", absl::Now() + absl::Seconds(10),
                       [&](PaymentStore& store) {
                         RaiseWanted(store, changes);
                         return absl::OkStatus();
                       })
                  .ok());
  for (auto& worker : workers) worker->Start();
  EXPECT_TRUE(Eventually(
      [&] {
        return payments_.QueryInt("SELECT count(*) FROM payments WHERE state = 'captured'") ==
               kPayments;
      },
      "all captured", absl::Seconds(60)));
  for (auto& worker : workers) worker->Stop();
  EXPECT_EQ(book.doubled, 0);
  EXPECT_EQ(book.workers.size(), 2u) << "both had a part in it";
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, kPayments * kAmount, 0, kPayments}));
  EXPECT_EQ(payments_.QueryInt("SELECT count(*) FROM outbox"), 2 * kPayments);
}

TEST_F(PaymentDriveTest, APaymentWhoseWorkerDiedIsTakenOverWhenItsLeaseEnds) {
  const OrderId order = OrderId::New();
  {
    // One round only: claims and calls, but never stores the answer.
    Driver dead(payments_, sandbox_);
    dead.Place(order);
    ASSERT_TRUE(dead.drive().Round().ok());
  }
  EXPECT_EQ(payments_.QueryText("SELECT step FROM payments"), "authorize");
  EXPECT_EQ(payments_.QueryInt("SELECT (leased_until > now())::int FROM payments"), 1);
  Driver next(payments_, sandbox_);
  next.Start();
  ASSERT_TRUE(Reaches(order, "authorized"));
  EXPECT_EQ(sandbox_.Ledger(), (Totals{kAmount, 0, 0, 1}));
}

TEST_F(PaymentDriveTest, WhatIsWantedIsRaisedForAWholeBatchAtOnce) {
  Driver driver(payments_, sandbox_);
  const OrderId known = OrderId::New();
  driver.Reserve(known);
  EXPECT_EQ(payments_.QueryInt("SELECT count(*) FROM payments WHERE due_at IS NOT NULL"), 0)
      << "nothing can be done before the amount is known";
  driver.Place(known);
  driver.Place(known, "pm_card_other");
  EXPECT_EQ(payments_.QueryText("SELECT payment_method FROM payments"), "pm_card_visa");
  EXPECT_EQ(payments_.QueryText("SELECT wanted FROM payments"), "capture");
  EXPECT_EQ(payments_.QueryInt("SELECT count(*) FROM payments WHERE due_at IS NOT NULL"), 1);
}

}  // namespace
}  // namespace waybill::payment_svc::test
