// Defines the relay's command line.
#pragma once

#include <CLI/CLI.hpp>

namespace waybill::outbox_relay {

// Adds `run`, `check`, `status`, `schema` and `parked` to `cli`; parsing runs the one that was
// given and sets `exit_code`. Needs shutdown::BlockSignals to have been called.
void AddCommands(CLI::App& cli, int* exit_code);

}  // namespace waybill::outbox_relay
