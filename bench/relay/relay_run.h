// A relay under measurement.
#pragma once

#include <string>

#include "tests/support/process.h"

namespace waybill::bench {

// Killed in the destructor. Not thread-safe.
class RelayRun {
 public:
  // Logs into the file beside the configuration.
  explicit RelayRun(const std::string& config_path);

  // Blocks until it has said that it streams; throws std::runtime_error with its log if it doesn't.
  void AwaitStreaming() { AwaitLogged("\"the stream starts\""); }
  void AwaitLogged(const std::string& text);
  // So far.
  double CpuSeconds() const;
  double PeakRssMb() const;
  pid_t pid() const { return process_.pid(); }
  // SIGTERM; throws std::runtime_error unless it ends with 0.
  void Stop();

 private:
  const std::string log_;
  waybill::test::ChildProcess process_;
};

// Of another process, so far.
double CpuSecondsOf(pid_t pid);

}  // namespace waybill::bench
