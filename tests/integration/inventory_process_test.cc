// The program itself, as an operator runs it.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <filesystem>
#include <memory>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "platform/config/exit_code.h"
#include "tests/integration/inventory_events.h"
#include "tests/support/free_port.h"
#include "tests/support/process.h"
#include "tests/support/tcp_client.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test_database.h"
#include "tests/support/test_topics.h"
#include "tests/support/wait.h"

namespace waybill::inventory_svc {
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

std::string ProcFile(pid_t pid, const char* name) { return absl::StrCat("/proc/", pid, "/", name); }

class InventoryProcessTest : public ::testing::Test {
 protected:
  std::string ConfigWith(const std::string& more, const std::string& conninfo) {
    return folder_.Write(
        "inventory_svc.toml",
        absl::StrCat("[grpc]\nlisten = \"127.0.0.1:0\"\n[postgres]\nconninfo = \"", conninfo,
                     "\"\nstart_timeout = \"1s\"\n[kafka]\nbrokers = \"", topics_.config().brokers,
                     "\"\ntopic_prefix = \"", topics_.prefix(), "\"\n", more));
  }
  test::ProcessOptions Options(const std::string& config,
                               const std::map<std::string, std::string>& env = {}) {
    return {.argv = {test::BinaryPath("inventory_svc"), "--config", config},
            .env = env,
            .log_file = log_file_};
  }
  test::Finished Run(const std::string& config) {
    return test::RunToEnd({test::BinaryPath("inventory_svc"), "--config", config});
  }

  void WaitUntilStarted(const test::ChildProcess& process) {
    test::WaitUntil(
        [&] { return absl::StrContains(process.Output(), "\"the program has started\""); },
        "inventory_svc has started");
  }

  test::TempFolder folder_;
  const std::string log_file_ = (folder_.path() / "inventory_svc.log").string();
  test::TestTopics topics_;
  test::TestDatabase db_{"inventory"};
};

TEST_F(InventoryProcessTest, EventsOnTheTopicsBecomeReservationsAlsoAfterItWasKilled) {
  topics_.CreateAll();
  db_.Exec("INSERT INTO stock (product_id, on_hand) VALUES ('cup', 100)");
  const std::string config = ConfigWith("", db_.Conninfo("inventory_svc"));
  std::vector<test::Record> placed, paid;
  for (int i = 0; i < 20; ++i) {
    const OrderId order = OrderId::New();
    placed.push_back(RecordOf(Placed(order, {{"cup", 1}})));
    paid.push_back(RecordOf(Paid(order)));
  }
  test::ChildProcess first(Options(config, {{"WAYBILL_DIE_AT", "inbox.committed:1"}}));
  topics_.Produce(placed);
  topics_.Produce({paid.begin(), paid.begin() + 10});
  topics_.Produce({paid.begin(), paid.begin() + 10});
  EXPECT_EQ(first.Wait(absl::Seconds(30)), 128 + SIGKILL);

  test::ChildProcess second(Options(config));
  topics_.Produce({paid.begin() + 10, paid.end()});

  ASSERT_TRUE(test::Eventually(
      [this] {
        return db_.QueryInt("SELECT count(*) FROM reservations WHERE state = 'RESERVED'") == 20;
      },
      "20 reservations", absl::Seconds(40)));
  EXPECT_EQ(db_.QueryInt("SELECT reserved FROM stock"), 20);
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM outbox"), 20);
  EXPECT_EQ(second.Terminate(), kExitOk);
  EXPECT_NE(second.Output().find("\"the items were reserved\""), std::string::npos);
  EXPECT_NE(second.Output().find("\"trace_id\""), std::string::npos);
}

TEST_F(InventoryProcessTest, AMistakeInTheConfigurationIsASentence) {
  const test::Finished unknown =
      Run(ConfigWith("[grcp]\nworkers = 1\n", db_.Conninfo("inventory_svc")));
  EXPECT_EQ(unknown.status, kExitConfig);
  EXPECT_NE(unknown.output.find("grcp"), std::string::npos) << unknown.output;

  const test::Finished level =
      Run(ConfigWith("[log]\nlevel = \"loud\"\n", db_.Conninfo("inventory_svc")));
  EXPECT_EQ(level.status, kExitConfig);
  EXPECT_NE(level.output.find("log.level"), std::string::npos) << level.output;

  const test::Finished missing = Run((folder_.path() / "none.toml").string());
  EXPECT_EQ(missing.status, kExitConfig);
  EXPECT_NE(missing.output.find("none.toml"), std::string::npos) << missing.output;
}

TEST_F(InventoryProcessTest, ADatabaseThatIsAwayIsSaidSo) {
  const test::Finished away =
      Run(ConfigWith("", "host=127.0.0.1 port=1 dbname=inventory user=inventory_svc"));
  EXPECT_EQ(away.status, kExitUnavailable) << away.output;
  const test::Finished none =
      Run(ConfigWith("", db_.Conninfo("inventory_svc") + " dbname=no_such_database"));
  EXPECT_NE(none.status, kExitOk);
  EXPECT_NE(none.output.find("no_such_database"), std::string::npos) << none.output;
}

TEST_F(InventoryProcessTest, TheSoftLimitOfOpenFilesIsRaised) {
  topics_.CreateAll();
  test::ProcessOptions options = Options(ConfigWith("", db_.Conninfo("inventory_svc")));
  options.argv.insert(options.argv.begin(), {"/usr/bin/prlimit", "--nofile=256:2000"});
  test::ChildProcess process(options);
  WaitUntilStarted(process);
  const std::string limits = test::ReadFile(ProcFile(process.pid(), "limits"));
  EXPECT_TRUE(absl::StrContains(limits, "Max open files            2000                 2000"))
      << limits;
}

TEST_F(InventoryProcessTest, AServerThatCanAcceptNoMoreConnectionsEndsToBeStartedAgain) {
  topics_.CreateAll();
  const int port = test::FreePort();
  std::string config = ConfigWith("", db_.Conninfo("inventory_svc"));
  config = folder_.Write("own_port.toml",
                         absl::StrReplaceAll(test::ReadFile(config),
                                             {{"127.0.0.1:0", absl::StrCat("127.0.0.1:", port)}}));
  test::ChildProcess process(Options(config));
  WaitUntilStarted(process);
  const auto files =
      std::distance(std::filesystem::directory_iterator(ProcFile(process.pid(), "fd")),
                    std::filesystem::directory_iterator());
  const rlimit few{.rlim_cur = static_cast<rlim_t>(files) + 5, .rlim_max = 4096};
  ASSERT_EQ(prlimit(process.pid(), RLIMIT_NOFILE, &few, nullptr), 0);
  // They say nothing.
  std::vector<std::unique_ptr<test::TcpClient>> clients;
  for (int i = 0; i < 50; ++i) clients.push_back(std::make_unique<test::TcpClient>(port));
  EXPECT_EQ(process.Wait(absl::Seconds(60)), kExitSoftware) << process.Output();
  EXPECT_TRUE(absl::StrContains(process.Output(), "the server can accept no more connections"))
      << process.Output();
}

}  // namespace
}  // namespace waybill::inventory_svc
