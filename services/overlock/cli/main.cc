#include <string>
#include <vector>

#include "services/overlock/cli/commands.h"
#include "services/overlock/cli/completion.h"

namespace overlock::cli {
namespace {

// `serve` and `version` are not of this tree: main() sees to them. They stand here for help and completion.
void AddForeign(CommandLine& line, const char* name, const char* description, const char* group) {
  line.root().add_subcommand(name, description)->group(group)->allow_extras();
}

}  // namespace

int Main(int argc, char** argv) {
  CommandLine line;
  AddForeign(line, "serve", "Run every service in this process; `overlock serve --helpfull` lists the flags.",
             kServerGroup);
  AddImportCommands(line);
  AddExportCommand(line);
  AddDeploymentCommands(line);
  AddAppCommands(line);
  AddEntityCommands(line);
  AddSecretCommands(line);
  AddLoginCommands(line);
  AddTokenCommands(line);
  AddAuditCommand(line);
  AddUserCommands(line);
  AddCompletionCommands(line);
  AddForeign(line, "help", "Say more about a command: `overlock help webhooks create`.", kOtherGroup);
  AddForeign(line, "version", "Print the version.", kOtherGroup);
  return line.Main(std::vector<std::string>(argv + 1, argv + argc));
}

}  // namespace overlock::cli
