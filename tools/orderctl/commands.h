// The commands of orderctl, by group. Each function adds its commands to the command line; the one
// that is named puts itself into session.command.
#pragma once

#include <CLI/CLI.hpp>

#include "tools/orderctl/session.h"

namespace waybill::orderctl {

// place, get, list, watch, cancel
void AddOrderCommands(CLI::App& app, Session& session);
// product list, product set
void AddProductCommands(CLI::App& app, Session& session);
// stock get, stock set
void AddStockCommands(CLI::App& app, Session& session);
// timeline
void AddTimelineCommand(CLI::App& app, Session& session);
// parked list, show, replay, discard
void AddParkedCommands(CLI::App& app, Session& session);
// verify
void AddVerifyCommand(CLI::App& app, Session& session);
// completion bash, completion zsh: after all others, which it completes
void AddCompletionCommand(CLI::App& app, Session& session);

}  // namespace waybill::orderctl
