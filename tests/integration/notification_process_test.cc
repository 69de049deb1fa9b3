// The program itself, as an operator runs it.
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "platform/config/exit_code.h"
#include "tests/integration/notification_events.h"
#include "tests/support/free_port.h"
#include "tests/support/test_database.h"
#include "tests/support/test_topics.h"

namespace waybill::notification_svc {
namespace {

test::Record RecordOf(const events::IncomingEvent& event) {
  return {.topic = event.topic,
          .key = event.key,
          .payload = event.payload,
          .headers = {{"ce_specversion", "1.0"},
                      {"ce_id", event.id.ToString()},
                      {"ce_type", event.type},
                      {"ce_source", "test"},
                      {"ce_sequence", std::to_string(event.sequence)},
                      {"traceparent", event.trace.ToHeader()},
                      {"content-type", "application/json"}}};
}

class NotificationProcessTest : public ::testing::Test {
 protected:
  std::string ConfigWith(const std::string& smtp) {
    return folder_.Write(
        "notification_svc.toml",
        absl::StrCat(
            "[log]\nlevel = \"debug\"\n[grpc]\nlisten = \"127.0.0.1:0\"\n[postgres]\nconninfo = \"",
            db_.Conninfo("notification_svc"), "\"\nstart_timeout = \"1s\"\n[kafka]\nbrokers = \"",
            topics_.config().brokers, "\"\ntopic_prefix = \"", topics_.prefix(),
            "\"\n[smtp]\nurl = \"", sink_.url(), "\"\n", smtp));
  }
  test::ProcessOptions Options(const std::string& config,
                               const std::map<std::string, std::string>& env = {}) {
    return {.argv = {test::BinaryPath("notification_svc"), "--config", config},
            .env = env,
            .log_file = (folder_.path() / "notification_svc.log").string()};
  }

