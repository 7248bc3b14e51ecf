// Logs in against a directory on SQLite.
#include <cstdio>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/async/block_on.h"
#include "common/jwt/test_keys.h"
#include "common/status/status.h"
#include "common/storage/open_database.h"
#include "common/testing/fake_clock.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/auth/local_user_store.h"

namespace overlock::auth {
namespace {

using ::testing::HasSubstr;

using Response = v1::AuthenticateResponse;

constexpr char kApp[] = "app-abcde";
constexpr char kAda[] = "5e7a1c0f9d3b2a4c6e8f0a98";
constexpr char kSecret[] = "a secret of more than thirty-two bytes";
constexpr crypto::PasswordHashParameters kCheap{.memory_kib = 64, .passes = 1, .lanes = 1};

class UserStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    file_ = absl::StrCat(::testing::TempDir(), "user_store_",
                         ::testing::UnitTest::GetInstance()->current_test_info()->name(), ".db");
    TearDown();
    auto database = storage::OpenDatabase("sqlite:" + file_);
    ASSERT_TRUE(database.ok()) << database.status();
    directory_ = *UserDirectory::Open(*std::move(database));
    store_ = std::make_unique<LocalUserStore>(*directory_, pool_, hasher_, jwk_sets_, metrics_, clock_);
    Configure(R"({"signingAlgorithm":"HS256","audience":"our audience"})");
    UserDirectory::NewUser ada{.app_id = kApp, .id = kAda, .email = "ada@example.com"};
    ada.password_hash = *crypto::HashPassword("password", {.memory_kib = 32, .passes = 1, .lanes = 1});
    ASSERT_TRUE(directory_->Create(ada, clock_.Now()).ok());
  }
  void TearDown() override {
    store_.reset();
    directory_.reset();
    for (const char* end : {"", "-wal", "-shm"}) std::remove((file_ + end).c_str());
  }

  void Configure(const std::string& token_config, const std::string& secret = kSecret,
                 const std::string& metadata_fields = "") {
    config::v1::AuthView view;
    for (const char* type : {"local-userpass", "api-key", "custom-token"}) {
      auto* provider = view.add_auth_providers();
      provider->set_name(type);
      provider->set_type(type);
      provider->set_config_json("{}");
    }
    auto* token = view.mutable_auth_providers(2);
    token->set_config_json(token_config);
    token->set_metadata_fields_json(metadata_fields);
    auto* secrets = view.add_provider_secrets();
    secrets->set_provider("custom-token");
    if (!secret.empty()) (*secrets->mutable_secrets())["signingKeys.0"] = secret;
    view_ = view;
    providers_ = MakeProviders(view, kApp);
  }
  FoundUser LogIn(Credentials credentials, bool create_user = false, const std::string& address = "192.0.2.1") {
    LoginAttempt attempt{kApp, std::move(credentials), providers_, address, create_user};
    auto found = BlockOn(store_->FindByCredentials(std::move(attempt), CallContext()));
    EXPECT_TRUE(found.ok()) << found.status();
    return found.ok() ? *std::move(found) : FoundUser(Response::REASON_UNSPECIFIED);
  }
  static std::string IdOf(const FoundUser& found) {
    auto* user = std::get_if<type::v1::User>(&found);
    return user == nullptr ? Response::Reason_Name(std::get<Reason>(found)) : user->id();
  }
  std::string LogInWith(const std::string& email, const std::string& password) {
    return IdOf(LogIn(EmailPassword{email, password}));
  }
  std::string LogInWithToken(const std::string& claims, bool create_user = false) {
    return IdOf(LogIn(CustomToken{jwt::Hs256Token(kSecret, claims)}, create_user));
  }

  std::string file_;
  FakeClock clock_;
  std::unique_ptr<UserDirectory> directory_;
  std::string jwk_set_;
  int fetches_ = 0;
  JwkCache jwk_sets_{[this](std::string, CallContext) -> Task<absl::StatusOr<std::string>> {
                       ++fetches_;
                       if (jwk_set_.empty()) co_return Error(absl::StatusCode::kUnavailable, "HTTP_FAILED", "down");
                       co_return jwk_set_;
                     },
                     clock_};
  PasswordHasher hasher_{{.parameters = kCheap}};
  BlockingPool pool_{2, 100};
  Metrics metrics_;
  std::unique_ptr<LocalUserStore> store_;
  config::v1::AuthView view_;
  std::shared_ptr<const Providers> providers_;
};

