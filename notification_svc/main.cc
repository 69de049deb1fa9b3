#include <CLI/CLI.hpp>
#include <string>

#include "notification_svc/app.h"
#include "notification_svc/config.h"
#include "platform/config/exit_code.h"
#include "platform/log/log.h"
#include "platform/shutdown/signals.h"

namespace {

int Fail(const char* what, const absl::Status& status) {
  waybill::log::Error(what, {{"error", std::string(status.message())}});
  return waybill::ExitCodeFor(status);
}

}  // namespace

int main(int argc, char** argv) {
  waybill::shutdown::BlockSignals();
  waybill::log::Init("notification_svc", "info");
  CLI::App flags("Tells buyers by mail how their orders ended.");
  std::string path;
  flags.add_option("--config", path, "configuration file (TOML)")->required();
  flags.set_version_flag("--version", WAYBILL_VERSION);
  CLI11_PARSE(flags, argc, argv);

  const auto config = waybill::notification_svc::LoadConfig(path);
  if (!config.ok()) return Fail("bad configuration", config.status());
  waybill::log::Init("notification_svc", config->log_level);

  const auto app = waybill::notification_svc::App::Wire(*config);
  if (!app.ok()) return Fail("can't start", app.status());
  if (const absl::Status status = (*app)->Start(); !status.ok()) return Fail("can't start", status);
  waybill::shutdown::Wait();
  (*app)->Shutdown();
  return waybill::kExitOk;
}
