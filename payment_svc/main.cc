#include <CLI/CLI.hpp>
#include <iostream>
#include <string>

#include "payment_svc/app.h"
#include "platform/config/exit_code.h"
#include "platform/log/log.h"
#include "platform/shutdown/signals.h"

int main(int argc, char** argv) {
  waybill::shutdown::BlockSignals();
  CLI::App flags{"Holds, takes and gives back the money of orders."};
  std::string path;
  flags.add_option("--config", path, "The configuration, a TOML file")->required();
  flags.set_version_flag("--version", WAYBILL_VERSION);
  try {
    flags.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return flags.exit(error) == 0 ? waybill::kExitOk : waybill::kExitConfig;
  }

  absl::StatusOr<waybill::payment_svc::Config> config = waybill::payment_svc::LoadConfig(path);
  if (!config.ok()) {
    std::cerr << config.status().message() << '\n';
    return waybill::ExitCodeFor(config.status());
  }
  if (!waybill::log::Init("payment_svc", config->log_level)) {
    std::cerr << path << ": log.level: is not debug, info, warn or error\n";
    return waybill::kExitConfig;
  }
  waybill::payment_svc::App app(*std::move(config));
  absl::Status status = app.Wire();
  if (status.ok()) status = app.Start();
  if (!status.ok()) {
    waybill::log::Error("can't start", {{"error", status.ToString()}});
    return waybill::ExitCodeFor(status);
  }
  waybill::shutdown::Wait();
  app.Shutdown();
  return waybill::kExitOk;
}
