// Programs that a test runs as processes of their own, and kills.
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/support/wait.h"

namespace waybill::test {

struct ProcessOptions {
  // The program's path, then its arguments.
  std::vector<std::string> argv = {};
  // Added to this process's environment.
  std::map<std::string, std::string> env = {};
  // Where its stdout and stderr are appended; "" leaves them as they are.
  std::string log_file = {};
};

// A running child. Killed (SIGKILL) and reaped in the destructor; the kernel kills it, too, when
// the thread that spawned it ends, so that a crashed test leaves nothing behind: spawn from the
// test's own thread. Not thread-safe, but for pid().
class ChildProcess {
 public:
  // Throws std::runtime_error when it can't be started at all.
  explicit ChildProcess(ProcessOptions options);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  bool IsRunning();
  // Sends a signal; nothing happens when the child has ended.
  void Signal(int signal_number);
  // SIGKILL, and waits for the end.
  void Kill();
  // SIGTERM, and waits for the end; throws std::runtime_error when it takes longer than `patience`.
  // Returns the exit status as Wait does.
  int Terminate(absl::Duration patience = kPatience);
  // Waits for the end. The exit code, or 128 + the signal that ended it; nothing after `patience`.
  std::optional<int> Wait(absl::Duration patience);
  // What it wrote into log_file.
  std::string Output() const;

 private:
  // Takes note if the child has ended.
  void Poll();

  const ProcessOptions options_;
  pid_t pid_ = -1;
  std::optional<int> status_;
};

// Runs a program to its end and returns its exit status and output (stdout and stderr). Throws when
// it takes longer than `patience`.
struct Finished {
  int status = 0;
  std::string output;
};
Finished RunToEnd(const std::vector<std::string>& argv,
                  const std::map<std::string, std::string>& env = {},
                  absl::Duration patience = absl::Seconds(60));

}  // namespace waybill::test
