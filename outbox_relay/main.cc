#include <CLI/CLI.hpp>

#include "outbox_relay/commands/commands.h"
#include "platform/config/exit_code.h"
#include "platform/service/main.h"

int main(int argc, char** argv) {
  using waybill::outbox_relay::kProgram;
  CLI::App commands(kProgram.summary, kProgram.name);
  commands.require_subcommand(1);
  int exit_code = waybill::kExitOk;
  waybill::outbox_relay::AddCommands(commands, &exit_code);
  const int parsed = waybill::service::ParseCommandLine(argc, argv, kProgram, commands);
  return parsed == waybill::service::kGoOn ? exit_code : parsed;
}
