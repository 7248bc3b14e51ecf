// What it costs to find a user: by API key and by token (issue 5: at most 60 us).
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "absl/time/clock.h"
#include "common/async/block_on.h"
#include "common/jwt/test_keys.h"
#include "common/jwt/token.h"
#include "common/storage/open_database.h"
#include "common/telemetry/metrics.h"
#include "services/auth/local_user_store.h"
#include "services/auth/providers.h"
#include "services/auth/user_directory.h"

namespace overlock::auth {
namespace {

constexpr char kApp[] = "app-abcde";
constexpr char kFile[] = "/tmp/overlock_auth_bench.db";
constexpr char kSecret[] = "a secret of more than thirty-two bytes";
constexpr int kUsers = 100;

void RemoveFiles() {
  for (const char* end : {"", "-wal", "-shm"}) std::remove((std::string(kFile) + end).c_str());
}

// By API key among a hundred users, on SQLite: what one has who comes for the first time.
void BM_ApiKeyInDatabase(benchmark::State& state) {
  RemoveFiles();
  auto directory = *UserDirectory::Open(*storage::OpenDatabase(std::string("sqlite:") + kFile));
  std::string key;
  for (int i = 0; i < kUsers; ++i) {
    auto created = directory->CreateApiKey({kApp, "", "sender " + std::to_string(i), ""}, absl::Now());
    if (!created.ok()) std::abort();
    key = created->key;
  }
  for (auto _ : state) {
    auto user = directory->FindByApiKey(kApp, key);
    if (!user.ok() || !*user) std::abort();
    benchmark::DoNotOptimize(user);
  }
  RemoveFiles();
}
BENCHMARK(BM_ApiKeyInDatabase);

// The whole way of one who has come before.
void BM_ApiKey(benchmark::State& state) {
  RemoveFiles();
  auto directory = *UserDirectory::Open(*storage::OpenDatabase(std::string("sqlite:") + kFile));
  const std::string key = directory->CreateApiKey({kApp, "", "sender", ""}, absl::Now())->key;
  BlockingPool pool(1, 10);
  PasswordHasher hasher({.parameters = {.memory_kib = 64, .passes = 1, .lanes = 1}});
  JwkCache jwk_sets([](std::string, CallContext) -> Task<absl::StatusOr<std::string>> { co_return std::string(); });
  Metrics metrics;
  LocalUserStore store(*directory, pool, hasher, jwk_sets, metrics);
  auto providers = std::make_shared<Providers>();
  providers->api_key = true;
  for (auto _ : state) {
    LoginAttempt attempt{kApp, ApiKey{key}, providers, "192.0.2.1", false};
    auto found = BlockOn(store.FindByCredentials(std::move(attempt), CallContext()));
    if (!found.ok() || !std::holds_alternative<type::v1::User>(*found)) std::abort();
    benchmark::DoNotOptimize(found);
  }
  RemoveFiles();
}
BENCHMARK(BM_ApiKey);

// With `again` it is a token that was verified a moment ago.
void CheckTokens(benchmark::State& state, const std::string& algorithm, const std::string& key, const std::string& text,
                 bool again = false) {
  config::v1::AuthProvider provider;
  provider.set_config_json(R"({"signingAlgorithm":")" + algorithm + R"("})");
  config::v1::AuthView::ProviderSecrets secrets;
  (*secrets.mutable_secrets())["signingKeys.0"] = key;
  auto made = TokenProvider::Make(provider, secrets, kApp);
  if (!made.ok()) std::abort();
  auto proofs = std::make_unique<ProofCache>();
  for (auto _ : state) {
    if (!again) {
      state.PauseTiming();
      proofs = std::make_unique<ProofCache>();
      state.ResumeTiming();
    }
    auto token = jwt::Token::Parse(text);
    auto subject = made->Check(*token, nullptr, *proofs, absl::Now());
    if (!subject.ok()) std::abort();
    benchmark::DoNotOptimize(subject);
  }
}

constexpr char kClaims[] = R"({"sub":"ada","exp":4000000000,"aud":"app-abcde"})";

void BM_Hs256(benchmark::State& state) { CheckTokens(state, "HS256", kSecret, jwt::Hs256Token(kSecret, kClaims)); }
BENCHMARK(BM_Hs256);

void BM_Rs256(benchmark::State& state) {
  jwt::Signer signer = jwt::Signer::Rsa();
  CheckTokens(state, "RS256", signer.PublicPem(),
              jwt::SignedToken(signer, EVP_sha256(), R"({"alg":"RS256"})", kClaims));
}
BENCHMARK(BM_Rs256);

void Es256(benchmark::State& state, bool again) {
  jwt::Signer signer = jwt::Signer::Curve();
  CheckTokens(state, "ES256", signer.PublicPem(), jwt::SignedToken(signer, EVP_sha256(), R"({"alg":"ES256"})", kClaims),
              again);
}
void BM_Es256(benchmark::State& state) { Es256(state, false); }
BENCHMARK(BM_Es256);
void BM_Es256Again(benchmark::State& state) { Es256(state, true); }
BENCHMARK(BM_Es256Again);

void EdDsa(benchmark::State& state, bool again) {
  jwt::Signer signer = jwt::Signer::Ed25519();
  CheckTokens(state, "EdDSA", signer.PublicPem(), jwt::SignedToken(signer, nullptr, R"({"alg":"EdDSA"})", kClaims),
              again);
}
void BM_EdDsa(benchmark::State& state) { EdDsa(state, false); }
BENCHMARK(BM_EdDsa);
void BM_EdDsaAgain(benchmark::State& state) { EdDsa(state, true); }
BENCHMARK(BM_EdDsaAgain);

}  // namespace
}  // namespace overlock::auth

BENCHMARK_MAIN();
