#include <iostream>
#include <memory>
#include <string>

#include "tools/orderctl/commands.h"

namespace waybill::orderctl {
namespace {

// Prints one branch of the script's `case`, with the words that may follow the command `path`, and
// then the branches of its subcommands.
void PrintArms(const CLI::App& command, const CLI::App& root, const std::string& path) {
  std::string words;
  for (const CLI::App* sub : command.get_subcommands({})) words += sub->get_name() + " ";
  for (const CLI::App* options : {&command, &root}) {
    for (const CLI::Option* option : options->get_options()) {
      for (const std::string& name : option->get_lnames()) words += "--" + name + " ";
    }
    if (&command == &root) break;
  }
  std::cout << "    \"" << path << "\") words=\"" << words << "\" ;;\n";
  for (const CLI::App* sub : command.get_subcommands({})) {
    PrintArms(*sub, root, path.empty() ? sub->get_name() : path + " " + sub->get_name());
  }
}

void PrintSubcommandPaths(const CLI::App& command, const std::string& path) {
  for (const CLI::App* sub : command.get_subcommands({})) {
    const std::string below = path.empty() ? sub->get_name() : path + " " + sub->get_name();
    std::cout << " | \"" << below << "\"";
    PrintSubcommandPaths(*sub, below);
  }
}

int Print(const CLI::App& app, bool zsh) {
  if (zsh) std::cout << "autoload -U +X bashcompinit && bashcompinit\n";
  // Words that name a command or subcommand form the path; all other words are arguments.
  std::cout << "_orderctl() {\n"
               "  local path='' words i next\n"
               "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
               "    next=\"${path:+$path }${COMP_WORDS[i]}\"\n"
               "    case \"$next\" in \"\"";
  PrintSubcommandPaths(app, "");
  std::cout << ") path=$next ;; esac\n"
               "  done\n"
               "  case \"$path\" in\n";
  PrintArms(app, app, "");
  std::cout << "  esac\n"
               "  COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
               "}\n"
               "complete -F _orderctl orderctl\n";
  return kDone;
}

}  // namespace

void AddCompletionCommand(CLI::App& app, Session& session) {
  CLI::App* completion = app.add_subcommand(
      "completion", "Print a shell script that completes orderctl's commands and options");
  completion->require_subcommand(1);
  completion->footer(R"(Examples:
  source <(orderctl completion bash)
  source <(orderctl completion zsh))");
  for (const bool zsh : {false, true}) {
    completion->add_subcommand(zsh ? "zsh" : "bash", zsh ? "For zsh" : "For bash")
        ->callback(
            [&app, &session, zsh] { session.command = [&app, zsh] { return Print(app, zsh); }; });
  }
}

}  // namespace waybill::orderctl