TEST_F(UserStoreTest, FindsByIdUnlessDisabledOrGone) {
  auto find = [&](const std::string& id) { return IdOf(*BlockOn(store_->FindById(kApp, id, CallContext()))); };
  EXPECT_EQ(find(kAda), kAda);
  EXPECT_EQ(find("nobody"), "REASON_USER_NOT_FOUND");
  ASSERT_TRUE(directory_->SetDisabled(kApp, kAda, true).ok());
  EXPECT_EQ(find(kAda), "REASON_USER_DISABLED");
  ASSERT_TRUE(directory_->Delete(kApp, kAda).ok());
  EXPECT_EQ(find(kAda), "REASON_USER_NOT_FOUND");
}

TEST_F(UserStoreTest, CountsWhatItsCachesHad) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(LogInWith("ada@example.com", "wrong"), "REASON_CREDENTIALS_INVALID");
  const std::string claims = R"({"sub":"42","exp":1600003600,"aud":"our audience"})";
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(UserDirectory::IsId(LogInWithToken(claims, true)));
  std::string text = metrics_.Serialize();
  EXPECT_THAT(text, HasSubstr(R"(overlock_auth_cache_lookups_total{cache="passwords",result="hit"} 0)"));
  EXPECT_THAT(text, HasSubstr(R"(overlock_auth_cache_lookups_total{cache="passwords",result="miss"} 3)"));
  EXPECT_THAT(text, HasSubstr(R"(overlock_auth_cache_lookups_total{cache="users",result="miss"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(overlock_auth_cache_lookups_total{cache="users",result="hit"} 2)"));
}

TEST_F(UserStoreTest, LogsInWithThePasswordAndRenewsItsHash) {
  FoundUser found = LogIn(EmailPassword{"Ada@Example.com", "password"});
  auto* user = std::get_if<type::v1::User>(&found);
  ASSERT_NE(user, nullptr);
  EXPECT_EQ(user->id(), kAda);
  EXPECT_EQ(user->type(), type::v1::User::TYPE_NORMAL);
  EXPECT_EQ(user->data_json(), R"({"email":"ada@example.com"})");
  EXPECT_EQ(user->identities(0).provider_type(), "local-userpass");
  auto login = directory_->FindByEmail(kApp, "ada@example.com");
  EXPECT_TRUE(crypto::HasParameters((*login)->password_hash, kCheap));
  EXPECT_TRUE((*login)->user.has_last_login_time());
  EXPECT_EQ(LogInWith("ada@example.com", "password"), kAda);
}

TEST_F(UserStoreTest, TellsWrongAndUnknownApartNowhere) {
  EXPECT_EQ(LogInWith("ada@example.com", "passwore"), "REASON_CREDENTIALS_INVALID");
  EXPECT_EQ(LogInWith("eve@example.com", "password"), "REASON_CREDENTIALS_INVALID");
  EXPECT_EQ(LogInWith(std::string("\xff\0", 2), "password"), "REASON_CREDENTIALS_INVALID");
  EXPECT_EQ(LogInWith("ada@example.com", std::string(5000, 'a')), "REASON_CREDENTIALS_INVALID");
  for (int i = 0; i < 10; ++i) {
    LogInWith("ada@example.com", absl::StrCat("guess", i));
    LogInWith("eve@example.com", absl::StrCat("guess", i));
  }
  EXPECT_EQ(LogInWith("ada@example.com", "password"), "REASON_TOO_MANY_ATTEMPTS");
  EXPECT_EQ(LogInWith("eve@example.com", "password"), "REASON_TOO_MANY_ATTEMPTS");
}

TEST_F(UserStoreTest, ForgetsARightPasswordWhenTheUserChanges) {
  EXPECT_EQ(LogInWith("ada@example.com", "password"), kAda);
  ASSERT_TRUE(directory_->SetDisabled(kApp, kAda, true).ok());
  EXPECT_EQ(LogInWith("ada@example.com", "password"), "REASON_USER_DISABLED");
  EXPECT_EQ(LogInWith("ada@example.com", "wrong"), "REASON_CREDENTIALS_INVALID");
  ASSERT_TRUE(directory_->SetDisabled(kApp, kAda, false).ok());
  ASSERT_THAT(directory_->SetPassword(kApp, kAda, *crypto::HashPassword("changed", kCheap)), IsOk());
  EXPECT_EQ(LogInWith("ada@example.com", "password"), "REASON_CREDENTIALS_INVALID");
  EXPECT_EQ(LogInWith("ada@example.com", "changed"), kAda);
}

