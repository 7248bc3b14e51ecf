// `overlock function run` and `overlock webhook run`: a function called from a terminal.
#ifndef OVERLOCK_SERVICES_OVERLOCK_RUN_COMMAND_H_
#define OVERLOCK_SERVICES_OVERLOCK_RUN_COMMAND_H_

namespace overlock {

// Each calls a function of an application with the given arguments and prints what the Stitch editor's console printed
// (spec section 14). Returns the exit code: 0 if the function came to its end, 1 if it did not, 2 if it could not be
// asked. `argv[0]` is the command's name, "run" follows.
int FunctionCommand(int argc, char** argv);
int WebhookCommand(int argc, char** argv);

}  // namespace overlock

#endif  // OVERLOCK_SERVICES_OVERLOCK_RUN_COMMAND_H_
