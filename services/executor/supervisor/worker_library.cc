#include "services/executor/supervisor/worker_library.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"

namespace overlock::executor {
namespace {

// services/executor/worker/thread_main.cc
constexpr char kMainName[] = "overlock_worker_main";

void EndAtOnce(int code, void*) {
  std::fflush(nullptr);
  _exit(code);
}

absl::Status Unusable() {
  return Error(absl::StatusCode::kFailedPrecondition, "WORKER_LIBRARY_UNUSABLE",
               absl::StrCat("executor_worker_library: ", dlerror()));
}

}  // namespace

absl::StatusOr<WorkerMain> LoadWorkerLibrary(const std::string& path) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return Unusable();
  auto main = reinterpret_cast<WorkerMain>(dlsym(library, kMainName));
  if (main == nullptr) return Unusable();
  // Handlers run in the reverse order of their registration, so before the destructors that were registered until now.
  on_exit(EndAtOnce, nullptr);
  return main;
}

}  // namespace overlock::executor
