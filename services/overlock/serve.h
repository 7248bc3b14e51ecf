// `overlock serve`: every service in one process.
#ifndef OVERLOCK_SERVICES_OVERLOCK_SERVE_H_
#define OVERLOCK_SERVICES_OVERLOCK_SERVE_H_

namespace overlock {

// Runs until SIGTERM or SIGINT. `argv[0]` is followed by flags. Returns the exit code.
int Serve(int argc, char** argv);

}  // namespace overlock

#endif  // OVERLOCK_SERVICES_OVERLOCK_SERVE_H_
