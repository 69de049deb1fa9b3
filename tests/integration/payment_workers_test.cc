// Several workers on one database.
#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "payment_svc/transport/events.h"
#include "tests/integration/payment_drive_fixture.h"
#include "tests/integration/payment_driver.h"
#include "tests/support/wait.h"

namespace waybill::payment_svc::test {
namespace {

using waybill::test::Eventually;
using Totals = waybill::test::SandboxProcess::Totals;
using PaymentWorkersTest = PaymentDriveTest;

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

TEST_F(PaymentWorkersTest, TwoWorkersNeverDriveOnePayment) {
  constexpr int kPayments = 200;
  const DriveOptions options = DriverOptions{}.drive;
  Watched::Book book;
  postgres::Pool pool({.conninfo = payments_.Conninfo("payment_svc"), .pool_size = 4}, "test");
  const UnitOfWork unit_of_work(pool, &Encode);
  std::vector<std::unique_ptr<Watched>> providers;
  std::vector<std::unique_ptr<DrivePayments>> drives;
  for (int i = 0; i < 2; ++i) {
    providers.push_back(std::make_unique<Watched>(
        std::make_unique<StripeProvider>(StripeAt(sandbox_.url(), options)), book, i));
    drives.push_back(std::make_unique<DrivePayments>(unit_of_work, *providers.back(), options));
  }
  std::vector<WantedChange> changes;
  for (int i = 0; i < kPayments; ++i) {
    changes.push_back(Placed(OrderId::New(), "pm_card_visa"));
    changes.push_back(Change(changes.back().order, Wanted::kCapture));
  }
  ApplyEvents apply_events(*drives.front());
  ApplyInTransaction(unit_of_work, apply_events, changes);
  for (auto& drive : drives) drive->worker().Start();
  EXPECT_TRUE(Eventually(
      [&] {
        return payments_.QueryInt("SELECT count(*) FROM payments WHERE state = 'captured'") ==
               kPayments;
      },
      "all captured", absl::Seconds(60)));
  for (auto& drive : drives) drive->worker().Stop();
  EXPECT_EQ(book.doubled, 0);
  EXPECT_EQ(book.workers.size(), 2u) << "both had a part in it";
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, kPayments * kAmount, 0, kPayments}));
  EXPECT_EQ(payments_.QueryInt("SELECT count(*) FROM outbox"), 2 * kPayments);
}

TEST_F(PaymentWorkersTest, APaymentWhoseWorkerDiedIsTakenOverWhenItsLeaseEnds) {
  const OrderId order = OrderId::New();
  {
    // One round only: claims and calls, but never stores the answer.
    Driver dead(payments_, sandbox_);
    dead.Place(order);
    ASSERT_TRUE(dead.drive().Run().ok());
  }
  EXPECT_EQ(payments_.QueryText("SELECT step FROM payments"), "authorize");
  EXPECT_EQ(payments_.QueryInt("SELECT (leased_until > now())::int FROM payments"), 1);
  Driver next(payments_, sandbox_);
  next.Start();
  ASSERT_TRUE(Reaches(order, "authorized"));
  EXPECT_EQ(sandbox_.Ledger(), (Totals{kAmount, 0, 0, 1}));
}

}  // namespace
}  // namespace waybill::payment_svc::test