TEST_F(UserStoreTest, LogsInWithAnApiKey) {
  auto created = directory_->CreateApiKey({kApp, "", "sender", ""}, clock_.Now());
  FoundUser found = LogIn(ApiKey{created->key});
  auto* user = std::get_if<type::v1::User>(&found);
  ASSERT_NE(user, nullptr);
  EXPECT_EQ(user->type(), type::v1::User::TYPE_SERVER);
  EXPECT_EQ(user->identities(0).provider_type(), "api-key");
  EXPECT_EQ(IdOf(LogIn(ApiKey{"wrong"})), "REASON_CREDENTIALS_INVALID");
  ASSERT_TRUE(directory_->SetDisabled(kApp, user->id(), true).ok());
  EXPECT_EQ(IdOf(LogIn(ApiKey{created->key})), "REASON_USER_DISABLED");
}

TEST_F(UserStoreTest, SeesAtOnceThatAKeyOrItsUserChanged) {
  auto created = directory_->CreateApiKey({kApp, kAda, "sender", ""}, clock_.Now());
  auto log_in = [&] { return IdOf(LogIn(ApiKey{created->key})); };
  EXPECT_EQ(log_in(), kAda);
  EXPECT_EQ(log_in(), kAda);
  ASSERT_TRUE(directory_->SetData(kApp, kAda, R"({"name":"Ada"})").ok());
  EXPECT_EQ(std::get<type::v1::User>(LogIn(ApiKey{created->key})).data_json(), R"({"name":"Ada"})");
  ASSERT_TRUE(directory_->SetApiKeyDisabled(kApp, created->record.id(), true).ok());
  EXPECT_EQ(log_in(), "REASON_CREDENTIALS_INVALID");
  ASSERT_TRUE(directory_->SetApiKeyDisabled(kApp, created->record.id(), false).ok());
  EXPECT_EQ(log_in(), kAda);
  ASSERT_TRUE(directory_->RevokeApiKeys(kApp, kAda).ok());
  EXPECT_EQ(log_in(), "REASON_CREDENTIALS_INVALID");
  ASSERT_TRUE(directory_->SetApiKeyDisabled(kApp, created->record.id(), false).ok());
  EXPECT_EQ(log_in(), kAda);
  ASSERT_THAT(directory_->DeleteApiKey(kApp, created->record.id()), IsOk());
  EXPECT_EQ(log_in(), "REASON_CREDENTIALS_INVALID");
}

TEST_F(UserStoreTest, RemembersAUserForHalfAMinute) {
  UserCache cache(clock_);
  auto record = std::make_shared<const v1::UserRecord>();
  cache.Insert("tag", 1, record);
  EXPECT_EQ(cache.Find("tag", 1), record);
  EXPECT_EQ(cache.Find("tag", 2), nullptr);
  EXPECT_EQ(cache.Find("other", 1), nullptr);
  clock_.Advance(absl::Seconds(30));
  EXPECT_EQ(cache.Find("tag", 1), nullptr);
}

TEST_F(UserStoreTest, MakesTheUserOfATokenOnlyWhereThatIsAsked) {
  const std::string claims = R"({"sub":"42","exp":1600003600,"aud":"our audience"})";
  EXPECT_EQ(LogInWithToken(claims), "REASON_CREDENTIALS_INVALID");
  std::string id = LogInWithToken(claims, true);
  EXPECT_TRUE(UserDirectory::IsId(id)) << id;
  EXPECT_EQ(LogInWithToken(claims), id);
  EXPECT_EQ(LogInWithToken(claims, true), id);
  EXPECT_EQ(LogInWithToken(R"({"sub":"42","exp":1599990000,"aud":"our audience"})", true),
            "REASON_CREDENTIALS_INVALID");
  EXPECT_EQ(LogInWithToken(R"({"sub":"42","exp":1600003600,"aud":"another"})", true), "REASON_CREDENTIALS_INVALID");
  ASSERT_TRUE(directory_->SetDisabled(kApp, id, true).ok());
  EXPECT_EQ(LogInWithToken(claims, true), "REASON_USER_DISABLED");
}

