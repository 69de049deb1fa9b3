// Defines the command `outbox_relay republish`.
#pragma once

#include <CLI/CLI.hpp>

namespace waybill::outbox_relay {

void AddRepublishCommand(CLI::App& cli, int* exit_code);

}  // namespace waybill::outbox_relay
