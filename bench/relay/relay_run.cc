#include "bench/relay/relay_run.h"

#include <ctime>
#include <fstream>
#include <stdexcept>

#include "tests/support/temp_folder.h"
#include "tests/support/test_stack.h"
#include "tests/support/wait.h"

namespace waybill::bench {

using waybill::test::BinaryPath;
using waybill::test::ReadFile;
using waybill::test::WaitUntil;

RelayRun::RelayRun(const std::string& config_path)
    : log_(config_path + ".log"),
      process_({.argv = {BinaryPath("outbox_relay"), "run", "--config", config_path},
                .log_file = log_}) {}

void RelayRun::AwaitLogged(const std::string& text) {
  WaitUntil([&] { return ReadFile(log_).find(text) != std::string::npos; }, text + " in " + log_);
}

double RelayRun::CpuSeconds() const { return CpuSecondsOf(process_.pid()); }

double RelayRun::PeakRssMb() const {
  std::ifstream status("/proc/" + std::to_string(process_.pid()) + "/status");
  std::string name;
  double kilobytes = 0;
  while (status >> name) {
    if (name == "VmHWM:" && status >> kilobytes) return kilobytes / 1024;
  }
  throw std::runtime_error("the relay has died: " + ReadFile(log_));
}

void RelayRun::Stop() {
  if (process_.Terminate() != 0)
    throw std::runtime_error("the relay did not exit cleanly: " + ReadFile(log_));
}

double CpuSecondsOf(pid_t pid) {
  clockid_t clock{};
  timespec used{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0) {
    throw std::runtime_error("there is no process " + std::to_string(pid));
  }
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

}  // namespace waybill::bench
