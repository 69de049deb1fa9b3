#include "tests/support/process.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

#include "tests/support/temp_folder.h"
#include "tests/support/wait.h"

extern char** environ;

namespace waybill::test {
namespace {

std::vector<std::string> Environment(const std::map<std::string, std::string>& added) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (added.count(text.substr(0, text.find('='))) == 0) all.push_back(text);
  }
  for (const auto& [name, value] : added) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Runs between fork and exec in a process with threads, so nothing here may allocate or lock.
[[noreturn]] void BecomeChild(char* const* argv, char* const* env, int log_fd, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  if (log_fd >= 0) {
    dup2(log_fd, STDOUT_FILENO);
    dup2(log_fd, STDERR_FILENO);
  }
  execve(argv[0], argv, env);
  constexpr char kMessage[] = "can't be executed: ";
  [[maybe_unused]] ssize_t written = write(STDERR_FILENO, kMessage, sizeof(kMessage) - 1);
  written = write(STDERR_FILENO, argv[0], strlen(argv[0]));
  written = write(STDERR_FILENO, "\n", 1);
  _exit(127);
}

}  // namespace

ChildProcess::ChildProcess(ProcessOptions options) : options_(std::move(options)) {
  std::vector<std::string> args = options_.argv;
  std::vector<std::string> environment = Environment(options_.env);
  const std::vector<char*> argv = Pointers(args);
  const std::vector<char*> env = Pointers(environment);
  int log_fd = -1;
  if (!options_.log_file.empty()) {
    log_fd = open(options_.log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (log_fd < 0) throw std::runtime_error("can't write " + options_.log_file);
  }
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) BecomeChild(argv.data(), env.data(), log_fd, parent);
  if (log_fd >= 0) close(log_fd);
  if (pid_ < 0) throw std::runtime_error("can't fork for " + options_.argv.at(0));
}

ChildProcess::~ChildProcess() { Kill(); }

void ChildProcess::Poll() {
  if (status_) return;
  int raw = 0;
  if (waitpid(pid_, &raw, WNOHANG) != pid_) return;
  status_ = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
}

bool ChildProcess::IsRunning() {
  Poll();
  return !status_;
}

void ChildProcess::Signal(int signal_number) {
  if (IsRunning()) kill(pid_, signal_number);
}

void ChildProcess::Kill() {
  Signal(SIGKILL);
  if (!status_) Wait(kPatience);
}

int ChildProcess::Terminate(absl::Duration patience) {
  Signal(SIGTERM);
  const std::optional<int> status = Wait(patience);
  if (!status) {
    throw std::runtime_error(options_.argv.at(0) + " did not end within " +
                             absl::FormatDuration(patience) + " of SIGTERM");
  }
  return *status;
}

std::optional<int> ChildProcess::Wait(absl::Duration patience) {
  if (!Eventually([this] { return !IsRunning(); }, "the end of " + options_.argv.at(0), patience)) {
    return std::nullopt;
  }
  return status_;
}

std::string ChildProcess::Output() const { return ReadFile(options_.log_file); }

Finished RunToEnd(const std::vector<std::string>& argv,
                  const std::map<std::string, std::string>& env, absl::Duration patience) {
  const TempFolder folder;
  ChildProcess child({.argv = argv, .env = env, .log_file = (folder.path() / "output").string()});
  const std::optional<int> status = child.Wait(patience);
  if (!status) {
    throw std::runtime_error(argv.at(0) + " did not end within " + absl::FormatDuration(patience) +
                             "; it wrote: " + child.Output());
  }
  return {.status = *status, .output = child.Output()};
}

}  // namespace waybill::test
