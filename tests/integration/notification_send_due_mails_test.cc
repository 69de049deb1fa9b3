// What SendDueMails makes of a sender's answers, over a real table of mails.
#include <gtest/gtest.h>

#include <map>
#include <utility>

#include "absl/time/clock.h"
#include "notification_svc/application/send_due_mails.h"
#include "tests/integration/notification_use_cases.h"

namespace waybill::notification_svc {
namespace {

using Outcome = Delivery::Outcome;

class FakeSender final : public MailSender {
 public:
  std::vector<Delivery> Send(absl::Span<const DueMail> mails) override {
    sent += static_cast<int>(mails.size());
    last.clear();
    std::vector<Delivery> result;
    for (std::size_t i = 0; i < mails.size(); ++i) {
      last.push_back(mails[i].id);
      result.push_back({.outcome = outcomes[i % outcomes.size()], .error = "because"});
    }
    return result;
  }

  std::vector<Outcome> outcomes = {Outcome::kSent};
  int sent = 0;
  // The mails of the last call.
  std::vector<EventId> last;
};

class SendDueMailsTest : public NotificationUseCaseTest {
 protected:
  // Each of an order of its own, claimed `claims` times before.
  void QueueMailsClaimed(int claims, int mails) {
    std::vector<events::IncomingEvent> batch;
    for (int i = 0; i < mails; ++i) {
      batch.push_back(Confirmed(OrderId::New(), 2, "buyer@example.com"));
    }
    Queue(batch);
    db_.Exec("UPDATE mails SET tries = " + std::to_string(claims));
  }
  absl::Time DueAt(const EventId& id) {
    return absl::FromUnixMicros(
        db_.QueryInt("SELECT (extract(epoch FROM due_at) * 1000000)::bigint FROM mails "
                     "WHERE mail_id = '" +
                     id.ToString() + "'"));
  }
  // What is written down of an attempt fails from now on, while claiming works.
  void RefuseToSettle() {
    db_.Exec(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'no result is taken'; END $$;"
        "CREATE TRIGGER refuse BEFORE UPDATE OF state ON mails FOR EACH ROW "
        "EXECUTE FUNCTION refuse()");
  }
  void SettleAgain() { db_.Exec("DROP TRIGGER refuse ON mails"); }

  FakeSender sender_;
  SendDueMails use_case_{unit_of_work_, sender_, {}};
};

TEST_F(SendDueMailsTest, EveryClaimedMailIsSettledByItsOutcome) {
  // Many tries before: the one that is deferred is not due again for minutes.
  QueueMailsClaimed(20, 3);
  sender_.outcomes = {Outcome::kSent, Outcome::kRefused, Outcome::kDeferred};

  EXPECT_EQ(use_case_.Run().value(), RoundResult::kMoreWork);

  ASSERT_EQ(sender_.last.size(), 3u);
  EXPECT_EQ(Count("leased_until IS NULL"), 3);
  EXPECT_EQ(StateOf(sender_.last[0]), "SENT");
  EXPECT_EQ(StateOf(sender_.last[1]), "FAILED");
  EXPECT_EQ(StateOf(sender_.last[2]), "PENDING");
  EXPECT_EQ(Count("state = 'SENT' AND error IS NULL"), 1);
  EXPECT_EQ(Count("state <> 'SENT' AND error = 'because'"), 2);
  EXPECT_GT(DueAt(sender_.last[2]), absl::Now());
  EXPECT_EQ(use_case_.Run().value(), RoundResult::kIdle);
  EXPECT_EQ(sender_.sent, 3);
}

TEST_F(SendDueMailsTest, AMailThatWasHandedOverButNotMarkedIsMarkedLaterAndNotSentAgain) {
  QueueMailsClaimed(0, 1);
  RefuseToSettle();

  EXPECT_FALSE(use_case_.Run().ok());
  db_.Exec("UPDATE mails SET leased_until = now() - interval '1 s'");
  EXPECT_FALSE(use_case_.Run().ok());
  EXPECT_EQ(Count("tries = 1"), 1) << "nothing new while something is unsettled";
  SettleAgain();
  EXPECT_EQ(use_case_.Run().value(), RoundResult::kIdle);

  EXPECT_EQ(sender_.sent, 1);
  EXPECT_EQ(Count("state = 'SENT'"), 1);
}

TEST_F(SendDueMailsTest, AServerThatCanNotBeReachedSlowsTheRoundsDown) {
  QueueMailsClaimed(0, 2);
  sender_.outcomes = {Outcome::kUnreachable};

  EXPECT_EQ(use_case_.Run().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(sender_.sent, 2);
  EXPECT_EQ(Count("state = 'PENDING' AND leased_until IS NULL AND error = 'because'"), 2)
      << "their leases end all the same";

  db_.Exec("UPDATE mails SET due_at = now()");
  sender_.outcomes = {Outcome::kUnreachable, Outcome::kSent};
  EXPECT_EQ(use_case_.Run().value(), RoundResult::kMoreWork)
      << "one came through: the server is there";
  EXPECT_EQ(sender_.sent, 4);
}

TEST_F(SendDueMailsTest, RetriesGrowApartAndNeverEnd) {
  sender_.outcomes = {Outcome::kDeferred};
  std::map<int, absl::Duration> waits;
  for (const int tries : {1, 4, 1000}) {
    db_.Exec("DELETE FROM mails");
    QueueMailsClaimed(tries - 1, 1);
    const absl::Time before = absl::Now();
    ASSERT_TRUE(use_case_.Run().ok());
    ASSERT_EQ(sender_.last.size(), 1u);
    waits[tries] = DueAt(sender_.last[0]) - before;
    EXPECT_EQ(StateOf(sender_.last[0]), "PENDING");
  }
  EXPECT_GE(waits[1], absl::Milliseconds(500));
  EXPECT_GT(waits[4], waits[1]);
  EXPECT_GE(waits[1000], absl::Minutes(2));
}

}  // namespace
}  // namespace waybill::notification_svc
