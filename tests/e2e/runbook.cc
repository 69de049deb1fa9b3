#include "tests/e2e/runbook.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include "absl/strings/ascii.h"
#include "tests/e2e/orderctl.h"
#include "tests/support/process.h"
#include "tests/support/test_stack.h"

namespace waybill::e2e {
namespace {

constexpr char kPages[] = "docs/runbooks";
const char* const kProcesses[] = {kOrderSvc, kPaymentSvc, kInventorySvc, kNotificationSvc, kRelay};

constexpr char kDev[] = R"sh(#!/bin/bash
set -euo pipefail
case $1 in
    psql)
        name=WAYBILL_${2^^}_DB
        shift 2
        exec psql --no-psqlrc "${!name}" "$@"
        ;;
    orderctl)
        shift
        exec orderctl "$@"
        ;;
    status) echo "(the supervisor's table)" ;;
    *)
        echo "the stand-in for ./dev doesn't support: $1" >&2
        exit 1
        ;;
esac
)sh";

}  // namespace

std::vector<std::string> AllRunbooks() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(test::SourcePath(kPages))) {
    names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

std::vector<std::string> CommandsOf(const std::string& alert, const std::string& heading) {
  std::istringstream lines(
      test::ReadFile(test::SourcePath(std::string(kPages) + "/" + alert + ".md")));
  std::vector<std::string> blocks;
  bool under_heading = false;
  bool in_block = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("## ")) under_heading = line == "## " + heading;
    if (line == "```sh" && under_heading) {
      in_block = true;
      blocks.emplace_back();
    } else if (line == "```") {
      in_block = false;
    } else if (in_block) {
      blocks.back() += line + "\n";
    }
  }
  return blocks;
}

Operator::Operator(System& system) : environment_(OrderctlEnvironment(system, "ann")) {
  const std::filesystem::path dev = folder_.Write("dev", kDev);
  std::filesystem::permissions(dev, std::filesystem::perms::owner_all);
  for (const char* name : kProcesses) {
    const std::string upper = absl::AsciiStrToUpper(name);
    environment_[upper + "_METRICS"] = system.MetricsUrl(name);
  }
  environment_["CURL_CA_BUNDLE"] = system.doors().ca_file();
  environment_["PAYMENT_SANDBOX"] = system.Address(kSandbox);
  environment_["OUTBOX_RELAY_CONFIG"] = system.ConfigFile(kRelay);
  const std::filesystem::path bin = std::filesystem::path(test::BinaryPath("orderctl"));
  environment_["PATH"] = bin.parent_path().string() + ":" + std::getenv("PATH");
}

std::string Operator::Run(const std::string& alert, const std::string& heading,
                          const std::map<std::string, std::string>& variables) const {
  std::map<std::string, std::string> environment = environment_;
  environment.insert(variables.begin(), variables.end());
  std::string output;
  for (const std::string& block : CommandsOf(alert, heading)) {
    const test::Finished finished = test::RunToEnd(
        {"/bin/bash", "-euc", "cd '" + folder_.path().string() + "'\n" + block}, environment);
    output += finished.output;
    if (finished.status != 0) {
      throw std::runtime_error(alert + ": exit code " + std::to_string(finished.status) + " of\n" +
                               block + "which printed\n" + finished.output);
    }
  }
  return output;
}

}  // namespace waybill::e2e
