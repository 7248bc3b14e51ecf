// Following words of a command line through the tree of commands.
#ifndef OVERLOCK_SERVICES_OVERLOCK_CLI_WORD_WALK_H_
#define OVERLOCK_SERVICES_OVERLOCK_CLI_WORD_WALK_H_

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace overlock::cli {

struct WordWalk {
  // How far the words name commands.
  CLI::App* command;
  // The option whose value the next word is; null if it is none.
  CLI::Option* awaits_value = nullptr;
  // The first word that is neither an option nor a command where only a command can stand; empty if there is none.
  std::string unknown;
  // `overlock webhooks create`.
  std::string path;
};

WordWalk Walk(CLI::App& root, const std::vector<std::string>& words);

// The command itself and those above it.
std::vector<CLI::App*> WithParents(CLI::App* command);
// Names of what can stand below `command`, aliases left out.
std::vector<std::string> CommandNames(CLI::App& command);

}  // namespace overlock::cli

#endif  // OVERLOCK_SERVICES_OVERLOCK_CLI_WORD_WALK_H_
