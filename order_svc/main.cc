#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>

#include "order_svc/app.h"
#include "order_svc/config.h"
#include "platform/config/exit_code.h"
#include "platform/log/log.h"
#include "platform/shutdown/signals.h"

int main(int argc, char** argv) {
  waybill::shutdown::BlockSignals();
  CLI::App flags("Takes orders, follows them to their end, and keeps the catalog.");
  std::string path;
  flags.add_option("--config", path, "configuration file (TOML)")->required();
  flags.set_version_flag("--version", WAYBILL_VERSION);
  try {
    flags.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return flags.exit(error) == 0 ? waybill::kExitOk : waybill::kExitConfig;
  }

  const auto config = waybill::order_svc::LoadConfig(path);
  if (!config.ok()) {
    std::cerr << config.status().message() << '\n';
    return waybill::kExitConfig;
  }
  waybill::log::Init("order_svc", config->log_level);
  const std::unique_ptr<waybill::order_svc::App> app = waybill::order_svc::App::Wire(*config);
  if (const absl::Status status = app->Start(); !status.ok()) {
    waybill::log::Error("can't start", {{"error", status.ToString()}});
    return waybill::ExitCodeFor(status);
  }
  waybill::shutdown::Wait();
  app->Shutdown();
  return waybill::kExitOk;
}
