#include <CLI/CLI.hpp>
#include <iostream>
#include <string>

#include "platform/config/exit_code.h"
#include "platform/log/log.h"
#include "platform/shutdown/signals.h"
#include "tools/payment_sandbox/app.h"

int main(int argc, char** argv) {
  waybill::shutdown::BlockSignals();
  CLI::App flags{
      "A payment provider to develop and test against: part of Stripe's PaymentIntents API with a "
      "ledger of its own."};
  std::string path;
  flags.add_option("--config", path, "The configuration, a TOML file")->required();
  flags.set_version_flag("--version", WAYBILL_VERSION);
  try {
    flags.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return flags.exit(error) == 0 ? waybill::kExitOk : waybill::kExitConfig;
  }

  absl::StatusOr<waybill::payment_sandbox::Config> config =
      waybill::payment_sandbox::LoadConfig(path);
  if (!config.ok()) {
    std::cerr << config.status().message() << '\n';
    return waybill::ExitCodeFor(config.status());
  }
  if (!waybill::log::Init("payment_sandbox", config->log_level)) {
    std::cerr << path << ": log.level: is not debug, info, warn or error\n";
    return waybill::kExitConfig;
  }
  waybill::payment_sandbox::App app(*std::move(config));
  app.Wire();
  if (absl::Status status = app.Start(); !status.ok()) {
    waybill::log::Error("can't start", {{"error", status.ToString()}});
    return waybill::ExitCodeFor(status);
  }
  waybill::shutdown::Wait();
  app.Shutdown();
  return waybill::kExitOk;
}
