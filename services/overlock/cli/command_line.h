// The tree of commands.
#ifndef OVERLOCK_SERVICES_OVERLOCK_CLI_COMMAND_LINE_H_
#define OVERLOCK_SERVICES_OVERLOCK_CLI_COMMAND_LINE_H_

#include <CLI/CLI.hpp>

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/overlock/cli/run.h"

namespace overlock::cli {

// What a command does; returns its exit code. A status becomes a message and the exit code for it.
using Action = std::function<absl::StatusOr<int>(Run&)>;

// Groups of `overlock help`.
inline constexpr char kServerGroup[] = "Server";
inline constexpr char kDeployGroup[] = "Import, export, deploy";
inline constexpr char kPartsGroup[] = "Parts of an application";
inline constexpr char kAccessGroup[] = "Access";
inline constexpr char kOtherGroup[] = "More";

class CommandLine {
 public:
  // With the options of every command and no command.
  CommandLine();

  CLI::App& root() { return root_; }

  // A word under which there are commands, e.g. `webhooks`.
  CLI::App& AddGroup(CLI::App& parent, const std::string& name, const std::string& description);
  // A command. `examples` are lines such as `overlock apps list`, which its help shows.
  CLI::App& AddCommand(CLI::App& parent, const std::string& name, const std::string& description,
                       const std::vector<std::string>& examples, Action action);

  // Reads the words after `overlock`, runs what they say, and returns the exit code.
  int Main(std::vector<std::string> words);

 private:
  int ParseFailed(const CLI::ParseError& error, const std::vector<std::string>& words);
  int Help(std::vector<std::string> words);

  CLI::App root_;
  Globals globals_;
  Action chosen_;
};

// `--app`, for commands that need one application.
void AddAppOption(CLI::App& command, std::string& app_id);

// `--check`, `--draft` and `--note`, for commands that change one.
void AddWriteOptions(CLI::App& command, config::v1::WriteOptions& options);

// `, revision 12`, `, in the draft`, ...: what a write came to.
std::string Describe(const config::v1::WriteOptions& options, const config::v1::Written& written);

}  // namespace overlock::cli

#endif  // OVERLOCK_SERVICES_OVERLOCK_CLI_COMMAND_LINE_H_
