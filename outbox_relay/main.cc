#include <CLI/CLI.hpp>

#include "outbox_relay/commands/commands.h"
#include "platform/config/exit_code.h"
#include "platform/shutdown/signals.h"

int main(int argc, char** argv) {
  waybill::shutdown::BlockSignals();
  CLI::App cli{"Publishes the rows of PostgreSQL outbox tables to Kafka."};
  cli.set_version_flag("--version", WAYBILL_VERSION);
  cli.require_subcommand(1);
  int exit_code = waybill::kExitOk;
  waybill::outbox_relay::AddCommands(cli, &exit_code);
  CLI11_PARSE(cli, argc, argv);
  return exit_code;
}
