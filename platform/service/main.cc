#include "platform/service/main.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "absl/strings/str_split.h"
#include "platform/config/exit_code.h"
#include "platform/log/log.h"
#include "platform/log/process_log.h"
#include "platform/service/config_follower.h"
#include "platform/shutdown/signals.h"
#include "platform/types/strings.h"

namespace waybill::service {

std::string ReadLogLevel(ConfigReader& reader) {
  const std::string level = reader.String("log.level", "info");
  if (log::IsLevel(level)) return level;
  reader.AddError("log.level", "must be debug, info, warn or error");
  return "info";
}

int RefuseToStart(const absl::Status& why) {
  for (const absl::string_view mistake : absl::StrSplit(why.message(), '\n')) {
    log::Error("the program can't start", {{"error", ToStd(mistake)}});
  }
  return ExitCodeFor(why);
}

namespace {

// Descriptors that are closed are given /dev/null: what the process opens next would get their
// numbers, and the log would be written into it.
void OpenStandardStreams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(fd, F_GETFD) < 0) open("/dev/null", O_RDWR);
  }
}

void OnSignal(int signal_number, ConfigFollower& follower) {
  if (signal_number == SIGHUP) {
    follower.LookNow();
  } else {
    log::Info("the signal is ignored", {{"signal", sigabbrev_np(signal_number)}});
  }
}

}  // namespace

int Run(const Program& program, const std::string& config_path, const Application& application) {
  // Before there are threads.
  shutdown::BlockSignals();
  log::WriteInBackground();
  absl::StatusOr<ConfigReader> reader = ConfigReader::Load(config_path);
  if (!reader.ok()) return RefuseToStart(reader.status());
  // Before a program's parts are made, which may start threads.
  log::Init(program.name, ReadLogLevel(*reader));
  const absl::StatusOr<std::unique_ptr<Runnable>> runnable = application.make(*reader);
  if (!runnable.ok()) return RefuseToStart(runnable.status());
  log::Info("the program is starting", {{"version", WAYBILL_VERSION}});
  if (absl::Status status = (*runnable)->Start(); !status.ok()) return RefuseToStart(status);
  log::Info("the program has started");
  ConfigFollower follower(config_path, reader->Digest(), [&](ConfigReader& again) {
    return application.reread(again, **runnable);
  });
  follower.Start();
  const int ended_by =
      shutdown::Wait([&](int signal_number) { OnSignal(signal_number, follower); });
  log::Info("the program is shutting down");
  follower.Stop();
  (*runnable)->Shutdown();
  log::Info("the program has stopped");
  return ended_by == 0 ? kExitSoftware : kExitOk;
}

int ParseCommandLine(int argc, char** argv, const Program& program, CLI::App& flags) {
  OpenStandardStreams();
  log::Init(program.name, "info");
  flags.set_version_flag("--version", WAYBILL_VERSION);
  try {
    flags.parse(argc, argv);
  } catch (const CLI::Success& answered) {
    return flags.exit(answered);
  } catch (const CLI::ParseError& error) {
    return RefuseToStart(absl::InvalidArgumentError(error.what()));
  }
  return kGoOn;
}

int Main(int argc, char** argv, const Program& program, const Application& application) {
  CLI::App flags(program.summary, program.name);
  std::string path;
  flags.add_option("--config", path, "The configuration file (TOML)")->required();
  const int parsed = ParseCommandLine(argc, argv, program, flags);
  return parsed == kGoOn ? Run(program, path, application) : parsed;
}

}  // namespace waybill::service
