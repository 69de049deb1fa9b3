// Runs programs as processes that a test can kill.
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
  // Added to the environment of this process.
  std::map<std::string, std::string> env = {};
  // The file to which its stdout and stderr are appended; "" inherits them.
  std::string log_file = {};
};

// A running child process. The destructor kills (SIGKILL) and reaps it. The kernel also kills it
// when the thread that spawned it ends, so that a crashed test leaves nothing behind: spawn it from
// the test's own thread. Only pid() is thread-safe.
class ChildProcess {
 public:
  // Throws std::runtime_error when the process can't be created.
  explicit ChildProcess(ProcessOptions options);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  bool IsRunning();
  // Sends a signal. Does nothing if the child has ended.
  void Signal(int signal_number);
  // Sends SIGKILL and waits for the end.
  void Kill();
  // Sends SIGTERM and waits for the end. Returns the exit status as Wait does. Throws
  // std::runtime_error when it takes longer than `patience`.
  int Terminate(absl::Duration patience = kPatience);
  // Waits for the end. Returns the exit code, or 128 + the signal that ended it; nullopt after
  // `patience`.
  std::optional<int> Wait(absl::Duration patience);
  // Returns what it has written to log_file.
  std::string Output() const;

 private:
  // Stores the status if the child has ended.
  void Poll();

  const ProcessOptions options_;
  pid_t pid_ = -1;
  std::optional<int> status_;
};

// Runs a program until it ends and returns its exit status and output (stdout and stderr). Throws
// when it takes longer than `patience`.
struct Finished {
  int status = 0;
  std::string output;
};
Finished RunToEnd(const std::vector<std::string>& argv,
                  const std::map<std::string, std::string>& env = {},
                  absl::Duration patience = absl::Seconds(60));

}  // namespace waybill::test
