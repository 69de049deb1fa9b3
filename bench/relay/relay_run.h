// Runs a relay that is measured.
#pragma once

#include <string>

#include "tests/support/process.h"

namespace waybill::bench {

// The destructor kills the relay. Not thread-safe.
class RelayRun {
 public:
  // Starts the relay, which logs to a file beside the configuration.
  explicit RelayRun(const std::string& config_path);

  // Blocks until the relay has logged that it streams; throws std::runtime_error with its log if it
  // doesn't.
  void AwaitStreaming() { AwaitLogged("\"the stream starts\""); }
  void AwaitLogged(const std::string& text);
  // Return the CPU seconds used so far, and the peak memory so far.
  double CpuSeconds() const;
  double PeakRssMb() const;
  pid_t pid() const { return process_.pid(); }
  // Sends SIGTERM; throws std::runtime_error unless the relay exits with 0.
  void Stop();

 private:
  const std::string log_;
  waybill::test::ChildProcess process_;
};

// Returns the CPU seconds that another process has used so far.
double CpuSecondsOf(pid_t pid);

}  // namespace waybill::bench
