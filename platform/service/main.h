// The main function of every long-running program.
//
//   int main(int argc, char** argv) {
//     return waybill::service::Main<waybill::order_svc::App>(
//         argc, argv, {"order_svc", "Takes orders, follows them to their end, keeps the
//         catalog."});
//   }
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "platform/config/config_reader.h"
#include "platform/types/status_macros.h"

namespace CLI {
class App;
}  // namespace CLI

namespace waybill::service {

struct Program {
  // As in logs, metrics and the names of database sessions.
  const char* name;
  // One sentence for --help.
  const char* summary;
};

// Runs until the process is told to end. One thread calls Start once, then Shutdown.
class Runnable {
 public:
  virtual ~Runnable() = default;
  // Returns when everything runs.
  virtual absl::Status Start() = 0;
  // Ends what is under way and stops everything. Blocks for a bounded time. May be called twice.
  virtual void Shutdown() = 0;
};

// How a program's Runnable is made from its configuration file, and how it takes over changes of that file.
struct Application {
  std::function<absl::StatusOr<std::unique_ptr<Runnable>>(ConfigReader&)> make;
  // As Reread, for what `make` has made.
  std::function<absl::StatusOr<std::function<absl::Status()>>(ConfigReader&, Runnable&)> reread;
};

// App::ReadConfig reads the program's part of the configuration; what is wrong with it is
// remembered by the reader. The App is made only from a configuration without mistakes.
//
// An App may have `absl::Status Reconfigure(const Config&)`, which takes over what it can while it runs, all of it
// or nothing.
template <typename App>
Application ApplicationOf() {
  using Config = decltype(App::ReadConfig(std::declval<ConfigReader&>()));
  const auto make = [](ConfigReader& reader) -> absl::StatusOr<std::unique_ptr<Runnable>> {
    Config config = App::ReadConfig(reader);
    RETURN_IF_ERROR(reader.Finish());
    return std::make_unique<App>(std::move(config));
  };
  const auto reread = [](ConfigReader& reader,
                         Runnable& runnable) -> absl::StatusOr<std::function<absl::Status()>> {
    Config config = App::ReadConfig(reader);
    RETURN_IF_ERROR(reader.Finish());
    return [config = std::move(config), &runnable] {
      if constexpr (requires(App & app) { app.Reconfigure(config); }) {
        return static_cast<App&>(runnable).Reconfigure(config);
      } else {
        static_cast<void>(runnable);
        return absl::OkStatus();
      }
    };
  };
  return {make, reread};
}

// Reads the file, starts, waits for SIGTERM or SIGINT, shuts down. Meanwhile it follows the file
// (config_follower.h); SIGHUP makes it look at once. SIGUSR1 and SIGUSR2 are ignored with a log line, SIGPIPE without one. Every program tells
// its start and its end in the log in the same words, and a start that fails in one log line per
// mistake.
//
// Returns the process's exit code (platform/config/exit_code.h): kExitConfig for whatever is wrong
// with the configuration, kExitUnavailable when a server can't be reached, kExitSoftware when the
// program has ended itself. ParseCommandLine must have been called.
int Run(const Program& program, const std::string& config_path, const Application& application);

// Parses a command line with --version and --help besides what `flags` has: kGoOn, or the exit code
// to end with. A wrong command line is logged like a failed start.
inline constexpr int kGoOn = -1;
int ParseCommandLine(int argc, char** argv, const Program& program, CLI::App& flags);

// Parses the command line (--config FILE, --version, --help), then Run.
int Main(int argc, char** argv, const Program& program, const Application& application);

template <typename App>
int Main(int argc, char** argv, const Program& program) {
  return Main(argc, argv, program, ApplicationOf<App>());
}

// log.level: debug, info, warn or error.
std::string ReadLogLevel(ConfigReader& reader);

// For a program's other commands: its configuration, read as Run reads it. Errors: ConfigReader's.
template <typename Config>
absl::StatusOr<Config> LoadConfig(const std::string& path, Config (*read)(ConfigReader&)) {
  ASSIGN_OR_RETURN(ConfigReader reader, ConfigReader::Load(path));
  ReadLogLevel(reader);
  Config config = read(reader);
  RETURN_IF_ERROR(reader.Finish());
  return config;
}

// Logs why the program doesn't start, one line per mistake, and returns the exit code.
int RefuseToStart(const absl::Status& why);

}  // namespace waybill::service
