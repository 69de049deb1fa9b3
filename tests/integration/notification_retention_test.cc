// The text and the address of mails are blanked, and never of one that is still to be sent.
#include "notification_svc/storage/text_retirement.h"
#include "tests/integration/notification_use_cases.h"

namespace waybill::notification_svc {
namespace {

class MailRetentionTest : public NotificationUseCaseTest {
 protected:
  std::int64_t Retire(absl::Time before) {
    std::int64_t rows = 0;
    const absl::Status status = postgres::RunTransaction(
        pool_, {.name = "test", .deadline = absl::Now() + absl::Seconds(60)},
        [&](postgres::Transaction& tx) {
          rows = RetireTexts(tx, {.before = before, .limit = 1000});
          return absl::OkStatus();
        });
    EXPECT_TRUE(status.ok()) << status;
    return rows;
  }
  void Settle(const EventId& id, Delivery::Outcome outcome) {
    const absl::Status status =
        unit_of_work_.Run("test", absl::Now() + absl::Seconds(60), [&](Stores& stores) {
          const MailResult result{
              .id = id,
              .delivery = {.outcome = outcome, .error = "550 no buyer@example.com here"},
              .due_at = absl::Now()};
          stores.mails.Settle({&result, 1});
          return absl::OkStatus();
        });
    ASSERT_TRUE(status.ok()) << status;
  }

  // After whatever a test has done.
  static absl::Time Later() { return absl::Now() + absl::Minutes(1); }
  static constexpr char kBlank[] =
      "recipient = '' AND subject = '' AND text_body = '' AND html_body = '' AND error IS NULL";
};

TEST_F(MailRetentionTest, AMailThatIsStillToBeSentKeepsItsText) {
  const auto sent = Confirmed(OrderId::New(), 2, "buyer@example.com");
  const auto refused = Confirmed(OrderId::New(), 2, "buyer@example.com");
  const auto pending = Confirmed(OrderId::New(), 2, "buyer@example.com");
  const auto deferred = Confirmed(OrderId::New(), 2, "buyer@example.com");
  Queue({sent, refused, pending, deferred});
  Settle(sent.id, Delivery::Outcome::kSent);
  Settle(refused.id, Delivery::Outcome::kRefused);
  Settle(deferred.id, Delivery::Outcome::kDeferred);

  EXPECT_EQ(Retire(Later()), 2);

  EXPECT_EQ(Count(std::string(kBlank) + " AND state <> 'PENDING'"), 2);
  EXPECT_EQ(Count("state = 'PENDING' AND recipient <> '' AND text_body <> ''"), 2);
  EXPECT_EQ(StateOf(sent.id), "SENT");
  EXPECT_EQ(StateOf(refused.id), "FAILED");
  EXPECT_EQ(Retire(Later()), 0) << "nothing is blanked twice";
}

TEST_F(MailRetentionTest, TheTimeBeginsWhenTheMailWasSent) {
  const auto mail = Confirmed(OrderId::New(), 2, "buyer@example.com");
  Queue({mail});
  db_.Exec("UPDATE mails SET created_at = now() - interval '100 days'");
  Settle(mail.id, Delivery::Outcome::kSent);
  EXPECT_EQ(Retire(absl::Now() - absl::Hours(24 * 90)), 0);
  EXPECT_EQ(Count("text_body <> ''"), 1);
}

TEST_F(MailRetentionTest, ABlankedMailIsNeverWrittenOrSentAgain) {
  const auto mail = Confirmed(OrderId::New(), 2, "buyer@example.com");
  Queue({mail});
  Settle(mail.id, Delivery::Outcome::kSent);
  ASSERT_EQ(Retire(Later()), 1);
  EXPECT_FALSE(Handle({mail}).ok()) << "the row refuses the same event, were it not in the inbox";
  EXPECT_EQ(Count("true"), 1);
  std::vector<DueMail> due;
  const absl::Status status =
      unit_of_work_.Run("test", absl::Now() + absl::Seconds(60), [&](Stores& stores) {
        due = stores.mails.Claim(10, absl::Seconds(1));
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok() && due.empty());
}

TEST_F(MailRetentionTest, BlankedMailsAreNotReadAgain) {
  db_.Exec(
      "INSERT INTO mails SELECT gen_random_uuid(), gen_random_uuid(), 2, '', '', '', '', 'SENT', "
      "NULL, "
      "1, now(), NULL, '', now() - interval '100 days', now() - interval '100 days' FROM "
      "generate_series(1, 20000); ANALYZE mails");
  constexpr postgres::Statement kReads{"reads", R"sql(
      SELECT coalesce(sum(seq_scan), 0)::bigint AS scans,
             coalesce(sum(idx_tup_fetch), 0)::bigint AS fetched
      FROM pg_stat_xact_user_tables WHERE relname = 'mails')sql"};
  const absl::Status status = postgres::RunTransaction(
      pool_, {.name = "test", .deadline = absl::Now() + absl::Seconds(60)},
      [&](postgres::Transaction& tx) {
        EXPECT_EQ(RetireTexts(tx, {.before = absl::Now(), .limit = 100}), 0);
        const postgres::Result reads = tx.Exec(kReads);
        EXPECT_EQ(reads.front().Get<std::int64_t>("scans"), 0);
        EXPECT_EQ(reads.front().Get<std::int64_t>("fetched"), 0);
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
}

}  // namespace
}  // namespace waybill::notification_svc
