// What every program that runs until it is stopped does about signals, and about who reads its log.
// The relay is the example: it starts without its servers.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "tests/integration/relay_endpoint.h"
#include "tests/support/free_port.h"
#include "tests/support/occurrences.h"
#include "tests/support/process.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test_stack.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

class ProgramTest : public ::testing::Test {
 protected:
  std::string WriteConfig(const std::string& log_level = "info") {
    return folder_.Write(
        "relay.toml", "[log]\nlevel = \"" + log_level + "\"\n[kafka]\nbrokers = \"127.0.0.1:" +
                          nobody_ + "\"\n" + endpoint_.Config() +
                          "[[source]]\nname = \"s\"\nconninfo = \"host=127.0.0.1 port=" + nobody_ +
                          " dbname=x user=x\"\npublication = \"p\"\nslot = \"s\"\n");
  }

  void Start(const std::string& log_file) {
    process_ = std::make_unique<ChildProcess>(
        ProcessOptions{.argv = {BinaryPath("outbox_relay"), "run", "--config", WriteConfig()},
                       .log_file = log_file});
    ASSERT_TRUE(IsAlive());
  }

  ::testing::AssertionResult IsAlive() {
    return Eventually([this] { return endpoint_.Get("/livez") == "200 ok\n"; }, "/livez");
  }

  bool Logged(const std::string& text) {
    return process_->Output().find(text) != std::string::npos;
  }

  int TimesLogged(const std::string& text) { return Occurrences(text, process_->Output()); }

  // A port where nobody listens; a program that runs takes over no database that can't be reached.
  const std::string nobody_ = std::to_string(FreePort());
  TempFolder folder_;
  RelayEndpoint endpoint_;
  std::unique_ptr<ChildProcess> process_;
};

TEST_F(ProgramTest, OnlySigtermAndSigintEndIt) {
  Start(folder_.path() / "log");
  ASSERT_TRUE(Eventually([&] { return Logged("\"the program has started\""); }, "the start"));
  process_->Signal(SIGPIPE);
  for (const auto& [signal_number, name] : {std::pair{SIGUSR1, "USR1"}, {SIGUSR2, "USR2"}}) {
    process_->Signal(signal_number);
    EXPECT_TRUE(Eventually([&, text = std::string("the signal is ignored\",\"signal\":\"") +
                                      name] { return Logged(text); },
                           name));
  }
  EXPECT_TRUE(process_->IsRunning());
  EXPECT_EQ(process_->Terminate(), 0) << process_->Output();
  EXPECT_TRUE(Logged("\"the program has stopped\"")) << process_->Output();
}

TEST_F(ProgramTest, ASecondSigintChangesNothing) {
  Start(folder_.path() / "log");
  process_->Signal(SIGINT);
  process_->Signal(SIGINT);
  EXPECT_EQ(process_->Wait(kPatience), 0) << process_->Output();
}

TEST_F(ProgramTest, SighupReadsTheLogLevelAgain) {
  Start(folder_.path() / "log");
  WriteConfig("error");
  process_->Signal(SIGHUP);
  EXPECT_TRUE(Eventually([&] { return Logged("\"new_level\":\"error\"}"); }, "the new level"));
  folder_.Write("relay.toml", "not toml");
  process_->Signal(SIGHUP);
  WriteConfig("info");
  process_->Signal(SIGHUP);
  EXPECT_TRUE(Eventually([&] { return Logged("\"new_level\":\"info\"}"); }, "the old level"));
  process_->Signal(SIGUSR1);
  EXPECT_TRUE(Eventually([&] { return Logged("the signal is ignored"); }, "a line at info"));
  EXPECT_EQ(process_->Terminate(), 0);
}

TEST_F(ProgramTest, ItFollowsItsConfigurationFileByItself) {
  Start(folder_.path() / "log");
  ASSERT_TRUE(Eventually([&] { return Logged("\"the program has started\""); }, "the start"));
  folder_.Write("relay.toml", "not toml");
  EXPECT_TRUE(Eventually([&] { return Logged("the new configuration is refused"); }, "a refusal"));
  WriteConfig("error");
  EXPECT_TRUE(Eventually([&] { return Logged("\"new_level\":\"error\"}"); }, "the new level"));
  // A link that is turned to another file, as Kubernetes does it.
  const std::filesystem::path file = folder_.path() / "relay.toml";
  const auto link = [&](const char* target) {
    std::filesystem::create_symlink(target, folder_.path() / "next");
    std::filesystem::rename(folder_.path() / "next", file);
  };
  WriteConfig("warn");
  EXPECT_TRUE(Eventually([&] { return Logged("\"new_level\":\"warn\"}"); }, "a new file"));
  std::filesystem::copy_file(file, folder_.path() / "one.toml");
  link("one.toml");
  folder_.Write("two.toml", test::ReadFile(file) + "# Another file.\n");
  link("two.toml");
  EXPECT_TRUE(Eventually([&] { return TimesLogged("\"new_level\":\"warn\"}") == 2; }, "a link"));
  EXPECT_EQ(process_->Terminate(), 0);
}

TEST_F(ProgramTest, AReaderOfTheLogThatHangsHoldsUpNothing) {
  const std::string fifo = folder_.path() / "fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  const int reader = open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  const int filler = open(fifo.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  while (write(filler, "x", 1) == 1) {
  }
  Start(fifo);
  EXPECT_EQ(process_->Terminate(), 0);
  close(filler);
  close(reader);
}

TEST_F(ProgramTest, AFullDiskUnderTheLogIsCountedAndHoldsUpNothing) {
  Start("/dev/full");
  EXPECT_TRUE(Eventually(
      [&] {
        const std::string metrics = endpoint_.Get("/metrics");
        return metrics.find("\nwaybill_log_dropped_lines_total ") != std::string::npos &&
               metrics.find("\nwaybill_log_dropped_lines_total 0\n") == std::string::npos;
      },
      "dropped lines"));
  EXPECT_EQ(process_->Terminate(), 0);
}

TEST_F(ProgramTest, AClosedStderrIsNobodysConnection) {
  process_ = std::make_unique<ChildProcess>(
      ProcessOptions{.argv = {"/bin/sh", "-c", "exec \"$0\" run --config \"$1\" <&- >&- 2>&-",
                              BinaryPath("outbox_relay"), WriteConfig()}});
  ASSERT_TRUE(IsAlive());
  char target[256];
  const std::string link = "/proc/" + std::to_string(process_->pid()) + "/fd/2";
  const ssize_t size = readlink(link.c_str(), target, sizeof target);
  EXPECT_EQ(std::string(target, size < 0 ? 0 : size), "/dev/null");
  EXPECT_EQ(process_->Terminate(), 0);
}

}  // namespace
}  // namespace waybill::test
