// A program that can't start says why in one form, and ends with one exit code: the same in every
// program.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "platform/config/exit_code.h"
#include "tests/support/process.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test_stack.h"

namespace waybill::e2e {
namespace {

// Nothing listens there.
constexpr char kPassword[] = "never-logged";
constexpr char kNowhere[] = "host=127.0.0.1 port=1 dbname=none user=nobody password=never-logged";

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
    return Call({"--config", folder_.Write("broken.toml", toml + program.own)});
  }

  // The program as it is called to run, with these arguments.
  test::Finished Call(const std::vector<std::string>& arguments) {
    std::vector<std::string> argv = {test::BinaryPath(GetParam().name)};
    if (GetParam().name == "outbox_relay") argv.push_back("run");
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    return test::RunToEnd(argv, {{"PAYMENT_PROVIDER_API_KEY", "sk_test_none"}});
  }

  // Each line is a log line of the program's; the last ones are errors that say why it can't start.
  void ExpectCannotStart(const test::Finished& finished, int exit_code,
                         const std::vector<std::string>& says) {
    EXPECT_EQ(finished.status, exit_code) << finished.output;
    EXPECT_FALSE(absl::StrContains(finished.output, kPassword)) << finished.output;
    std::vector<std::string> errors;
    for (const absl::string_view line : absl::StrSplit(finished.output, '\n', absl::SkipEmpty())) {
      const auto json = nlohmann::json::parse(line.begin(), line.end(), nullptr, false);
      ASSERT_TRUE(json.is_object()) << line;
      EXPECT_EQ(json["service"], GetParam().name) << line;
      if (json["level"] != "error") continue;
      EXPECT_EQ(json["message"], "the program can't start") << line;
      errors.push_back(json["error"]);
    }
    ASSERT_EQ(errors.size(), says.size()) << finished.output;
    for (const std::string& part : says) {
      EXPECT_TRUE(std::ranges::any_of(
          errors, [&](const std::string& error) { return absl::StrContains(error, part); }))
          << part << " in " << finished.output;
    }
  }

  void ExpectRefused(const test::Finished& finished, const std::string& says) {
    ExpectCannotStart(finished, kExitConfig, {says});
    EXPECT_TRUE(absl::StrContains(finished.output, "broken.toml")) << finished.output;
  }

 private:
  test::TempFolder folder_;
};

TEST_P(ConfigurationTest, AnUnknownKeyIsNamed) {
  ExpectRefused(RunWith("[log]\nlevle = \"info\"\n"), "log.levle");
  ExpectRefused(RunWith("[surprise]\nnumber = 1\n"), "surprise");
}

TEST_P(ConfigurationTest, AWrongCommandLineIsNamed) {
  ExpectCannotStart(Call({}), kExitConfig, {"--config is required"});
  ExpectCannotStart(Call({"--config", "a.toml", "--verbose"}), kExitConfig, {"--verbose"});
  ExpectCannotStart(Call({"--config"}), kExitConfig, {"--config"});
}

TEST_P(ConfigurationTest, AFileThatIsNotThereIsNamed) {
  ExpectCannotStart(Call({"--config", "/nowhere/at.toml"}), kExitConfig, {"/nowhere/at.toml"});
}

TEST_P(ConfigurationTest, EveryMistakeHasALine) {
  ExpectCannotStart(RunWith("[log]\nlevel = \"loud\"\n[metrics]\npoll_every = 7\nlisen = \"\"\n"),
                    kExitConfig, {"log.level", "metrics.poll_every", "metrics.lisen"});
}

TEST_P(ConfigurationTest, AnAddressThatIsTakenIsSaidSo) {
  // Kafka has it.
  const std::string taken = test::TestStack::Get().brokers;
  ExpectCannotStart(RunWith("[metrics]\nlisten = \"" + taken + "\"\n"), kExitUnavailable, {taken});
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
  ExpectCannotStart(finished, kExitUnavailable, {"127.0.0.1"});
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
