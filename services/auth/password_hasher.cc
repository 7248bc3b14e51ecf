#include "services/auth/password_hasher.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"

namespace overlock::auth {
namespace {

// Hashes take whole milliseconds of a processor: when there are too few, everything else of this process goes first.
void StepBack() {
  constexpr int kNiceness = 10;
  thread_local const bool kDone = [] {
    auto thread = static_cast<id_t>(syscall(SYS_gettid));
    // Where this is not allowed nothing is lost but fairness.
    return setpriority(PRIO_PROCESS, thread, kNiceness) == 0;
  }();
  (void)kDone;
}

}  // namespace

PasswordHasher::PasswordHasher(const Options& options)
    : parameters_(options.parameters),
      nobodys_hash_(crypto::NobodysPasswordHash(options.parameters)),
      pool_(options.threads, options.queue_items_max) {}

Task<absl::StatusOr<std::string>> PasswordHasher::Hash(std::string password) {
  if (password.size() < kPasswordBytesMin || password.size() > kPasswordBytesMax) {
    co_return Error(absl::StatusCode::kInvalidArgument, "BAD_PASSWORD",
                    absl::StrCat("password: must have ", kPasswordBytesMin, " to ", kPasswordBytesMax, " bytes"));
  }
  auto work = [parameters = parameters_, password = std::move(password)] {
    StepBack();
    return crypto::HashPassword(password, parameters);
  };
  co_return co_await pool_.Run(std::move(work));
}

Task<absl::StatusOr<PasswordHasher::Verdict>> PasswordHasher::Check(std::string hash, std::string password) {
  bool nobodys = hash.empty();
  if (nobodys) hash = nobodys_hash_;
  auto work = [this, nobodys, hash = std::move(hash), password = std::move(password)]() -> absl::StatusOr<Verdict> {
    StepBack();
    OVERLOCK_ASSIGN_OR_RETURN(bool right, crypto::VerifyPassword(password, hash));
    Verdict verdict;
    verdict.right = right && !nobodys;
    if (!verdict.right || crypto::HasParameters(hash, parameters_)) return verdict;
    OVERLOCK_ASSIGN_OR_RETURN(verdict.upgraded_hash, crypto::HashPassword(password, parameters_));
    return verdict;
  };
  co_return co_await pool_.Run(std::move(work));
}

}  // namespace overlock::auth
