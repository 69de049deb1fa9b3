// The queue of mails, in PostgreSQL.
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "absl/time/clock.h"
#include "tests/integration/notification_use_cases.h"
#include "tests/integration/rows_read.h"

namespace waybill::notification_svc {
namespace {

constexpr absl::Duration kLease = absl::Minutes(1);

class NotificationMailsTest : public NotificationUseCaseTest {
 protected:
  std::vector<DueMail> ClaimMails(int limit) {
    std::vector<DueMail> mails;
    const absl::Status status =
        unit_of_work_.Run("claim_mails", absl::Now() + absl::Seconds(60), [&](Stores& stores) {
          mails = stores.mails.Claim(limit, kLease);
          return absl::OkStatus();
        });
    EXPECT_TRUE(status.ok()) << status;
    return mails;
  }
  std::vector<EventId> Claim(int limit = 100) {
    std::vector<EventId> ids;
    for (const DueMail& mail : ClaimMails(limit)) ids.push_back(mail.id);
    return ids;
  }
  void Settle(const EventId& id, Delivery::Outcome outcome,
              absl::Duration retry_in = absl::ZeroDuration()) {
    const MailResult result{
        .id = id,
        .delivery = {.outcome = outcome, .code = 550, .error = "no such mailbox"},
        .due_at = absl::Now() + retry_in};
    const absl::Status status =
        unit_of_work_.Run("settle_mails", absl::Now() + absl::Seconds(60), [&](Stores& stores) {
          stores.mails.Settle({&result, 1});
          return absl::OkStatus();
        });
    EXPECT_TRUE(status.ok()) << status;
  }
  void LetLeasesEnd() { db_.Exec("UPDATE mails SET leased_until = now() - interval '1 s'"); }
};

using Ids = std::vector<EventId>;
using Outcome = Delivery::Outcome;

TEST_F(NotificationMailsTest, AnEventBecomesOneMailUnderItsId) {
  const OrderId order = OrderId::New();
  const events::IncomingEvent confirmed = Confirmed(order, 2, "buyer@example.com");
  ASSERT_TRUE(Handle({confirmed}).ok());

  const std::vector<DueMail> mails = ClaimMails(10);
  ASSERT_EQ(mails.size(), 1u);
  const DueMail& mail = mails.front();
  EXPECT_EQ(mail.id, confirmed.id);
  EXPECT_EQ(mail.order, order);
  EXPECT_EQ(mail.recipient.value(), "buyer@example.com");
  EXPECT_EQ(mail.content.subject, "Your order is confirmed: Cup");
  EXPECT_NE(mail.content.text.find("19.98 USD"), std::string::npos);
  EXPECT_EQ(mail.trace.trace_id(), confirmed.trace.trace_id());
  EXPECT_EQ(mail.tries, 1);
}

TEST_F(NotificationMailsTest, WhoeverSendsIsWokenOnceItsMailsAreCommitted) {
  worker_.Start();
  ASSERT_TRUE(test::Eventually([this] { return rounds_ == 1; }, "the worker's first round"));

  EXPECT_FALSE(Handle({Confirmed(OrderId::New(), 2, "nobody")}).ok());
  EXPECT_EQ(rounds_, 1);
  ASSERT_TRUE(Handle({Confirmed(OrderId::New(), 2, "buyer@example.com")}).ok());

  EXPECT_TRUE(test::Eventually([this] { return rounds_ == 2; }, "a round for the mail"));
}

TEST_F(NotificationMailsTest, ABadAddressUndoesItsBatch) {
  EXPECT_EQ(Handle({Confirmed(OrderId::New(), 2, "buyer@example.com"),
                    Confirmed(OrderId::New(), 2, "a@b\r\nBcc: c@d")})
                .code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM mails"), 0);
}

TEST_F(NotificationMailsTest, MailsOfAnOrderAreHandedOutOneAfterTheOther) {
  const OrderId order = OrderId::New();
  const events::IncomingEvent first = Confirmed(order, 2, "buyer@example.com");
  const events::IncomingEvent second = Cancelled(order, 3, "buyer@example.com");
  const events::IncomingEvent other = Confirmed(OrderId::New(), 2, "buyer@example.com");
  ASSERT_TRUE(Handle({first, second, other}).ok());

  const Ids ids = Claim();
  EXPECT_EQ(std::set<EventId>(ids.begin(), ids.end()), (std::set<EventId>{first.id, other.id}));
  EXPECT_EQ(Claim(), Ids{}) << "claimed mails are kept from others";

  Settle(first.id, Outcome::kDeferred, absl::Minutes(1));
  EXPECT_EQ(Claim(), Ids{}) << "the second one waits for the first one's retry";
  db_.Exec("UPDATE mails SET due_at = now()");
  EXPECT_EQ(Claim(), Ids{first.id});
  Settle(first.id, Outcome::kSent);
  EXPECT_EQ(Claim(), Ids{second.id});
}

TEST_F(NotificationMailsTest, ARefusedMailIsKeptWithItsErrorAndHoldsNothingUp) {
  const OrderId order = OrderId::New();
  const events::IncomingEvent first = Confirmed(order, 2, "buyer@example.com");
  const events::IncomingEvent second = Cancelled(order, 3, "buyer@example.com");
  ASSERT_TRUE(Handle({first, second}).ok());
  ASSERT_EQ(Claim(), Ids{first.id});

  Settle(first.id, Outcome::kRefused);

  EXPECT_EQ(StateOf(first.id), "FAILED");
  EXPECT_EQ(db_.QueryText("SELECT error FROM mails WHERE state = 'FAILED'"), "no such mailbox");
  EXPECT_EQ(Claim(), Ids{second.id});
}

TEST_F(NotificationMailsTest, ALeaseThatEndedIsTakenOverAndALateResultChangesNothing) {
  const events::IncomingEvent event = Confirmed(OrderId::New(), 2, "buyer@example.com");
  ASSERT_TRUE(Handle({event}).ok());
  ASSERT_EQ(Claim(), Ids{event.id});

  LetLeasesEnd();
  EXPECT_EQ(Claim(), Ids{event.id});
  Settle(event.id, Outcome::kSent);
  const std::string sent_at = db_.QueryText("SELECT sent_at FROM mails");
  Settle(event.id, Outcome::kRefused);
  Settle(event.id, Outcome::kDeferred);

  EXPECT_EQ(StateOf(event.id), "SENT");
  EXPECT_EQ(db_.QueryText("SELECT sent_at FROM mails"), sent_at);
  EXPECT_EQ(Claim(), Ids{});
}

TEST_F(NotificationMailsTest, ManyWorkersNeverClaimTheSameMailAtOnce) {
  constexpr int kOrders = 60;
  std::vector<events::IncomingEvent> batch;
  for (int i = 0; i < kOrders; ++i) {
    const OrderId order = OrderId::New();
    batch.push_back(Confirmed(order, 2, "buyer@example.com"));
    batch.push_back(Cancelled(order, 3, "buyer@example.com"));
  }
  ASSERT_TRUE(Handle(batch).ok());
  std::vector<Ids> claimed(10);
  std::vector<std::thread> workers;
  for (Ids& ids : claimed) {
    workers.emplace_back([this, &ids] {
      for (Ids some = Claim(4); !some.empty(); some = Claim(4)) {
        ids.insert(ids.end(), some.begin(), some.end());
      }
    });
  }
  for (std::thread& worker : workers) worker.join();

  std::multiset<EventId> all;
  for (const Ids& ids : claimed) all.insert(ids.begin(), ids.end());
  const Ids rest = Claim(kOrders);
  all.insert(rest.begin(), rest.end());
  EXPECT_EQ(all.size(), static_cast<std::size_t>(kOrders));
  EXPECT_EQ(std::set<EventId>(all.begin(), all.end()).size(), static_cast<std::size_t>(kOrders));
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM mails WHERE tries > 0 AND sequence = 3"), 0);
}

// From its sixth execution on, a prepared statement may get a generic plan. What PostgreSQL knows of the
// table is from before the mail server was away: that no mail is pending.
TEST_F(NotificationMailsTest, AClaimReadsItsMailsAndNotAllThatArePending) {
  const auto add = [this](const std::string& state) {
    db_.Exec(
        "INSERT INTO mails (mail_id, order_id, sequence, recipient, subject, text_body,"
        "                   html_body, traceparent, state)"
        " SELECT gen_random_uuid(), gen_random_uuid(), 1, 'ann@example.com', '', '', '', '', '" +
        state + "' FROM generate_series(1, 5000)");
  };
  add("SENT");
  db_.Exec("ANALYZE mails");
  add("PENDING");
  const absl::Status status =
      postgres::RunTransaction(pool_, {.name = "test", .deadline = absl::Now() + absl::Seconds(60)},
                               [&](postgres::Transaction& tx) {
                                 MailStore mails(tx);
                                 for (int i = 0; i < 10; ++i)
                                   EXPECT_EQ(mails.Claim(10, kLease).size(), 10U);
                                 test::RowsRead read(tx, "mails");
                                 EXPECT_EQ(mails.Claim(10, kLease).size(), 10U);
                                 const std::int64_t rows = read.Get();
                                 EXPECT_GE(rows, 10);
                                 EXPECT_LE(rows, 500);
                                 return absl::OkStatus();
                               });
  ASSERT_TRUE(status.ok()) << status;
}

}  // namespace
}  // namespace waybill::notification_svc
