#include "services/overlock/cli/word_walk.h"

namespace overlock::cli {
namespace {

CLI::Option* FindOption(CLI::App* command, const std::string& word) {
  for (CLI::App* app : WithParents(command)) {
    for (CLI::Option* option : app->get_options([](const CLI::Option* each) { return each->nonpositional(); })) {
      if (option->check_name(word)) return option;
    }
  }
  return nullptr;
}

CLI::App* FindCommand(CLI::App* parent, const std::string& word) {
  for (CLI::App* command : parent->get_subcommands([](CLI::App*) { return true; })) {
    if (command->check_name(word)) return command;
  }
  return nullptr;
}

}  // namespace

std::vector<CLI::App*> WithParents(CLI::App* command) {
  std::vector<CLI::App*> apps;
  for (; command != nullptr; command = command->get_parent()) apps.push_back(command);
  return apps;
}

std::vector<std::string> CommandNames(CLI::App& command) {
  std::vector<std::string> names;
  for (CLI::App* below : command.get_subcommands([](CLI::App*) { return true; })) {
    if (!below->get_group().empty()) names.push_back(below->get_name());
  }
  return names;
}

WordWalk Walk(CLI::App& root, const std::vector<std::string>& words) {
  WordWalk walk{&root, nullptr, "", root.get_name()};
  for (const std::string& word : words) {
    if (walk.awaits_value != nullptr) {
      // Bash parts `--option=value` into three words.
      if (word != "=") walk.awaits_value = nullptr;
      continue;
    }
    if (word.size() > 1 && word[0] == '-') {
      CLI::Option* option = word.find('=') == word.npos ? FindOption(walk.command, word) : nullptr;
      if (option != nullptr && option->get_items_expected_max() > 0) walk.awaits_value = option;
      continue;
    }
    if (CLI::App* command = FindCommand(walk.command, word)) {
      walk.command = command;
      walk.path += " " + command->get_name();
    } else if (walk.unknown.empty() && walk.command->get_require_subcommand_min() > 0) {
      walk.unknown = word;
    }
  }
  return walk;
}

}  // namespace overlock::cli