TEST_F(UserStoreTest, TakesTheApplicationsIdForTheAudienceThatIsNotConfigured) {
  Configure(R"({"signingAlgorithm":"HS256"})");
  EXPECT_EQ(LogInWithToken(R"({"sub":"1","exp":1600003600,"aud":"other"})", true), "REASON_CREDENTIALS_INVALID");
  EXPECT_TRUE(UserDirectory::IsId(LogInWithToken(R"({"sub":"1","exp":1600003600,"aud":"app-abcde"})", true)));
}

TEST_F(UserStoreTest, KeepsMetadataFieldsAsTheUsersData) {
  Configure(R"({"signingAlgorithm":"HS256"})", kSecret,
            R"([{"required":true,"name":"user.name","field_name":"name"},{"required":false,"name":"n"}])");
  FoundUser found =
      LogIn(CustomToken{jwt::Hs256Token(
                kSecret, R"({"sub":"1","exp":1600003600,"aud":"app-abcde","n":7,"user":{"name":"A\"da"},"x":1})")},
            true);
  auto* user = std::get_if<type::v1::User>(&found);
  ASSERT_NE(user, nullptr);
  EXPECT_EQ(user->data_json(), R"({"name":"A\"da","n":7})");
  EXPECT_EQ(LogInWithToken(R"({"sub":"1","exp":1600003600,"aud":"app-abcde"})"), "REASON_CREDENTIALS_INVALID");
}

TEST_F(UserStoreTest, TakesOnlyTheAlgorithmThatTheProviderFixes) {
  jwt::Signer signer = jwt::Signer::Rsa();
  Configure(R"({"signingAlgorithm":"RS256"})", signer.PublicPem());
  const std::string claims = R"({"sub":"1","exp":1600003600,"aud":"app-abcde"})";
  auto rs256 = jwt::SignedToken(signer, EVP_sha256(), R"({"alg":"RS256"})", claims);
  EXPECT_TRUE(UserDirectory::IsId(IdOf(LogIn(CustomToken{rs256}, true))));
  auto rs512 = jwt::SignedToken(signer, EVP_sha512(), R"({"alg":"RS512"})", claims);
  EXPECT_EQ(IdOf(LogIn(CustomToken{rs512}, true)), "REASON_CREDENTIALS_INVALID");
  auto confused = jwt::Hs256Token(signer.PublicPem(), claims);
  EXPECT_EQ(IdOf(LogIn(CustomToken{confused}, true)), "REASON_CREDENTIALS_INVALID");
}

TEST_F(UserStoreTest, ASignatureThatWasRightStandsForItsTokenAndKeysOnly) {
  jwt::Signer signer = jwt::Signer::Curve(), another = jwt::Signer::Curve();
  constexpr char kConfig[] = R"({"signingAlgorithm":"ES256"})";
  Configure(kConfig, signer.PublicPem());
  const std::string token =
      jwt::SignedToken(signer, EVP_sha256(), R"({"alg":"ES256"})", R"({"sub":"1","exp":1600000120,"aud":"app-abcde"})");
  const std::string id = IdOf(LogIn(CustomToken{token}, true));
  EXPECT_TRUE(UserDirectory::IsId(id));
  EXPECT_EQ(IdOf(LogIn(CustomToken{token})), id);

  const std::string other_claims = jwt::SignedToken(another, EVP_sha256(), R"({"alg":"ES256"})",
                                                    R"({"sub":"2","exp":1600000120,"aud":"app-abcde"})");
  const std::string message = other_claims.substr(0, other_claims.rfind('.'));
  EXPECT_EQ(IdOf(LogIn(CustomToken{message + token.substr(token.rfind('.'))}, true)), "REASON_CREDENTIALS_INVALID");

  Configure(kConfig, another.PublicPem());
  EXPECT_EQ(IdOf(LogIn(CustomToken{token})), "REASON_CREDENTIALS_INVALID");
  Configure(kConfig, signer.PublicPem());
  EXPECT_EQ(IdOf(LogIn(CustomToken{token})), id);
  clock_.Advance(absl::Minutes(4));
  EXPECT_EQ(IdOf(LogIn(CustomToken{token})), "REASON_CREDENTIALS_INVALID");
}

