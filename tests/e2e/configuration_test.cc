// A mistake in a configuration is a sentence and an exit code, in every program.
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/match.h"
#include "platform/config/exit_code.h"
#include "tests/support/process.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test_stack.h"

namespace waybill::e2e {
namespace {

// Nothing listens there.
constexpr char kNowhere[] = "host=127.0.0.1 port=1 dbname=none user=nobody";

struct Program {
  std::string name;
  // What it needs besides [log], [postgres] and [kafka].
  std::string own;
  bool has_postgres = true;
};

void PrintTo(const Program& program, std::ostream* out) { *out << program.name; }

class ConfigurationTest : public ::testing::TestWithParam<Program> {
 protected:
  test::Finished RunWith(const std::string& more) {
    const Program& program = GetParam();
    std::string toml = more;
    if (program.has_postgres && !absl::StrContains(more, "[postgres]")) {
      toml +=
          "[postgres]\nconninfo = \"" + std::string(kNowhere) + "\"\nstart_timeout = \"200ms\"\n";
    }
    if (program.name != "payment_sandbox" && !absl::StrContains(more, "[kafka]")) {
      toml += "[kafka]\nbrokers = \"" + test::TestStack::Get().brokers + "\"\n";
    }
    std::vector<std::string> argv = {test::BinaryPath(program.name)};
    if (program.name == "outbox_relay") argv.push_back("run");
    argv.insert(argv.end(), {"--config", folder_.Write("broken.toml", toml + program.own)});
    return test::RunToEnd(argv, {{"PAYMENT_PROVIDER_API_KEY", "sk_test_none"}});
  }

  void ExpectRefused(const test::Finished& finished, const std::string& says) {
    EXPECT_EQ(finished.status, kExitConfig) << finished.output;
    EXPECT_TRUE(absl::StrContains(finished.output, says)) << finished.output;
    EXPECT_TRUE(absl::StrContains(finished.output, "broken.toml")) << finished.output;
  }

 private:
  test::TempFolder folder_;
};

TEST_P(ConfigurationTest, AnUnknownKeyIsNamed) {
  ExpectRefused(RunWith("[log]\nlevle = \"info\"\n"), "log.levle");
  ExpectRefused(RunWith("[surprise]\nnumber = 1\n"), "surprise");
}

TEST_P(ConfigurationTest, AWrongValueIsNamed) {
  ExpectRefused(RunWith("[log]\nlevel = 7\n"), "log.level");
  if (GetParam().has_postgres) {
    ExpectRefused(RunWith("[postgres]\nconninfo = \"dbname=none\"\npool_size = 0\n"),
                  "postgres.pool_size");
    ExpectRefused(RunWith("[postgres]\nconninfo = \"dbname=none\"\npool_size = \"many\"\n"),
                  "postgres.pool_size");
  } else {
    ExpectRefused(RunWith("[limits]\nin_flight_records = 0\n"), "limits.in_flight_records");
  }
}

TEST_P(ConfigurationTest, WhatIsNotTomlIsRefusedWithItsLine) {
  ExpectRefused(RunWith("[log]\nlevel = \n"), "2");
}

TEST_P(ConfigurationTest, ADatabaseThatCannotBeReachedIsSaidSo) {
  // The relay waits for its sources for ever.
  if (!GetParam().has_postgres) GTEST_SKIP();
  const test::Finished finished = RunWith("");
  EXPECT_EQ(finished.status, kExitUnavailable) << finished.output;
  EXPECT_TRUE(absl::StrContains(finished.output, "127.0.0.1")) << finished.output;
}

TEST_P(ConfigurationTest, TheVersionIsTold) {
  const test::Finished finished = test::RunToEnd({test::BinaryPath(GetParam().name), "--version"});
  EXPECT_EQ(finished.status, kExitOk);
  EXPECT_TRUE(absl::StrContains(finished.output, "0.")) << finished.output;
}

constexpr char kGrpc[] = "[grpc]\nlisten = \"127.0.0.1:0\"\n";

INSTANTIATE_TEST_SUITE_P(
    Programs, ConfigurationTest,
    ::testing::Values(
        Program{"order_svc", kGrpc}, Program{"inventory_svc", kGrpc},
        Program{"payment_svc", std::string(kGrpc) + "[provider]\nurl = \"http://127.0.0.1:1\"\n"},
        Program{"notification_svc",
                std::string(kGrpc) +
                    "[smtp]\nurl = \"smtp://127.0.0.1:1\"\nfrom = \"a@example.com\"\n"},
        Program{"payment_sandbox", "[http]\nlisten = \"127.0.0.1:0\"\n"},
        Program{"outbox_relay",
                "[[source]]\nname = \"orders\"\nconninfo = \"" + std::string(kNowhere) +
                    "\"\npublication = \"waybill_outbox\"\nslot = \"waybill_orders\"\n",
                false}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace waybill::e2e
