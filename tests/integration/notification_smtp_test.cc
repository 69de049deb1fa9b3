// Mails from the queue to a real SMTP server.
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "notification_svc/application/send_due_mails.h"
#include "notification_svc/gateway/smtp_sender.h"
#include "tests/integration/notification_use_cases.h"
#include "tests/support/free_port.h"
#include "tests/support/temp_folder.h"

namespace waybill::notification_svc {
namespace {

SendOptions OptionsOf(const SmtpOptions& smtp) {
  return {.max_in_flight = smtp.max_in_flight, .send_timeout = smtp.timeout};
}

class NotificationSmtpTest : public NotificationUseCaseTest {
 protected:
  SmtpOptions Options() const {
    return {.url = sink_.url(),
            .from = EmailAddress::Parse("orders@waybill.example").value(),
            .timeout = absl::Seconds(5),
            .max_in_flight = 8};
  }
  // Rounds until nothing is due any more. What is not settled then waits for its time.
  void SendAll() {
    SmtpSender sender(Options());
    SendDueMails send(unit_of_work_, sender, OptionsOf(Options()));
    for (int round = 0; round < 1000; ++round) {
      const absl::StatusOr<RoundResult> result = send.Run();
      if (!result.ok() || *result == RoundResult::kIdle) return;
    }
    FAIL() << "mails are claimed again and again";
  }

