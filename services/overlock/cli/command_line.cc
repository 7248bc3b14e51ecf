#include "services/overlock/cli/command_line.h"

#include <algorithm>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "services/overlock/cli/completion.h"
#include "services/overlock/cli/ejson_arguments.h"
#include "services/overlock/cli/exit_code.h"
#include "services/overlock/cli/text.h"
#include "services/overlock/cli/word_walk.h"

namespace overlock::cli {
namespace {

constexpr size_t kColumn = 34;
constexpr char kRootDescription[] =
    "Overlock runs applications exported from MongoDB Stitch: webhooks in, JavaScript in V8, answers out.";
constexpr char kRootFooter[] = R"(Begin:
  overlock serve --app path/to/app          serve an exported application on this machine
  overlock login                            keep the admin token of a server
  overlock import path/to/app               bring an application to a server
  overlock webhooks list                    see what it answers to
  overlock help webhooks create             learn about a command

Exit codes: 0 done, 1 refused, 2 wrong usage, 3 the server cannot be reached, 4 not allowed.)";

std::string FooterOf(const std::vector<std::string>& examples) {
  std::string footer;
  if (!examples.empty()) absl::StrAppend(&footer, examples.size() == 1 ? "Example:\n" : "Examples:\n");
  for (const std::string& example : examples) absl::StrAppend(&footer, "  ", example, "\n");
  return absl::StrCat(footer, examples.empty() ? "" : "\n",
                      "Options of every command, such as --json and --config_target: `overlock help`.");
}

// gRPC itself says that nobody is there; whoever has a reason is.
std::string RemarkOn(const absl::Status& status, const Run& run) {
  const bool unreachable = status.code() == absl::StatusCode::kUnavailable && ReasonOf(status).empty();
  return unreachable ? absl::StrCat(" (is ", run.asked(), "?)") : "";
}

}  // namespace

CommandLine::CommandLine() : root_(kRootDescription, "overlock") {
  root_.get_formatter()->column_width(kColumn);
  root_.require_subcommand(1);
  root_.fallthrough();
  root_.footer(kRootFooter);
  root_.set_help_flag("-h,--help", "Say what can stand here.");
  const char* group = "Output (every command)";
  root_.add_flag("--json", globals_.json, "Answer in JSON, for programs; errors too.")->group(group);
  root_.add_flag("-y,--yes", globals_.yes, "Do not ask whether it is meant.")->group(group);
  AddConnectionOptions(root_, globals_.connection);
}

CLI::App& CommandLine::AddGroup(CLI::App& parent, const std::string& name, const std::string& description) {
  CLI::App* group = parent.add_subcommand(name, description);
  group->require_subcommand(1);
  group->footer("More on each: `overlock help ... COMMAND`, or its --help.");
  return *group;
}

CLI::App& CommandLine::AddCommand(CLI::App& parent, const std::string& name, const std::string& description,
                                  const std::vector<std::string>& examples, Action action) {
  CLI::App* command = parent.add_subcommand(name, description);
  command->footer(FooterOf(examples));
  command->callback([this, action = std::move(action)] { chosen_ = action; });
  return *command;
}

int CommandLine::Help(std::vector<std::string> words) {
  WordWalk walk = Walk(root_, words);
  if (!walk.unknown.empty()) return ParseFailed(CLI::ExtrasError("overlock", words), words);
  std::string above = walk.path.substr(0, walk.path.rfind(' '));
  std::cout << walk.command->help(walk.command == &root_ ? "" : above);
  return kExitDone;
}

int CommandLine::ParseFailed(const CLI::ParseError& error, const std::vector<std::string>& words) {
  WordWalk walk = Walk(root_, words);
  std::string message = error.what();
  if (!walk.unknown.empty()) {
    message = absl::StrCat("there is no command '", Printable(walk.unknown), "'");
    std::string meant = Resembling(walk.unknown, CommandNames(*walk.command));
    if (!meant.empty()) absl::StrAppend(&message, "; did you mean '", meant, "'?");
  } else if (walk.command->get_require_subcommand_min() > 0) {
    std::cerr << walk.command->help(walk.command == &root_ ? "" : walk.path.substr(0, walk.path.rfind(' ')));
    return kExitUsage;
  }
  // The parser has not come to the flags yet.
  const bool json = std::find(words.begin(), words.end(), "--json") != words.end();
  Output output(json);
  output.Error(walk.path, UsageError(message), "");
  if (!json) output.Note(absl::StrCat("  `", walk.path, " --help` says what is allowed"));
  return kExitUsage;
}

int CommandLine::Main(std::vector<std::string> words) {
  if (!words.empty() && words[0] == "__complete") {
    std::cout << Completions(root_, {words.begin() + 1, words.end()});
    return kExitDone;
  }
  if (words.empty()) {
    Help({});
    return kExitUsage;
  }
  if (words[0] == "help") return Help({words.begin() + 1, words.end()});
  std::vector<std::string> marked = words;
  MarkArguments(marked);
  try {
    // The parser takes them from the end.
    root_.parse(std::vector<std::string>(marked.rbegin(), marked.rend()));
  } catch (const CLI::CallForHelp&) {
    return Help(words);
  } catch (const CLI::ParseError& error) {
    return ParseFailed(error, words);
  }
  Run run(globals_);
  absl::StatusOr<int> code = chosen_(run);
  if (code.ok()) return *code;
  run.output().Error(Walk(root_, words).path, code.status(), RemarkOn(code.status(), run));
  return ExitCodeFor(code.status());
}

void AddAppOption(CLI::App& command, std::string& app_id) {
  command.add_option("--app", app_id, "The application's id; not needed where there is one only.");
}

void AddWriteOptions(CLI::App& command, config::v1::WriteOptions& options) {
  command.add_flag_callback(
      "--check", [&options] { options.set_validate_only(true); }, "Only say whether it could be done; change nothing.");
  command.add_flag_callback(
      "--draft", [&options] { options.set_to_draft(true); }, "Change the draft instead of what is in force.");
  command.add_option_function<std::string>(
      "--note", [&options](const std::string& note) { options.set_note(note); }, "Why, for the history.");
}

std::string Describe(const config::v1::WriteOptions& options, const config::v1::Written& written) {
  if (options.validate_only()) return "no errors; nothing was changed";
  if (written.unchanged()) return "nothing to do, it is like that already";
  if (options.to_draft()) return "done, in the draft";
  return absl::StrCat("done, revision ", written.revision());
}

}  // namespace overlock::cli
