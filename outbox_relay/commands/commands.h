// Defines the relay's command line.
#pragma once

#include <CLI/CLI.hpp>

#include "platform/service/main.h"

namespace waybill::outbox_relay {

inline constexpr service::Program kProgram{
    "outbox_relay", "Publishes the rows of PostgreSQL outbox tables to Kafka."};

// Adds `run`, `check`, `status`, `schema`, `parked` and `republish` to `cli`; parsing runs the one
// that was given and sets `exit_code`.
void AddCommands(CLI::App& cli, int* exit_code);

}  // namespace waybill::outbox_relay
