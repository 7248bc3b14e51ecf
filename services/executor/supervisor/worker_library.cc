#include "services/executor/supervisor/worker_library.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "common/status/status_macros.h"

namespace overlock::executor {
namespace {

// services/executor/worker/thread_main.cc
constexpr char kMainName[] = "overlock_worker_main";
constexpr char kEnginesName[] = "overlock_make_document_engines";

void EndAtOnce(int code, void*) {
  std::fflush(nullptr);
  _exit(code);
}

absl::Status Unusable() {
  return Error(absl::StatusCode::kFailedPrecondition, "WORKER_LIBRARY_UNUSABLE",
               absl::StrCat("executor_worker_library: ", dlerror()));
}

absl::StatusOr<void*> LoadSymbol(const std::string& path, const char* name) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return Unusable();
  void* symbol = dlsym(library, name);
  if (symbol == nullptr) return Unusable();
  // Handlers run in the reverse order of their registration, so before the destructors that were registered until now.
  on_exit(EndAtOnce, nullptr);
  return symbol;
}

}  // namespace

absl::Status CheckWorkerLibrary(const std::string& path) {
  if (access(path.c_str(), R_OK) == 0) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "WORKER_LIBRARY_UNUSABLE",
               absl::StrCat("executor_worker_library: ", path, ": ", std::strerror(errno)));
}

absl::StatusOr<WorkerMain> LoadWorkerLibrary(const std::string& path) {
  OVERLOCK_ASSIGN_OR_RETURN(void* main, LoadSymbol(path, kMainName));
  return reinterpret_cast<WorkerMain>(main);
}

absl::StatusOr<DocumentEnginesFactory> LoadDocumentEngines(const std::string& path) {
  OVERLOCK_ASSIGN_OR_RETURN(void* factory, LoadSymbol(path, kEnginesName));
  return reinterpret_cast<DocumentEnginesFactory>(factory);
}

}  // namespace overlock::executor
