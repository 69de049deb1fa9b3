#include <gtest/gtest.h>

#include <deque>
#include <map>

#include "absl/time/clock.h"
#include "notification_svc/application/send_due_mails.h"

namespace waybill::notification_svc {
namespace {

using Outcome = Delivery::Outcome;

DueMail Mail(int tries = 1) {
  return {.id = EventId::New(),
          .order = OrderId::New(),
          .recipient = "buyer@example.com",
          .content = {},
          .trace = TraceContext::NewRoot(),
          .written_at = absl::Now(),
          .tries = tries};
}

class FakeQueue final : public MailQueue {
 public:
  absl::StatusOr<std::vector<DueMail>> Claim(int, absl::Duration) override {
    ++claims;
    return std::exchange(due, {});
  }
  absl::Status Settle(absl::Span<const MailResult> results) override {
    if (!settle_error.ok()) return settle_error;
    settled.insert(settled.end(), results.begin(), results.end());
    return absl::OkStatus();
  }

  std::vector<DueMail> due;
  std::vector<MailResult> settled;
  absl::Status settle_error;
  int claims = 0;
};

class FakeSender final : public MailSender {
 public:
  std::vector<Delivery> Send(absl::Span<const DueMail> mails) override {
    sent += static_cast<int>(mails.size());
    std::vector<Delivery> result;
    for (std::size_t i = 0; i < mails.size(); ++i) {
      result.push_back({.outcome = outcomes[i % outcomes.size()], .error = "because"});
    }
    return result;
  }

  std::vector<Outcome> outcomes = {Outcome::kSent};
  int sent = 0;
};

class SendDueMailsTest : public ::testing::Test {
 protected:
  FakeQueue queue_;
  FakeSender sender_;
  SendDueMails use_case_{queue_, sender_, {}};
};

TEST_F(SendDueMailsTest, EveryClaimedMailIsSettledByItsOutcome) {
  queue_.due = {Mail(), Mail(), Mail()};
  const std::vector<DueMail> mails = queue_.due;
  sender_.outcomes = {Outcome::kSent, Outcome::kRefused, Outcome::kDeferred};

  EXPECT_EQ(use_case_.Round().value(), 3);

  ASSERT_EQ(queue_.settled.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(queue_.settled[i].id, mails[i].id);
    EXPECT_EQ(queue_.settled[i].delivery.outcome, sender_.outcomes[i]);
  }
  EXPECT_GT(queue_.settled[2].due_at, absl::Now());
  EXPECT_EQ(use_case_.Round().value(), 0);
}

TEST_F(SendDueMailsTest, AMailThatWasHandedOverButNotMarkedIsMarkedLaterAndNotSentAgain) {
  queue_.due = {Mail()};
  queue_.settle_error = absl::UnavailableError("the database is away");

  EXPECT_FALSE(use_case_.Round().ok());
  EXPECT_FALSE(use_case_.Round().ok());
  EXPECT_EQ(queue_.claims, 1) << "new mails were claimed while others were unsettled";
  queue_.settle_error = absl::OkStatus();
  EXPECT_EQ(use_case_.Round().value(), 0);

  EXPECT_EQ(sender_.sent, 1);
  ASSERT_EQ(queue_.settled.size(), 1u);
  EXPECT_EQ(queue_.settled[0].delivery.outcome, Outcome::kSent);
}

TEST_F(SendDueMailsTest, AServerThatCanNotBeReachedSlowsTheRoundsDown) {
  queue_.due = {Mail(), Mail()};
  sender_.outcomes = {Outcome::kUnreachable};

  EXPECT_EQ(use_case_.Round().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(queue_.settled.size(), 2u) << "the other mails' leases were not released";

  queue_.due = {Mail(), Mail()};
  sender_.outcomes = {Outcome::kUnreachable, Outcome::kSent};
  EXPECT_EQ(use_case_.Round().value(), 2) << "a mail was accepted, so the server is reachable";
}

TEST_F(SendDueMailsTest, RetriesGrowApartAndNeverEnd) {
  sender_.outcomes = {Outcome::kDeferred};
  std::map<int, absl::Duration> waits;
  for (const int tries : {1, 4, 1000}) {
    queue_.due = {Mail(tries)};
    const absl::Time before = absl::Now();
    ASSERT_TRUE(use_case_.Round().ok());
    waits[tries] = queue_.settled.back().due_at - before;
    EXPECT_EQ(queue_.settled.back().delivery.outcome, Outcome::kDeferred);
  }
  EXPECT_GE(waits[1], absl::Milliseconds(500));
  EXPECT_GT(waits[4], waits[1]);
  EXPECT_GE(waits[1000], absl::Minutes(2));
}

}  // namespace
}  // namespace waybill::notification_svc