TEST_F(UserStoreTest, AKeyThatHasLeftItsSetSignsNothingMore) {
  jwt::Signer signer = jwt::Signer::Curve(), another = jwt::Signer::Curve();
  Configure(R"({"useJWKURI":true,"jwkURI":"https://keys.example/jwks"})", "");
  const std::string token = jwt::SignedToken(signer, EVP_sha256(), R"({"alg":"ES256","kid":"1"})",
                                             R"({"sub":"1","exp":1600099999,"aud":"app-abcde"})");
  jwk_set_ = absl::StrCat(R"({"keys":[)", signer.Jwk(R"(,"kid":"1")"), "]}");
  EXPECT_TRUE(UserDirectory::IsId(IdOf(LogIn(CustomToken{token}, true))));
  jwk_set_ = absl::StrCat(R"({"keys":[)", another.Jwk(R"(,"kid":"1")"), "]}");
  // So that what was verified is remembered for longer than the set.
  clock_.Advance(JwkCache::kFreshFor - absl::Minutes(1));
  EXPECT_TRUE(UserDirectory::IsId(IdOf(LogIn(CustomToken{token}))));
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(IdOf(LogIn(CustomToken{token})), "REASON_CREDENTIALS_INVALID");
}

TEST_F(UserStoreTest, TakesKeysFromASetAndHasNoAnswerWithoutIt) {
  jwt::Signer signer = jwt::Signer::Curve();
  Configure(R"({"useJWKURI":true,"jwkURI":"https://keys.example/jwks"})", "");
  const std::string token = jwt::SignedToken(signer, EVP_sha256(), R"({"alg":"ES256","kid":"1"})",
                                             R"({"sub":"1","exp":1600003600,"aud":"app-abcde"})");
  LoginAttempt attempt{kApp, CustomToken{token}, providers_, "", true};
  EXPECT_THAT(BlockOn(store_->FindByCredentials(attempt, CallContext())),
              StatusIs(absl::StatusCode::kUnavailable, "JWK_SET_UNAVAILABLE"));
  jwk_set_ = absl::StrCat(R"({"keys":[)", signer.Jwk(R"(,"kid":"1")"), "]}");
  clock_.Advance(absl::Minutes(1));
  EXPECT_TRUE(UserDirectory::IsId(IdOf(LogIn(CustomToken{token}, true))));
  // Nothing is fetched for what cannot be right.
  clock_.Advance(absl::Minutes(20));
  EXPECT_EQ(IdOf(LogIn(CustomToken{jwt::Hs256Token(kSecret, R"({"sub":"1","exp":1600099999,"aud":"app-abcde"})")})),
            "REASON_CREDENTIALS_INVALID");
  EXPECT_EQ(fetches_, 2);
}

TEST_F(UserStoreTest, RefusesProvidersThatAreDisabledMissingOrMisconfigured) {
  for (auto& provider : *view_.mutable_auth_providers()) provider.set_disabled(true);
  auto all_refused = [&] {
    EXPECT_EQ(LogInWith("ada@example.com", "password"), "REASON_PROVIDER_DISABLED");
    EXPECT_EQ(IdOf(LogIn(ApiKey{"key"})), "REASON_PROVIDER_DISABLED");
    EXPECT_EQ(LogInWithToken("{}"), "REASON_PROVIDER_DISABLED");
  };
  providers_ = MakeProviders(view_, kApp);
  all_refused();
  providers_ = MakeProviders(config::v1::AuthView(), kApp);
  all_refused();
  for (const char* config :
       {R"({"signingAlgorithm":"none"})", R"({"signingAlgorithm":"RS256"})", "[]", "", R"({"useJWKURI":true})",
        R"({"useJWKURI":true,"jwkURI":"https://x.example","signingAlgorithm":"HS256"})"}) {
    Configure(config);
    EXPECT_EQ(LogInWithToken("{}"), "REASON_PROVIDER_DISABLED") << config;
  }
  Configure(R"({"signingAlgorithm":"HS256"})", "");
  EXPECT_EQ(LogInWithToken("{}"), "REASON_PROVIDER_DISABLED");
  Configure(R"({"signingAlgorithm":"HS256"})", "too short");
  EXPECT_EQ(LogInWithToken("{}"), "REASON_PROVIDER_DISABLED");
}

}  // namespace
}  // namespace overlock::auth
