#include "services/auth/login_limiter.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/async/block_on.h"
#include "common/testing/fake_clock.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "services/auth/password_check.h"
#include "services/auth/proof_cache.h"

namespace overlock::auth {
namespace {

constexpr crypto::PasswordHashParameters kCheap{.memory_kib = 64, .passes = 1, .lanes = 1};

LoginLimiter::Guess GuessOf(const std::string& email, const std::string& address) {
  return LoginLimiter::Guess("app-abcde", email, address);
}

// How many of the guesses of `seconds` seconds, ten tries each second, are let through.
int GuessesIn(LoginLimiter& limiter, FakeClock& clock, int seconds, const std::string& email, bool many_addresses) {
  int made = 0;
  for (int i = 0; i < seconds * 10; ++i) {
    made += limiter.Begin(GuessOf(email, many_addresses ? absl::StrCat("10.0.", i / 250, ".", i % 250) : "10.0.0.1"));
    clock.Advance(absl::Milliseconds(100));
  }
  return made;
}

TEST(LoginLimiter, LetsTenGuessesAMinuteThroughAndEverFewer) {
  FakeClock clock;
  LoginLimiter limiter(clock);
  int first = GuessesIn(limiter, clock, 60, "ada@example.com", true);
  EXPECT_GE(first, 3);
  EXPECT_LE(first, 10);
  int second = GuessesIn(limiter, clock, 60, "ADA@example.com", true);
  EXPECT_LE(second, first);
  EXPECT_LE(GuessesIn(limiter, clock, 600, "ada@example.com", true), 10);
  // Another user is not concerned.
  EXPECT_TRUE(limiter.Begin(GuessOf("eve@example.com", "10.9.0.1")));
}

TEST(LoginLimiter, LetsNoMoreThanTenThroughWhereRightOnesComeBetween) {
  FakeClock clock;
  LoginLimiter limiter(clock);
  int wrong = 0;
  for (int i = 0; i < 600; ++i) {
    auto right = GuessOf("ada@example.com", absl::StrCat("10.1.", i / 250, ".", i % 250));
    if (limiter.Begin(right)) limiter.Succeeded(right);
    wrong += limiter.Begin(GuessOf("ada@example.com", absl::StrCat("10.2.", i / 250, ".", i % 250)));
    clock.Advance(absl::Milliseconds(100));
  }
  EXPECT_LE(wrong, 10);
}

TEST(GuessTable, WaitsLongerAfterEachWrongGuess) {
  FakeClock clock;
  GuessTable table({.burst = 1000, .interval = absl::Seconds(1), .free_failures = 3}, 10);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(table.Begin("a", clock.Now()));
  for (int seconds : {1, 2, 4, 8, 16, 32, 60, 60}) {
    clock.Advance(absl::Seconds(seconds) - absl::Milliseconds(1));
    EXPECT_FALSE(table.MayBegin("a", clock.Now())) << seconds;
    EXPECT_FALSE(table.Begin("a", clock.Now())) << seconds;
    clock.Advance(absl::Milliseconds(1));
    EXPECT_TRUE(table.MayBegin("a", clock.Now())) << seconds;
    EXPECT_TRUE(table.Begin("a", clock.Now())) << seconds;
  }
  clock.Advance(absl::Minutes(16));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(table.Begin("a", clock.Now()));
}

TEST(LoginLimiter, LimitsAnAddressThatTriesManyUsers) {
  FakeClock clock;
  LoginLimiter limiter(clock);
  int made = 0;
  for (int i = 0; i < 30'000; ++i) {
    made += limiter.Begin(GuessOf(absl::StrCat("user", i, "@example.com"), "10.0.0.1"));
    clock.Advance(absl::Milliseconds(2));
  }
  EXPECT_LE(made, 100);
  EXPECT_TRUE(limiter.Begin(GuessOf("ada@example.com", "10.0.0.2")));
}

TEST(LoginLimiter, LeavesAUsersOwnSenderAloneWhileOthersGuess) {
  FakeClock clock;
  LoginLimiter limiter(clock);
  auto own = GuessOf("ada@example.com", "192.0.2.1");
  ASSERT_TRUE(limiter.Begin(own));
  limiter.Succeeded(own);
  GuessesIn(limiter, clock, 60, "ada@example.com", true);
  EXPECT_FALSE(limiter.MayTry(GuessOf("ada@example.com", "10.200.0.1")));
  EXPECT_TRUE(limiter.MayTry(own));
  EXPECT_TRUE(limiter.Begin(own));
}

TEST(GuessTable, ForgetsTheKeyThatWasUsedLongestAgo) {
  FakeClock clock;
  GuessTable table({.burst = 1, .interval = absl::Hours(1), .free_failures = 3}, 2);
  EXPECT_TRUE(table.Begin("a", clock.Now()));
  EXPECT_FALSE(table.Begin("a", clock.Now()));
  EXPECT_TRUE(table.Begin("b", clock.Now()));
  EXPECT_TRUE(table.Begin("c", clock.Now()));
  EXPECT_EQ(table.size(), 2u);
  EXPECT_FALSE(table.Begin("c", clock.Now()));
  EXPECT_TRUE(table.Begin("a", clock.Now()));
}

TEST(ProofCache, KnowsAPasswordForFiveMinutesAndOnlyWithItsHash) {
  FakeClock clock;
  ProofCache cache(clock), other(clock);
  std::string tag = cache.TagOf("hash", "password");
  EXPECT_FALSE(cache.Contains(tag));
  cache.Insert(tag);
  EXPECT_TRUE(cache.Contains(tag));
  EXPECT_FALSE(cache.Contains(cache.TagOf("hash of another password", "password")));
  EXPECT_FALSE(cache.Contains(cache.TagOf("hash", "passwore")));
  EXPECT_FALSE(cache.Contains(cache.TagOf("hashp", "assword")));
  EXPECT_NE(tag, other.TagOf("hash", "password"));
  clock.Advance(absl::Minutes(5));
  EXPECT_FALSE(cache.Contains(tag));
}

TEST(ProofCache, HoldsSoManyAndNoMore) {
  FakeClock clock;
  ProofCache cache(clock);
  for (size_t i = 0; i <= ProofCache::kEntriesMax; ++i) cache.Insert(absl::StrCat("tag", i));
  EXPECT_FALSE(cache.Contains("tag0"));
  EXPECT_TRUE(cache.Contains("tag1"));
}

class PasswordCheckTest : public ::testing::Test {
 protected:
  PasswordCheck::Verdict Check(const std::string& hash, const std::string& password,
                               const std::string& address = "10.0.0.1") {
    auto verdict = BlockOn(check_.Check(GuessOf("ada@example.com", address), hash, password));
    EXPECT_TRUE(verdict.ok()) << verdict.status();
    return verdict.value_or(PasswordCheck::Verdict());
  }
  FakeClock clock_;
  PasswordHasher hasher_{{.parameters = kCheap, .threads = 1, .queue_items_max = 4}};
  PasswordCheck check_{hasher_, clock_};
  const std::string hash_ = *crypto::HashPassword("password", kCheap);
};

TEST_F(PasswordCheckTest, HashesARightPasswordOnce) {
  PasswordCheck::Verdict verdict = Check(hash_, "password");
  EXPECT_EQ(verdict.outcome, PasswordCheck::Outcome::kRight);
  EXPECT_TRUE(verdict.hashed);
  for (int i = 0; i < 100; ++i) {
    verdict = Check(hash_, "password");
    EXPECT_EQ(verdict.outcome, PasswordCheck::Outcome::kRight);
    EXPECT_FALSE(verdict.hashed);
  }
  // Changed, to the same word even.
  EXPECT_TRUE(Check(*crypto::HashPassword("password", kCheap), "password").hashed);
  EXPECT_EQ(Check(*crypto::HashPassword("another", kCheap), "password").outcome, PasswordCheck::Outcome::kWrong);
}

TEST_F(PasswordCheckTest, DoesTheWorkForNobodyToo) {
  PasswordCheck::Verdict verdict = Check("", "password");
  EXPECT_EQ(verdict.outcome, PasswordCheck::Outcome::kWrong);
  EXPECT_TRUE(verdict.hashed);
}

TEST_F(PasswordCheckTest, RefusesWithoutHashingWhatIsLimited) {
  int hashed = 0, limited = 0;
  for (int i = 0; i < 500; ++i) {
    PasswordCheck::Verdict verdict =
        Check(hash_, absl::StrCat("guess", i), absl::StrCat("10.1.", i / 250, ".", i % 250));
    hashed += verdict.hashed;
    limited += verdict.outcome == PasswordCheck::Outcome::kLimited;
  }
  EXPECT_LE(hashed, 10);
  EXPECT_EQ(hashed + limited, 500);
  // Even the right one: who guesses must not learn it.
  EXPECT_EQ(Check(hash_, "password").outcome, PasswordCheck::Outcome::kLimited);
}

TEST_F(PasswordCheckTest, SaysWhatToStoreWhenParametersHaveChanged) {
  std::string old = *crypto::HashPassword("password", {.memory_kib = 32, .passes = 1, .lanes = 1});
  PasswordCheck::Verdict verdict = Check(old, "password");
  EXPECT_EQ(verdict.outcome, PasswordCheck::Outcome::kRight);
  EXPECT_TRUE(crypto::HasParameters(verdict.upgraded_hash, kCheap));
  EXPECT_EQ(Check(verdict.upgraded_hash, "password").upgraded_hash, "");
}

TEST(PasswordHasher, RefusesPasswordsThatAreTooShortOrTooLong) {
  PasswordHasher hasher({.parameters = kCheap});
  auto bad = StatusIs(absl::StatusCode::kInvalidArgument, "BAD_PASSWORD");
  EXPECT_THAT(BlockOn(hasher.Hash("short")), bad);
  EXPECT_THAT(BlockOn(hasher.Hash(std::string(1025, 'a'))), bad);
  auto hash = BlockOn(hasher.Hash("long enough"));
  ASSERT_TRUE(hash.ok()) << hash.status();
  EXPECT_TRUE(BlockOn(hasher.Check(*hash, "long enough"))->right);
}

}  // namespace
}  // namespace overlock::auth
