// Defines the commands `outbox_relay parked list|show|release|discard`.
#pragma once

#include <CLI/CLI.hpp>

namespace waybill::outbox_relay {

void AddParkedCommands(CLI::App& cli, int* exit_code);

}  // namespace waybill::outbox_relay
