#include "services/executor/supervisor/worker_end.h"

#include <signal.h>

#include "absl/strings/str_cat.h"

namespace overlock::executor {
namespace {

constexpr std::string_view kTimeLimit = "execution time limit exceeded";

std::string MemoryLimit(int64_t memory_bytes_max) {
  return absl::StrCat("memory limit of ", memory_bytes_max >> 20, " MiB exceeded");
}

WorkerEnd JudgeSignal(int signal, bool grown_beyond_limit, int64_t memory_bytes_max) {
  switch (signal) {
    case SIGABRT:
    case SIGTRAP:
    case SIGILL:
    case SIGSEGV:
    case SIGBUS:
      // V8 ends its process so when it cannot allocate (findings, V8 10.2: limits).
      return {"crash", v1::Failure::KIND_MEMORY_LIMIT,
              "the worker ended at a limit of V8: out of memory, or a value too large", true};
    case SIGSYS:
      return {"sandbox", v1::Failure::KIND_WORKER_LOST,
              "the worker was ended because the function did what its sandbox forbids", true};
    case SIGKILL:
      // The kernel's out-of-memory killer sends the same signal as an operator.
      if (grown_beyond_limit) {
        return {"killed", v1::Failure::KIND_MEMORY_LIMIT, MemoryLimit(memory_bytes_max), true};
      }
      return {"killed", v1::Failure::KIND_WORKER_LOST, "the worker was killed while the function ran", false};
    default:
      return {"killed", v1::Failure::KIND_WORKER_LOST, "the worker was ended while the function ran", false};
  }
}

}  // namespace

WorkerEnd JudgeEnd(Doom doom, WorkerExit exit, bool grown_beyond_limit, int64_t memory_bytes_max) {
  switch (doom) {
    case Doom::kCpuTime:
      return {"cpu_time_limit", v1::Failure::KIND_CPU_TIME_LIMIT, std::string(kTimeLimit), true};
    case Doom::kRunTime:
      return {"run_time_limit", v1::Failure::KIND_RUN_TIME_LIMIT, std::string(kTimeLimit), true};
    case Doom::kMemory:
      return {"memory_limit", v1::Failure::KIND_MEMORY_LIMIT, MemoryLimit(memory_bytes_max), true};
    case Doom::kCrash:
      return JudgeSignal(SIGABRT, grown_beyond_limit, memory_bytes_max);
    case Doom::kSilent:
      return {"silent", v1::Failure::KIND_WORKER_LOST, "the worker did not respond", false};
    case Doom::kProtocol:
      return {"protocol", v1::Failure::KIND_WORKER_LOST, "the worker broke its protocol", false};
    case Doom::kStart:
      return {"start", v1::Failure::KIND_WORKER_LOST, "the worker did not start", false};
    case Doom::kIdle:
      return {"idle", v1::Failure::KIND_WORKER_LOST, "the worker was ended", false};
    case Doom::kNone:
      break;
  }
  if (exit.signal == SIGKILL && exit.out_of_memory) grown_beyond_limit = true;
  if (exit.signal != 0) return JudgeSignal(exit.signal, grown_beyond_limit, memory_bytes_max);
  return {"exit", v1::Failure::KIND_WORKER_LOST, absl::StrCat("the worker ended by itself with code ", exit.code),
          false};
}

v1::Failure RunTimeFailure() {
  v1::Failure failure;
  failure.set_kind(v1::Failure::KIND_RUN_TIME_LIMIT);
  failure.set_message(std::string(kTimeLimit));
  return failure;
}

v1::Failure LostFailure() {
  v1::Failure failure;
  failure.set_kind(v1::Failure::KIND_WORKER_LOST);
  failure.set_message("another function ended the worker in which this one was waiting");
  return failure;
}

}  // namespace overlock::executor
