// Follows docs/backup.md to the letter, and sees what verify says before and after.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <ostream>
#include <set>

#include "tests/e2e/runbook.h"
#include "tests/e2e/shop.h"
#include "tests/e2e/verify.h"
#include "tests/support/throwaway_server.h"
#include "tests/support/wait.h"

namespace waybill::e2e {
namespace {

constexpr char kPage[] = "../backup";

// The databases and their services.
const std::map<std::string, std::string> kServices = {{"orders", kOrderSvc},
                                                      {"payments", kPaymentSvc},
                                                      {"inventory", kInventorySvc},
                                                      {"notifications", kNotificationSvc}};

std::set<int> Promises(const json& report) {
  std::set<int> promises;
  for (const json& violation : report.at("violations")) {
    promises.insert(violation.at("promise").get<int>());
  }
  return promises;
}

// Whether nothing is on its way to any service that could still be parked.
bool EverythingIsRead(const json& report) {
  return report.at("unpublished") == 0 &&
         std::ranges::all_of(report.at("behind"), [](const json& records) { return records == 0; });
}

// Whether a violation of that promise is about that order.
bool Names(const json& report, int promise, const std::string& order) {
  return std::ranges::any_of(report.at("violations"), [&](const json& violation) {
    return violation.at("promise") == promise && violation.at("orderId") == order;
  });
}

class BackupTest : public ::testing::Test {
 protected:
  explicit BackupTest(const test::TestStack& stack = test::TestStack::Get())
      : system_({.stack = stack, .provider_stack = test::TestStack::Get()}) {
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
    return RunWith(heading, {{"DATABASE", database}, {"SERVICE", service}});
  }
  std::string RunWith(const std::string& heading, std::map<std::string, std::string> variables) {
    variables["ADMIN_DB"] = system_.Db("payments").Conninfo("postgres") + " dbname=postgres";
    return operator_.Run(kPage, heading, variables);
  }

  void StopAll() {
    for (const auto& [database, service] : kServices) system_.Stop(service);
    system_.Stop(kRelay);
  }
  void StartAll() {
    system_.Start(kRelay);
    for (const auto& [database, service] : kServices) system_.Start(service);
  }
  void RestoreAll() {
    for (const auto& [database, service] : kServices) Run("Restore one database", database);
  }
  void RewindAll() {
    for (const auto& [database, service] : kServices) Run("Rewind", database, service);
  }
  void DumpAllAtOneMoment() {
    Verify(system_, 0, {"--drain"});
    StopAll();
    Run("Dump");
    StartAll();
  }

  // Those of lost orders, which order_svc can't follow.
  void DiscardParkedEvents() {
    const json parked = json::parse(Orderctl(system_).Output({"parked", "list", "--json"}));
    for (const json& event : parked.at("events")) {
      Orderctl(system_).Output({"parked", "discard", "--service", event.at("consumer"), "--reason",
                                "the order is lost", event.at("id")});
    }
  }