  test::TempFolder folder_;
  MailSink sink_{test::FreePort(), folder_.path() / "mails"};
};

TEST_F(NotificationSmtpTest, AMailArrivesWithTextAndHtmlAndItsHeaders) {
  sink_.Start();
  const OrderId order = OrderId::New();
  const events::IncomingEvent event =
      Confirmed(order, 2, "buyer@example.com", "T\xc3\xbcr <b>&\n.\nBcc: x@example.com");
  Queue({event});

  SendAll();

  EXPECT_EQ(Count("state = 'SENT' AND sent_at IS NOT NULL AND leased_until IS NULL"), 1);
  ASSERT_EQ(sink_.Mails().size(), 1u);
  const std::string mail = sink_.Mails()[0];
  EXPECT_EQ(HeaderOf(mail, "X-Envelope-From"), "orders@waybill.example");
  EXPECT_EQ(HeaderOf(mail, "X-Envelope-To"), "buyer@example.com");
  EXPECT_EQ(HeaderOf(mail, "From"), "orders@waybill.example");
  EXPECT_EQ(HeaderOf(mail, "To"), "buyer@example.com");
  EXPECT_EQ(HeaderOf(mail, "Bcc"), "");
  EXPECT_TRUE(absl::StartsWith(HeaderOf(mail, "Subject"), "=?UTF-8?B?"));
  EXPECT_EQ(HeaderOf(mail, "Message-ID"), "<" + event.id.ToString() + "@waybill.example>");
  EXPECT_EQ(HeaderOf(mail, "X-Waybill-Order-Id"), order.ToString());
  EXPECT_TRUE(absl::StrContains(HeaderOf(mail, "X-Waybill-Traceparent"), event.trace.trace_id()));
  EXPECT_FALSE(HeaderOf(mail, "Date").empty());

  // Read back by an independent reader of mails.
  const std::string file = folder_.Write("mail.eml", mail);
  const test::Finished parsed = test::RunToEnd(
      {"/usr/bin/python3", "-c",
       "import email, email.policy, sys\n"
       "m = email.message_from_file(open(sys.argv[1]), policy=email.policy.default)\n"
       "print([p.get_content_type() for p in m.walk()])\n"
       "print(m['Subject'])\n"
       "print(m.get_body(('plain',)).get_content())\n"
       "print(m.get_body(('html',)).get_content())\n"
       "print('defects', m.defects)\n",
       file},
      {{"PYTHONIOENCODING", "utf-8"}});
  EXPECT_EQ(parsed.status, 0) << parsed.output;
  for (const char* part :
       {"['multipart/mixed', 'multipart/alternative', 'text/plain', 'text/html']",
        "Your order is confirmed: T\xc3\xbcr <b>& . Bcc: x@example.com\n",
        "2 x T\xc3\xbcr <b>& . Bcc: x@example.com at 9.99 USD: 19.98 USD\n",
        "<td>T\xc3\xbcr &lt;b&gt;&amp; . Bcc: x@example.com</td>", "defects []"}) {
    EXPECT_TRUE(absl::StrContains(parsed.output, part)) << part << "\nin\n" << parsed.output;
  }
}

TEST_F(NotificationSmtpTest, ManyMailsAreSentAndMailsOfAnOrderInSequence) {
  sink_.Start();
  std::vector<events::IncomingEvent> batch;
  for (int i = 0; i < 30; ++i) {
    const OrderId order = OrderId::New();
    batch.push_back(Confirmed(order, 2, "buyer@example.com"));
    batch.push_back(Cancelled(order, 3, "buyer@example.com"));
  }
  Queue(batch);

  SendAll();

  EXPECT_EQ(Count("state = 'SENT'"), 60);
  std::map<std::string, std::vector<std::string>> subjects;
  for (const std::string& mail : sink_.Mails()) {
    subjects[HeaderOf(mail, "X-Waybill-Order-Id")].push_back(HeaderOf(mail, "Subject"));
  }
  ASSERT_EQ(subjects.size(), 30u);
  for (const auto& [order, of_order] : subjects) {
    EXPECT_EQ(of_order, (std::vector<std::string>{"Your order is confirmed: Cup",
                                                  "Your order was cancelled: Cup"}))
        << order;
  }
}

TEST_F(NotificationSmtpTest, ARefusedRecipientFailsAloneAndForGood) {
  sink_.Start();
  const OrderId refused = OrderId::New();
  Queue({Confirmed(refused, 2, "reject.me@example.com"),
         Confirmed(OrderId::New(), 2, "buyer@example.com"),
         Cancelled(refused, 3, "buyer@example.com")});

  SendAll();

  EXPECT_EQ(Count("state = 'SENT'"), 2);
  EXPECT_EQ(
      Count("state = 'FAILED' AND error LIKE '%550%' AND recipient = 'reject.me@example.com'"), 1);
  EXPECT_EQ(sink_.Mails().size(), 2u);
}

TEST_F(NotificationSmtpTest, ARecipientThatCanNotTakeItNowIsTriedAgain) {
  sink_.Start();
  Queue({Confirmed(OrderId::New(), 2, "tempfail.once@example.com")});

  SendAll();
  EXPECT_EQ(Count("state = 'PENDING' AND tries = 1 AND error LIKE '%451%' AND due_at > created_at"),
            1);
  EXPECT_EQ(sink_.Mails().size(), 0u);
  ASSERT_TRUE(test::Eventually(
      [this] {
        SendAll();
        return Count("state = 'SENT'") == 1;
      },
      "the mail to be sent in the end"));

  EXPECT_EQ(sink_.Mails().size(), 1u);
  EXPECT_EQ(Count("state = 'SENT' AND tries = 2 AND error IS NULL"), 1);
}

TEST_F(NotificationSmtpTest, AServerThatIsAwayIsWaitedFor) {
  sink_.Start();
  Queue({Confirmed(OrderId::New(), 2, "buyer@example.com")});
  SendAll();
  sink_.Stop();
  Queue({Confirmed(OrderId::New(), 2, "buyer@example.com"),
         Confirmed(OrderId::New(), 2, "reject.me@example.com")});

  SmtpSender sender(Options());
  SendDueMails send(unit_of_work_, sender, OptionsOf(Options()));
  EXPECT_EQ(send.Run().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Count("state = 'PENDING' AND leased_until IS NULL AND error IS NOT NULL"), 2);

  sink_.Start();
  ASSERT_TRUE(test::Eventually(
      [&] {
        EXPECT_TRUE(send.Run().ok());
        return Count("state = 'PENDING'") == 0;
      },
      "both mails to be settled"));
  EXPECT_EQ(Count("state = 'SENT'"), 2);
  EXPECT_EQ(Count("state = 'FAILED'"), 1);
}

TEST_F(NotificationSmtpTest, AnAddressIsCheckedAgainBeforeItMeetsSmtp) {
  sink_.Start();
  Queue({Confirmed(OrderId::New(), 2, "buyer@example.com"),
         Confirmed(OrderId::New(), 2, "buyer@example.com")});
  db_.Exec(
      "UPDATE mails SET recipient = E'a@b>\\r\\nRCPT TO:<victim@example.com' "
      "WHERE mail_id = (SELECT min(mail_id::text)::uuid FROM mails)");

  SendAll();

  EXPECT_EQ(Count("state = 'FAILED' AND error LIKE 'the recipient is not a mail address%'"), 1);
  EXPECT_EQ(Count("state = 'SENT'"), 1);
  ASSERT_EQ(sink_.Mails().size(), 1u);
  EXPECT_EQ(HeaderOf(sink_.Mails()[0], "X-Envelope-To"), "buyer@example.com");
}

// A server that refuses us all is no verdict on the mail.
class StrictServerTest : public NotificationSmtpTest {
 protected:
  void StartServer(const std::string& mode) {
    server_ = std::make_unique<test::ChildProcess>(test::ProcessOptions{
        .argv = {"/usr/bin/python3",
                 test::SourcePath("tests/integration/notification_smtp_server.py"), "--port",
                 std::to_string(port_), "--mode", mode},
        .log_file = (folder_.path() / "server.log").string()});
    test::WaitUntil([this] { return absl::StrContains(server_->Output(), "ready"); },
                    "the SMTP server to be ready");
    Queue({Confirmed(OrderId::New(), 2, "buyer@example.com")});
  }
  SmtpOptions Strict() const {
    SmtpOptions options = Options();
    options.url = "smtp://127.0.0.1:" + std::to_string(port_);
    return options;
  }
  absl::StatusOr<RoundResult> Send(const SmtpOptions& options) {
    db_.Exec("UPDATE mails SET due_at = now()");
    SmtpSender sender(options);
    return SendDueMails(unit_of_work_, sender, OptionsOf(options)).Run();
  }

