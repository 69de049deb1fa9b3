// The commands of orderctl, by group. Each function adds its group to the command line; the command
// that the user names stores itself in session.command.
#pragma once

#include <CLI/CLI.hpp>

#include "tools/orderctl/session.h"

namespace waybill::orderctl {

// place, get, list, watch, cancel, refund
void AddOrderCommands(CLI::App& app, Session& session);
// product list, product set
void AddProductCommands(CLI::App& app, Session& session);
// stock get, stock set, ship
void AddStockCommands(CLI::App& app, Session& session);
// timeline
void AddTimelineCommand(CLI::App& app, Session& session);
// parked list, show, replay, discard
void AddParkedCommands(CLI::App& app, Session& session);
// rewind
void AddRewindCommand(CLI::App& app, Session& session);
// audit
void AddAuditCommand(CLI::App& app, Session& session);
// key create, list, rotate, revoke
void AddKeyCommands(CLI::App& app, Session& session);
// verify
void AddVerifyCommand(CLI::App& app, Session& session);
// completion bash, completion zsh. Must be added last, because it completes all commands before it.
void AddCompletionCommand(CLI::App& app, Session& session);

}  // namespace waybill::orderctl
