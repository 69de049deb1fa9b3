// Follows docs/backup.md to the letter, and sees what verify says before and after.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "tests/e2e/runbook.h"
#include "tests/e2e/shop.h"
#include "tests/e2e/verify.h"
#include "tests/support/throwaway_server.h"
#include "tests/support/wait.h"

namespace waybill::e2e {
namespace {

constexpr char kPage[] = "../backup";

std::set<int> Promises(const json& report) {
  std::set<int> promises;
  for (const json& violation : report.at("violations")) {
    promises.insert(violation.at("promise").get<int>());
  }
  return promises;
}

class BackupTest : public ::testing::Test {
 protected:
  explicit BackupTest(const test::TestStack& stack = test::TestStack::Get())
      : system_({.stack = stack}) {
    shop_.Stock("tea", 790, 1000);
  }

  std::string Place() { return shop_.Place({.items = {{"tea", 1}}}).order_id(); }
  std::string PlaceConfirmed() {
    std::string order = Place();
    Confirmed(order);
    return order;
  }
  void Confirmed(const std::string& order) {
    shop_.WaitFor(order, orders_v1::ORDER_STATE_CONFIRMED, absl::Seconds(120));
  }

  // For the sections about one database, that one and its service.
  std::string Run(const std::string& heading, const std::string& database = "",
                  const std::string& service = "") {
    return operator_.Run(
        kPage, heading,
        {{"ADMIN_DB", system_.Db("payments").Conninfo("postgres") + " dbname=postgres"},
         {"DATABASE", database},
         {"SERVICE", service}});
  }

  // The report, once it is `as_expected`.
  json ReportOf(const std::function<bool(const json&)>& as_expected, const std::string& what) {
    json report;
    EXPECT_TRUE(test::Eventually(
        [&] {
          const test::Finished run = Orderctl(system_).Run({"verify", "--json", "--idle", kIdle});
          report = json::parse(run.output, nullptr, false);
          return report.is_object() && as_expected(report);
        },
        what, absl::Seconds(120)))
        << report.dump(1);
    return report;
  }

  System system_;
  Shop shop_{system_};
  Operator operator_{system_};
};

TEST_F(BackupTest, PaymentsRestoredToAnEarlierPointKnowAllMoneyAgain) {
  PlaceConfirmed();
  Run("Dump");
  PlaceConfirmed();
  const std::string cancelled = PlaceConfirmed();
  Verify(system_, 0, {"--drain"});
  system_.Stop(kPaymentSvc);
  system_.Stop(kRelay);
  ASSERT_TRUE(shop_.Cancel(cancelled).ok());
  Run("Restore one database", "payments");
  ReportOf([](const json& report) { return Promises(report).contains(8); },
           "money that payments don't know");
  const std::string rewound = Run("Rewind", "payments", kPaymentSvc);
  EXPECT_NE(rewound.find("payment_svc would read "), std::string::npos) << rewound;
  EXPECT_NE(rewound.find("payment_svc will read "), std::string::npos) << rewound;
  system_.Start(kRelay);
  system_.Start(kPaymentSvc);
  const json report = ReportOf(
      [](const json& it) {
        const std::set<int> promises = Promises(it);
        return it.at("judged") == 3 && it.at("awaiting") == 0 && it.at("moving") == 0 &&
               std::ranges::all_of(promises, [](int promise) { return promise <= 6; });
      },
      "nothing wrong but lost events");
  EXPECT_EQ(Sandbox(system_).Ledger().refunded, 790) << report.dump(1);
  EXPECT_EQ(Sandbox(system_).Ledger().captured, 3 * 790);
  EXPECT_EQ(Sandbox(system_).Ledger().intents, 3);
  EXPECT_EQ(system_.Db("payments").QueryInt("SELECT count(*) FROM payments"), 3);
}

struct OneDatabase {
  const char* name;
  const char* service;
  // What verify may still find.
  std::set<int> promises;
};

class OneDatabaseTest : public BackupTest, public ::testing::WithParamInterface<OneDatabase> {};

TEST_P(OneDatabaseTest, RestoredToAnEarlierPointItsServiceReadsTheLostTimeAgain) {
  const auto& [database, service, promises] = GetParam();
  PlaceConfirmed();
  Run("Dump");
  for (int i = 0; i < 2; ++i) PlaceConfirmed();
  Verify(system_, 0, {"--drain"});
  system_.Stop(service);
  system_.Stop(kRelay);
  Run("Restore one database", database);
  ReportOf([](const json& report) { return Promises(report).contains(6); },
           "events that the service doesn't know");
  Run("Rewind", database, service);
  system_.Start(kRelay);
  system_.Start(service);
  ReportOf(
      [&](const json& report) {
        return report.at("judged") == 3 && report.at("awaiting") == 0 && report.at("moving") == 0 &&
               std::ranges::includes(promises, Promises(report));
      },
      "nothing wrong but lost events");
}

INSTANTIATE_TEST_SUITE_P(Databases, OneDatabaseTest,
                         ::testing::Values(OneDatabase{"inventory", kInventorySvc, {4, 6}},
                                           OneDatabase{"notifications", kNotificationSvc, {}}),
                         [](const auto& info) { return info.param.name; });

TEST_F(BackupTest, AGroupWithMembersIsNotRewound) {
  PlaceConfirmed();
  // A group's offsets are committed some time after it has read.
  ASSERT_TRUE(test::Eventually(
      [this] {
        return json::parse(Orderctl(system_).Output({"rewind", "--service", "payment_svc", "--to",
                                                     "1h", "--dry-run", "--json"}))
                   .at("records") >= 2;
      },
      "a dry run beside the running service", absl::Seconds(60)));
  const test::Finished refused =
      Orderctl(system_).Run({"rewind", "--service", "payment_svc", "--to", "1h"});
  EXPECT_EQ(refused.status, 1) << refused.output;
  EXPECT_NE(refused.output.find("stop every instance of payment_svc first"), std::string::npos)
      << refused.output;
  Verify(system_, 0, {"--drain"});
}

class KafkaIsLost {
 protected:
  test::ThrowawayKafka kafka_;
};

class BackupWithoutKafkaTest : private KafkaIsLost, public BackupTest {
 protected:
  BackupWithoutKafkaTest() : BackupTest(kafka_.stack()) {}

  // With all that it had.
  void LoseKafka() {
    kafka_.Remove();
    kafka_.Start();
  }
};

TEST_F(BackupWithoutKafkaTest, EventsThatWentWithItComeBackOfThemselves) {
  PlaceConfirmed();
  system_.Stop(kPaymentSvc);
  std::vector<std::string> orders;
  for (int i = 0; i < 3; ++i) orders.push_back(Place());
  ReportOf([](const json& report) { return report.at("behind").at("payment_svc") >= 3; },
           "three orders on their way");
  system_.Stop(kRelay);
  LoseKafka();
  Run("Kafka is lost");
  system_.Start(kRelay);
  system_.Start(kPaymentSvc);
  for (const std::string& order : orders) Confirmed(order);
  const json report = Verify(system_, 0, {"--drain"});
  EXPECT_EQ(report.at("judged"), 4) << report.dump(1);
  EXPECT_NE(system_.Log(kRelay).find("Kafka is another cluster than before"), std::string::npos);
}

}  // namespace
}  // namespace waybill::e2e
