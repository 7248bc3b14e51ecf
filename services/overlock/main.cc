// The binary that people install: `overlock serve`, and the command line for a running server.
#include <cstdio>
#include <cstring>
#include <string_view>

#include "services/overlock/import_command.h"
#include "services/overlock/run_command.h"
#include "services/overlock/serve.h"

namespace {

constexpr char kUsage[] =
    R"(Overlock runs applications exported from MongoDB Stitch: webhooks in, JavaScript in V8, answers out.

  overlock serve [--app DIR] [--edge_listen HOST:PORT] [--data_dir DIR]   every service in this process
  overlock import [DIR] [--config_target HOST:PORT] [--check]             import an application into a running server
  overlock function run NAME [--args EJSON...] [--user ID]                call a function, here or on a running server
  overlock webhook run SERVICE/WEBHOOK [--args EJSON...]                  call a webhook's function as the editor did
  overlock version                                                       the version
  overlock help                                                          this text

`overlock serve --helpfull` lists every flag, `overlock import --help` a command's options.
)";

}  // namespace

int main(int argc, char** argv) {
  std::string_view command = argc > 1 ? argv[1] : "help";
  // The command's own name takes the place of the binary's in its messages.
  char** arguments = argv + 1;
  if (command == "serve") return overlock::Serve(argc - 1, arguments);
  if (command == "import") return overlock::ImportCommand(argc - 1, arguments);
  if (command == "function") return overlock::FunctionCommand(argc - 1, arguments);
  if (command == "webhook") return overlock::WebhookCommand(argc - 1, arguments);
  if (command == "version" || command == "--version") {
    std::printf("overlock %s\n", OVERLOCK_VERSION);
    return 0;
  }
  if (command == "help" || command == "--help" || command == "-h") {
    std::fputs(kUsage, stdout);
    return argc > 1 ? 0 : 2;
  }
  std::fprintf(stderr, "overlock: there is no command '%s'\n\n%s", argv[1], kUsage);
  return 2;
}
