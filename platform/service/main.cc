#include "platform/service/main.h"

#include <CLI/CLI.hpp>

#include "absl/strings/str_split.h"
#include "platform/config/exit_code.h"
#include "platform/log/log.h"
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

int Run(const Program& program, const std::string& config_path, const MakeRunnable& make) {
  absl::StatusOr<ConfigReader> reader = ConfigReader::Load(config_path);
  if (!reader.ok()) return RefuseToStart(reader.status());
  // Before there are threads, which a program's parts may start when they are made.
  log::Init(program.name, ReadLogLevel(*reader));
  const absl::StatusOr<std::unique_ptr<Runnable>> runnable = make(*reader);
  if (!runnable.ok()) return RefuseToStart(runnable.status());
  log::Info("the program is starting", {{"version", WAYBILL_VERSION}});
  if (absl::Status status = (*runnable)->Start(); !status.ok()) return RefuseToStart(status);
  log::Info("the program has started");
  shutdown::Wait();
  log::Info("the program is shutting down");
  (*runnable)->Shutdown();
  log::Info("the program has stopped");
  return kExitOk;
}

int ParseCommandLine(int argc, char** argv, const Program& program, CLI::App& flags) {
  shutdown::BlockSignals();
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
