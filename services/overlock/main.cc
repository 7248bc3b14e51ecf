// The binary that people install: `overlock serve`, and the command line for a running server.
#include <cstdio>
#include <string_view>

#include "services/overlock/cli/commands.h"
#include "services/overlock/serve.h"

int main(int argc, char** argv) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  // The command's own name takes the place of the binary's in its messages.
  if (command == "serve") return overlock::Serve(argc - 1, argv + 1);
  if (command == "version" || command == "--version") {
    std::printf("overlock %s\n", OVERLOCK_VERSION);
    return 0;
  }
  return overlock::cli::Main(argc, argv);
}
