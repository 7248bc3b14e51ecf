// Completion in shells.
#ifndef OVERLOCK_SERVICES_OVERLOCK_CLI_COMPLETION_H_
#define OVERLOCK_SERVICES_OVERLOCK_CLI_COMPLETION_H_

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

#include "services/overlock/cli/command_line.h"

namespace overlock::cli {

// What the last of the words (after an optional `--`) could become: a line each, the word, a tab, what it is. Nothing
// where a file or a name of the user's own is expected.
std::string Completions(CLI::App& root, std::vector<std::string> words);

// `overlock completion SHELL`: the script that asks for them.
void AddCompletionCommands(CommandLine& line);

}  // namespace overlock::cli

#endif  // OVERLOCK_SERVICES_OVERLOCK_CLI_COMPLETION_H_
