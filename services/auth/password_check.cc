#include "services/auth/password_check.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/async/suspend.h"
#include "common/status/status.h"

namespace overlock::auth {

PasswordCheck::PasswordCheck(PasswordHasher& hasher, const Clock& clock, CacheCounters counters)
    : hasher_(hasher), limiter_(clock), cache_(clock, counters) {}

Task<absl::StatusOr<PasswordCheck::Verdict>> PasswordCheck::Check(LoginLimiter::Guess guess, std::string hash,
                                                                  std::string password) {
  Verdict verdict;
  if (!limiter_.MayTry(guess)) {
    verdict.outcome = Outcome::kLimited;
    co_return verdict;
  }
  const std::string tag = cache_.TagOf(hash, password);
  if (!hash.empty() && cache_.Contains(tag)) {
    verdict.outcome = Outcome::kRight;
    co_return verdict;
  }
  bool joins = false;
  {
    std::lock_guard lock(mutex_);
    // Nobodys' hashes are all the same, so they would join each other's.
    joins = !hash.empty() && under_way_.contains(tag);
    if (!joins && limiter_.Begin(guess)) {
      if (!hash.empty()) under_way_.emplace(tag, Waiters());
    } else if (!joins) {
      verdict.outcome = Outcome::kLimited;
    }
  }
  if (verdict.outcome == Outcome::kLimited) co_return verdict;
  if (joins) {
    OVERLOCK_CO_ASSIGN_OR_RETURN(PasswordHasher::Verdict joined, co_await Join(tag));
    verdict.outcome = joined.right ? Outcome::kRight : Outcome::kWrong;
    co_return verdict;
  }
  const bool nobodys = hash.empty();
  Answer answer = co_await hasher_.Check(std::move(hash), std::move(password));
  if (answer.ok() && answer->right) {
    cache_.Insert(tag);
    limiter_.Succeeded(guess);
  } else if (!answer.ok()) {
    limiter_.Abandoned(guess);
  }
  if (!nobodys) Resume(tag, answer);
  if (!answer.ok()) co_return answer.status();
  verdict.outcome = answer->right ? Outcome::kRight : Outcome::kWrong;
  verdict.hashed = true;
  verdict.upgraded_hash = std::move(answer->upgraded_hash);
  co_return verdict;
}

Task<PasswordCheck::Answer> PasswordCheck::Join(std::string tag) {
  auto start = [this, tag](auto resume) {
    auto shared = std::make_shared<decltype(resume)>(std::move(resume));
    {
      std::lock_guard lock(mutex_);
      auto it = under_way_.find(tag);
      if (it != under_way_.end()) {
        it->second.push_back([shared](Answer answer) { (*shared)(std::move(answer)); });
        return;
      }
    }
    // It has ended between the look and now.
    PasswordHasher::Verdict verdict;
    verdict.right = cache_.Contains(tag);
    (*shared)(Answer(verdict));
  };
  co_return co_await Suspend<Answer>(std::move(start));
}

void PasswordCheck::Resume(const std::string& tag, const Answer& answer) {
  Waiters waiters;
  {
    std::lock_guard lock(mutex_);
    auto it = under_way_.find(tag);
    if (it == under_way_.end()) return;
    waiters = std::move(it->second);
    under_way_.erase(it);
  }
  for (auto& waiter : waiters) waiter(answer);
}

}  // namespace overlock::auth
