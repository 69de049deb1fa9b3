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

// Of the configuration, only the log's level is read again.
void ReloadLogLevel(const std::string& config_path) {
  absl::StatusOr<ConfigReader> reader = ConfigReader::Load(config_path);
  const std::string level = reader.ok() ? reader->String("log.level", "info") : "";
  if (!log::IsLevel(level)) {
    const std::string error = reader.ok() ? "log.level must be debug, info, warn or error"
                                          : std::string(reader.status().message());
    log::Warn("SIGHUP has no effect: the configuration can't be read", {{"error", error}});
    return;
  }
  // At a level at which it is seen.
  log::SetLevel("info");
  log::Info("SIGHUP: the log's level was read again; other settings need a restart",
            {{"new_level", level}});
  log::SetLevel(level);
}

void OnSignal(int signal_number, const std::string& config_path) {
  if (signal_number == SIGHUP) {
    ReloadLogLevel(config_path);
  } else {
    log::Info("the signal is ignored", {{"signal", sigabbrev_np(signal_number)}});
  }
}

}  // namespace

int Run(const Program& program, const std::string& config_path, const MakeRunnable& make) {
  // Before there are threads.
  shutdown::BlockSignals();
  log::WriteInBackground();
  absl::StatusOr<ConfigReader> reader = ConfigReader::Load(config_path);
  if (!reader.ok()) return RefuseToStart(reader.status());
  // Before a program's parts are made, which may start threads.
  log::Init(program.name, ReadLogLevel(*reader));
  const absl::StatusOr<std::unique_ptr<Runnable>> runnable = make(*reader);
  if (!runnable.ok()) return RefuseToStart(runnable.status());
  log::Info("the program is starting", {{"version", WAYBILL_VERSION}});
  if (absl::Status status = (*runnable)->Start(); !status.ok()) return RefuseToStart(status);
  log::Info("the program has started");
  const int ended_by =
      shutdown::Wait([&](int signal_number) { OnSignal(signal_number, config_path); });
  log::Info("the program is shutting down");
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

int Main(int argc, char** argv, const Program& program, const MakeRunnable& make) {
  CLI::App flags(program.summary, program.name);
  std::string path;
  flags.add_option("--config", path, "The configuration file (TOML)")->required();
  const int parsed = ParseCommandLine(argc, argv, program, flags);
  return parsed == kGoOn ? Run(program, path, make) : parsed;
}

}  // namespace waybill::service