  test::TempFolder folder_;
  MailSink sink_{test::FreePort(), folder_.path() / "mails"};
  test::TestTopics topics_;
  test::TestDatabase db_{"notifications"};
};

constexpr char kSmtp[] = "from = \"orders@waybill.example\"\ntimeout = \"1s\"\n";

TEST_F(NotificationProcessTest,
       AMailWhoseSenderDiedBeforeItMarkedItComesAgainUnderTheSameMessageId) {
  topics_.CreateAll();
  sink_.Start();
  const std::string config = ConfigWith(kSmtp);
  const events::IncomingEvent event = Confirmed(OrderId::New(), 2, "buyer@example.com");
  {
    test::ChildProcess first(
        Options(config, {{"WAYBILL_DIE_AT", "notification_svc.sent_not_settled"}}));
    topics_.Produce({RecordOf(event)});
    ASSERT_EQ(first.Wait(absl::Seconds(30)), 128 + SIGKILL);
  }
  EXPECT_EQ(sink_.Mails().size(), 1u);
  EXPECT_EQ(db_.QueryText("SELECT state FROM mails"), "PENDING");

  test::ChildProcess second(Options(config));
  ASSERT_TRUE(
      test::Eventually([this] { return db_.QueryText("SELECT state FROM mails") == "SENT"; },
                       "the mail to be sent again", absl::Seconds(40)));

  const std::vector<std::string> mails = sink_.Mails();
  ASSERT_EQ(mails.size(), 2u);
  for (const std::string& mail : mails) {
    EXPECT_EQ(HeaderOf(mail, "Message-ID"), "<" + event.id.ToString() + "@waybill.example>");
  }
  EXPECT_EQ(HeaderOf(mails[0], "Date"), HeaderOf(mails[1], "Date"));
  EXPECT_EQ(second.Terminate(), kExitOk);
}

TEST_F(NotificationProcessTest, EventsOnTheTopicBecomeMailsInOrderAndNoAddressIsLogged) {
  topics_.CreateAll();
  sink_.Start();
  test::ChildProcess service(Options(ConfigWith(kSmtp)));
  const OrderId order = OrderId::New();
  const events::IncomingEvent confirmed = Confirmed(order, 2, "buyer@example.com");
  events::IncomingEvent placed = confirmed;
  placed.id = EventId::New();
  placed.type = "waybill.events.v1.OrderPlaced";
  const events::IncomingEvent bad = Confirmed(OrderId::New(), 2, "b\ra\nd@example.com");
  topics_.Produce({RecordOf(placed), RecordOf(confirmed), RecordOf(bad), RecordOf(confirmed),
                   RecordOf(Cancelled(order, 3, "buyer@example.com")),
                   RecordOf(Confirmed(OrderId::New(), 2, "reject.me@example.com"))});

  ASSERT_TRUE(test::Eventually(
      [this] {
        return db_.QueryInt("SELECT count(*) FROM mails WHERE state <> 'PENDING'") == 3 &&
               db_.QueryInt("SELECT count(*) FROM parked_events") == 1;
      },
      "three mails to be settled and one event parked", absl::Seconds(40)));
  EXPECT_EQ(service.Terminate(), kExitOk);

  const std::vector<std::string> mails = sink_.Mails();
  ASSERT_EQ(mails.size(), 2u);
  EXPECT_TRUE(absl::StrContains(HeaderOf(mails[0], "Subject"), "confirmed"));
  EXPECT_TRUE(absl::StrContains(HeaderOf(mails[1], "Subject"), "cancelled"));
  const std::string log = service.Output();
  EXPECT_FALSE(absl::StrContains(log, "@example.com")) << log;
  for (const char* line : {"\"the mail was queued\"", "\"the mail was sent\"", "\"warn\""}) {
    EXPECT_TRUE(absl::StrContains(log, line)) << line << "\nin\n" << log;
  }
  EXPECT_TRUE(absl::StrContains(log, confirmed.trace.trace_id()));
}

TEST_F(NotificationProcessTest, OldTextsAreBlankedOnceAlthoughAnInstanceDiesAndTwoFollow) {
  topics_.CreateAll();
  const std::string config =
      ConfigWith(std::string(kSmtp) + "[retention]\nevery = \"50ms\"\nbatch = 7\n");
  db_.Exec(
      "INSERT INTO mails SELECT gen_random_uuid(), gen_random_uuid(), 2, 'a@b', 's', 't', 'h', "
      "CASE n WHEN 1 THEN 'PENDING' ELSE 'SENT' END, NULL, 1, now() + interval '1 day', NULL, '', "
      "now() - interval '91 days', CASE WHEN n > 1 THEN now() - interval '91 days' END "
      "FROM generate_series(1, 21) n");
  const auto with_text = [this] {
    return db_.QueryInt("SELECT count(*) FROM mails WHERE recipient <> ''");
  };
  {
    test::ChildProcess first(Options(config, {{"WAYBILL_DIE_AT", "retention.before_commit:2"}}));
    ASSERT_EQ(first.Wait(absl::Seconds(120)), 128 + SIGKILL);
  }
  EXPECT_GE(with_text(), 14);
  test::ChildProcess second(Options(config));
  test::ChildProcess third(Options(config));
  ASSERT_TRUE(test::Eventually([&] { return with_text() == 1; }, "the old texts to be blanked"));
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM mails WHERE state = 'PENDING' AND text_body = 't'"),
            1);
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM mails"), 21);
  EXPECT_EQ(second.Terminate(), kExitOk);
  EXPECT_EQ(third.Terminate(), kExitOk);
}

TEST_F(NotificationProcessTest, AMistakeInTheConfigurationIsASentence) {
  const auto run = [](const std::string& config) {
    return test::RunToEnd({test::BinaryPath("notification_svc"), "--config", config});
  };
  const test::Finished sender = run(ConfigWith("from = \"nobody\"\n"));
  EXPECT_EQ(sender.status, kExitConfig);
  EXPECT_TRUE(absl::StrContains(sender.output, "smtp.from")) << sender.output;

  const test::Finished url =
      run(folder_.Write("bad.toml", "[smtp]\nurl = \"http://x\"\nfrom = \"a@b\"\nsilly = 1\n"));
  EXPECT_EQ(url.status, kExitConfig);
  EXPECT_TRUE(absl::StrContains(url.output, "smtp.url")) << url.output;
  EXPECT_TRUE(absl::StrContains(url.output, "smtp.silly")) << url.output;
}

}  // namespace
}  // namespace waybill::notification_svc
