// `overlock import`: an application into a running server.
#ifndef OVERLOCK_SERVICES_OVERLOCK_IMPORT_COMMAND_H_
#define OVERLOCK_SERVICES_OVERLOCK_IMPORT_COMMAND_H_

namespace overlock {

// Reads the application around a directory and sends it to the config service. `argv[0]` is `import`. Returns the
// exit code: 0 if it was imported (or, with --check, could be), 1 if its files have errors, 2 if nothing could be
// asked: a wrong option, no application, no server.
int ImportCommand(int argc, char** argv);

}  // namespace overlock

#endif  // OVERLOCK_SERVICES_OVERLOCK_IMPORT_COMMAND_H_