  // Waits until every event has been read, and verify finds only what these promises are about.
  json ReportOfNothingBut(const std::set<int>& promises, int judged) {
    return ReportOf(
        [&](const json& report) {
          return report.at("judged") == judged && report.at("awaiting") == 0 &&
                 report.at("moving") == 0 && EverythingIsRead(report) &&
                 std::ranges::includes(promises, Promises(report));
        },
        "nothing wrong but what can't be had back");
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
  const json report = ReportOfNothingBut({4, 5, 6}, 3);
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

// For the test's name.
void PrintTo(const OneDatabase& database, std::ostream* out) { *out << database.name; }

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
  ReportOfNothingBut(promises, 3);
}

INSTANTIATE_TEST_SUITE_P(Databases, OneDatabaseTest,
                         ::testing::Values(OneDatabase{"inventory", kInventorySvc, {4, 6}},
                                           OneDatabase{"notifications", kNotificationSvc, {}}),
                         [](const auto& info) { return info.param.name; });

TEST_F(BackupTest, OrdersRestoredToAnEarlierPointAreNamedAndCanBePlacedAgain) {
  PlaceConfirmed();
  Run("Dump");
  const Purchase purchase{.items = {{"tea", 1}}};
  const std::string lost = shop_.Place(purchase).order_id();
  Confirmed(lost);
  Verify(system_, 0, {"--drain"});
  system_.Stop(kOrderSvc);
  system_.Stop(kRelay);
  Run("Restore one database", "orders");
  Run("Rewind", "orders", kOrderSvc);
  system_.Start(kRelay);
  system_.Start(kOrderSvc);
  EXPECT_EQ(ReportOfNothingBut({4, 6}, 1).at("parkedOrders"), json::array({lost}));
  DiscardParkedEvents();
  const json report = ReportOfNothingBut({4, 6, 7, 8}, 2);
  EXPECT_TRUE(Names(report, 7, lost)) << report.dump(1);
  EXPECT_TRUE(Names(report, 8, lost)) << report.dump(1);
  const std::string again = shop_.Place(purchase).order_id();
  EXPECT_NE(again, lost);
  Confirmed(again);
}

TEST_F(BackupTest, AllDatabasesRestoredToOneMomentLackWhatCameLaterAndNothingElse) {
  PlaceConfirmed();
  DumpAllAtOneMoment();
  const std::string lost = PlaceConfirmed();
  Verify(system_, 0, {"--drain"});
  StopAll();
  RestoreAll();
  RewindAll();
  StartAll();
  EXPECT_EQ(ReportOfNothingBut({4, 6}, 1).at("parkedOrders"), json::array({lost}));
  DiscardParkedEvents();
  const json report = ReportOfNothingBut({4, 6, 7, 8}, 2);
  EXPECT_TRUE(Names(report, 8, lost)) << report.dump(1);
  PlaceConfirmed();
}

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

TEST_F(BackupWithoutKafkaTest, DatabasesRestoredWithoutKafkaLackWhatCameLaterAndNothingElse) {
  PlaceConfirmed();
  DumpAllAtOneMoment();
  const std::string lost = PlaceConfirmed();
  Verify(system_, 0, {"--drain"});
  StopAll();
  LoseKafka();
  RestoreAll();
  Run("Kafka is lost");
  StartAll();
  const json report = ReportOfNothingBut({8}, 2);
  EXPECT_TRUE(Names(report, 8, lost)) << report.dump(1);
  PlaceConfirmed();
}

class ClusterIsLost {
 protected:
  test::ThrowawayPostgres postgres_;
};

class BackupByArchiveTest : private ClusterIsLost, public BackupTest {
 protected:
  BackupByArchiveTest() : BackupTest(postgres_.stack()) {
    // The server runs as a user of its own if this test runs as root.
    std::filesystem::permissions(outside_.path(), std::filesystem::perms(0755));
    std::filesystem::create_directory(archive_);
    std::filesystem::permissions(archive_, std::filesystem::perms::all);
  }

  std::string RunArchive(const std::string& heading, const std::string& moment = "") {
    return RunWith(heading, {{"ARCHIVE", archive_},
                             {"BACKUP", (outside_.path() / "backup").string()},
                             {"PGDATA", data_},
                             {"MOMENT", moment}});
  }
  void Restart() {
    postgres_.Kill();
    postgres_.Start();
    system_.WaitUntilServing();
  }
  // What the server was writing goes with the machine.
  void AwaitArchived() {
    const std::string last = Orders().QueryText("SELECT pg_walfile_name(pg_switch_wal())");
    ASSERT_TRUE(test::Eventually(
        [&] { return std::filesystem::exists(std::filesystem::path(archive_) / last); }, last));
  }
  void RestoreCluster(const std::string& moment) {
    postgres_.Kill();
    struct stat owner {};
    ASSERT_EQ(stat(data_.c_str(), &owner), 0);
    RunArchive("Restore the cluster", moment);
    test::RunToEnd({"/bin/chown", "-R",
                    std::to_string(owner.st_uid) + ":" + std::to_string(owner.st_gid), data_});
    postgres_.Start();
    ASSERT_TRUE(test::Eventually(
        [&] { return Orders().QueryText("SELECT pg_is_in_recovery()::text") == "false"; },
        "the end of the recovery"));
  }
  test::TestDatabase& Orders() { return system_.Db("orders"); }

  const test::TempFolder outside_;
  const std::string archive_ = (outside_.path() / "archive").string();
  const std::string data_ = Orders().QueryText("SHOW data_directory");
};

TEST_F(BackupByArchiveTest, EverythingUpToTheMomentComesBack) {
  RunArchive("Archive the log");
  Restart();
  PlaceConfirmed();
  RunArchive("Base backup");
  PlaceConfirmed();
  Verify(system_, 0, {"--drain"});
  const std::string moment = Orders().QueryText("SELECT now()::text");
  const std::string lost = PlaceConfirmed();
  Verify(system_, 0, {"--drain"});
  AwaitArchived();
  StopAll();
  RestoreCluster(moment);
  RewindAll();
  StartAll();
  EXPECT_EQ(ReportOfNothingBut({4, 6}, 2).at("parkedOrders"), json::array({lost}));
  PlaceConfirmed();
}

}  // namespace
}  // namespace waybill::e2e
