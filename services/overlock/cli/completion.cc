#include "services/overlock/cli/completion.h"

#include <map>
#include <string_view>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/overlock/cli/exit_code.h"
#include "services/overlock/cli/word_walk.h"

namespace overlock::cli {
namespace {

constexpr char kBash[] = R"(# source <(overlock completion bash)
_overlock() {
  local word rest
  COMPREPLY=()
  while IFS=$'\t' read -r word rest; do
    COMPREPLY+=("$word")
  done < <("${COMP_WORDS[0]}" __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _overlock overlock
)";

constexpr char kZsh[] = R"(#compdef overlock
# source <(overlock completion zsh), or as _overlock in a directory of $fpath
_overlock() {
  local -a found
  local word rest
  while IFS=$'\t' read -r word rest; do
    found+=("${word//:/\\:}:$rest")
  done < <("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( ${#found} )); then
    _describe 'overlock' found
  else
    _files
  fi
}
if [ "$funcstack[1]" = "_overlock" ]; then
  _overlock "$@"
else
  compdef _overlock overlock
fi
)";

constexpr char kFish[] = R"(# overlock completion fish | source
function __overlock_complete
  set -l words (commandline -opc) (commandline -ct)
  $words[1] __complete -- $words[2..-1] 2>/dev/null
end
complete -c overlock -a '(__overlock_complete)'
)";

// The values of an option that has a list of them: `TEXT:{merge,replace}` is how the parser describes it.
std::vector<std::string> ValuesOf(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const size_t open = type.find('{');
  const size_t close = type.find('}', open == type.npos ? 0 : open);
  if (open == type.npos || close == type.npos) return {};
  return absl::StrSplit(type.substr(open + 1, close - open - 1), ',');
}

void AddLine(std::string_view word, const std::string& description, std::string_view begin, std::string& lines) {
  if (!absl::StartsWith(word, begin)) return;
  absl::StrAppend(&lines, word, "\t", std::string_view(description).substr(0, description.find('\n')), "\n");
}

void AddOptions(CLI::App* command, std::string_view begin, std::string& lines) {
  for (CLI::App* app : WithParents(command)) {
    for (const CLI::Option* option : app->get_options()) {
      if (!option->nonpositional() || option->get_group().empty()) continue;
      for (const std::string& name : option->get_lnames()) {
        AddLine(absl::StrCat("--", name), option->get_description(), begin, lines);
      }
    }
  }
}

}  // namespace

std::string Completions(CLI::App& root, std::vector<std::string> words) {
  if (!words.empty() && words[0] == "--") words.erase(words.begin());
  if (words.empty()) words.emplace_back();
  std::string begin = words.back();
  words.pop_back();
  // `help` is followed by the words that it is about.
  if (!words.empty() && words[0] == "help") words.erase(words.begin());
  WordWalk walk = Walk(root, words);
  std::string lines;
  if (begin == "=") begin.clear();
  if (walk.awaits_value != nullptr) {
    for (const std::string& value : ValuesOf(*walk.awaits_value)) AddLine(value, "", begin, lines);
    return lines;
  }
  if (absl::StartsWith(begin, "-")) {
    AddOptions(walk.command, begin, lines);
    return lines;
  }
  for (CLI::App* command : walk.command->get_subcommands([](CLI::App*) { return true; })) {
    if (!command->get_group().empty()) AddLine(command->get_name(), command->get_description(), begin, lines);
  }
  return lines;
}

void AddCompletionCommands(CommandLine& line) {
  CLI::App& group = line.AddGroup(line.root(), "completion", "Print the script that completes commands in a shell.");
  group.group(kOtherGroup);
  const std::map<std::string, std::pair<const char*, std::string>> shells = {
      {"bash", {kBash, "source <(overlock completion bash)     # in ~/.bashrc"}},
      {"zsh", {kZsh, "source <(overlock completion zsh)      # in ~/.zshrc, after compinit"}},
      {"fish", {kFish, "overlock completion fish > ~/.config/fish/completions/overlock.fish"}},
  };
  for (const auto& [shell, script] : shells) {
    line.AddCommand(group, shell, absl::StrCat("For ", shell, "."), {script.second},
                    [text = script.first](Run& run) -> absl::StatusOr<int> {
                      run.output().Raw(text);
                      return kExitDone;
                    });
  }
}

}  // namespace overlock::cli