  const int port_ = test::FreePort();
  std::unique_ptr<test::ChildProcess> server_;
};

TEST_F(StrictServerTest, AServerThatIsClosedLosesNoMail) {
  StartServer("closed");

  const absl::Status status = Send(Strict()).status();

  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(absl::StrContains(status.message(), "554")) << status;
  EXPECT_EQ(Count("state = 'PENDING'"), 1);
}

TEST_F(StrictServerTest, AReplyThatIsNotUtf8SettlesItsMailLikeAnyOther) {
  StartServer("latin1");

  EXPECT_EQ(Send(Strict()).value(), RoundResult::kMoreWork);

  EXPECT_EQ(db_.QueryText("SELECT state || ' ' || error FROM mails"),
            "FAILED RCPT failed: 550: 550 5.1.1 adresse refus\xef\xbf\xbd"
            "e");
}

TEST_F(StrictServerTest, OnlyTheRightPasswordSends) {
  StartServer("login");
  SmtpOptions options = Strict();
  EXPECT_FALSE(Send(options).ok()) << "without a login";
  options.username = "waybill";
  options.password = "wrong";
  EXPECT_EQ(Send(options).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Count("state = 'PENDING'"), 1);

  options.password = "secret";
  EXPECT_EQ(Send(options).value(), RoundResult::kMoreWork);
  EXPECT_EQ(Count("state = 'SENT'"), 1);
}

TEST_F(StrictServerTest, WithStarttlsNothingIsSentInTheClear) {
  StartServer("login");
  SmtpOptions options = Strict();
  options.username = "waybill";
  options.password = "secret";
  options.starttls = true;

  EXPECT_EQ(Send(options).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Count("state = 'PENDING'"), 1);
}

}  // namespace
}  // namespace waybill::notification_svc
