// The same on SQLite and PostgreSQL.
#include "services/auth/user_directory.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/crypto/password_hash.h"
#include "common/storage/open_database.h"
#include "common/testing/postgres_server.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace overlock::auth {
namespace {

constexpr char kApp[] = "app-abcde";
constexpr char kAda[] = "5e7a1c0f9d3b2a4c6e8f0a98";
const absl::Time kNow = absl::FromUnixSeconds(1'600'000'000);

std::string HashOf(const std::string& password) {
  return *crypto::HashPassword(password, {.memory_kib = 64, .passes = 1, .lanes = 1});
}

v1::Identity IdentityOf(const std::string& provider_type, const std::string& id) {
  v1::Identity identity;
  identity.set_provider_type(provider_type);
  identity.set_id(id);
  return identity;
}

class UserDirectoryTest : public ::testing::TestWithParam<storage::Dialect> {
 protected:
  void SetUp() override {
    std::string url;
    storage::OpenOptions options;
    if (GetParam() == storage::Dialect::kPostgres) {
      absl::StatusOr<PostgresServer*> server = PostgresServer::Shared();
      ASSERT_TRUE(server.ok()) << server.status();
      url = *(*server)->CreateDatabase();
      options.postgres.schema = "overlock_auth";
    } else {
      std::string name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
      file_ = ::testing::TempDir() + "users_" + name.substr(0, name.find('/')) + ".db";
      Remove();
      url = "sqlite:" + file_;
    }
    auto database = storage::OpenDatabase(url, options);
    ASSERT_TRUE(database.ok()) << database.status();
    auto directory = UserDirectory::Open(*std::move(database));
    ASSERT_TRUE(directory.ok()) << directory.status();
    directory_ = *std::move(directory);
  }
  void TearDown() override {
    directory_.reset();
    Remove();
  }
  void Remove() {
    for (const char* end : {"", "-wal", "-shm"}) std::remove((file_ + end).c_str());
  }

  v1::UserRecord Create(const std::string& email, const std::string& id = "", const std::string& app = kApp) {
    UserDirectory::NewUser user;
    user.app_id = app;
    user.id = id;
    user.email = email;
    auto created = directory_->Create(user, kNow);
    EXPECT_TRUE(created.ok()) << created.status();
    return created.value_or(v1::UserRecord());
  }
  UserDirectory::CreatedApiKey CreateKey(const std::string& user_id, const std::string& name,
                                         const std::string& key = "") {
    auto created = directory_->CreateApiKey({kApp, user_id, name, key}, kNow);
    EXPECT_TRUE(created.ok()) << created.status();
    return created.value_or(UserDirectory::CreatedApiKey());
  }

  std::string file_;
  std::unique_ptr<UserDirectory> directory_;
};

TEST_P(UserDirectoryTest, MakesAUserAndFindsThemByIdAndAddress) {
  UserDirectory::NewUser ada{.app_id = kApp, .id = "5E7A1C0F9D3B2A4C6E8F0A98", .email = "Ada@Example.com"};
  ada.password_hash = HashOf("password");
  auto created = directory_->Create(ada, kNow);
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->id(), kAda);
  EXPECT_EQ(created->email(), "Ada@Example.com");
  EXPECT_EQ(created->data_json(), R"({"email":"Ada@Example.com"})");
  EXPECT_TRUE(created->has_password());
  EXPECT_EQ(created->create_time().seconds(), 1'600'000'000);
  ASSERT_EQ(created->identities_size(), 1);
  EXPECT_EQ(created->identities(0).provider_type(), "local-userpass");
  EXPECT_EQ((*directory_->Find(kApp, "5E7A1C0F9D3B2A4C6E8F0A98"))->id(), kAda);
  auto login = directory_->FindByEmail(kApp, "ADA@example.com");
  ASSERT_TRUE(login.ok() && *login);
  EXPECT_EQ((*login)->password_hash, ada.password_hash);
  EXPECT_FALSE(*directory_->FindByEmail("other-abcde", "ada@example.com"));
  EXPECT_FALSE(*directory_->Find("other-abcde", kAda));
}

TEST_P(UserDirectoryTest, FindsNobodyForTextThatNobodyCanHave) {
  Create("ada@example.com", kAda);
  for (const std::string& text : {std::string(), std::string("x"), std::string(5000, 'a'), std::string("a\0b", 3),
                                  std::string("\xff\xfe"), std::string("' OR 1=1 --")}) {
    EXPECT_FALSE((*directory_->Find(kApp, text)).has_value());
    EXPECT_FALSE((*directory_->FindByEmail(kApp, text)).has_value());
    EXPECT_FALSE((*directory_->FindByApiKey(kApp, text)).has_value());
    EXPECT_FALSE((*directory_->FindByIdentity(kApp, IdentityOf("custom-token", text))).has_value());
    EXPECT_FALSE((*directory_->Find(text, kAda)).has_value());
  }
}

TEST_P(UserDirectoryTest, RefusesAnIdAnAddressAndAnIdentityThatSomebodyHas) {
  Create("ada@example.com", kAda);
  EXPECT_THAT(directory_->Create({.app_id = kApp, .id = kAda}, kNow),
              StatusIs(absl::StatusCode::kAlreadyExists, "USER_EXISTS"));
  EXPECT_THAT(directory_->Create({.app_id = kApp, .email = "ADA@example.com"}, kNow),
              StatusIs(absl::StatusCode::kAlreadyExists, "EMAIL_TAKEN"));
  UserDirectory::NewUser user{.app_id = kApp, .identities = {IdentityOf("custom-token", "42")}};
  EXPECT_TRUE(directory_->Create(user, kNow).ok());
  EXPECT_THAT(directory_->Create(user, kNow), StatusIs(absl::StatusCode::kAlreadyExists, "IDENTITY_TAKEN"));
  // Nothing of what was refused is left, and applications do not know of each other.
  EXPECT_EQ(directory_->List(kApp, {})->size(), 2u);
  Create("ada@example.com", kAda, "other-abcde");
}

TEST_P(UserDirectoryTest, RefusesArgumentsThatAreNone) {
  auto bad = StatusIs(absl::StatusCode::kInvalidArgument, "BAD_USER");
  EXPECT_THAT(directory_->Create({.app_id = kApp, .id = "5e7a"}, kNow), bad);
  EXPECT_THAT(directory_->Create({.app_id = kApp, .email = std::string(321, 'a')}, kNow), bad);
  EXPECT_THAT(directory_->Create({.app_id = kApp, .email = "a@b.c", .password_hash = "plain"}, kNow), bad);
  EXPECT_THAT(directory_->Create({.app_id = kApp, .password_hash = HashOf("x")}, kNow), bad);
  EXPECT_THAT(directory_->Create({.app_id = kApp, .data_json = "[]"}, kNow), bad);
  EXPECT_THAT(directory_->Create({.app_id = kApp, .identities = {IdentityOf("magic", "1")}}, kNow), bad);
}

TEST_P(UserDirectoryTest, DisablesChangesAndDeletes) {
  Create("ada@example.com", kAda);
  EXPECT_TRUE(directory_->SetDisabled(kApp, kAda, true)->disabled());
  EXPECT_TRUE((*directory_->Find(kApp, kAda))->disabled());
  EXPECT_FALSE(directory_->SetDisabled(kApp, kAda, false)->disabled());
  std::string first = HashOf("first"), second = HashOf("second");
  EXPECT_THAT(directory_->SetPassword(kApp, kAda, first), IsOk());
  EXPECT_THAT(directory_->SetPassword(kApp, kAda, HashOf("late"), second), IsOk());
  EXPECT_EQ((*directory_->FindByEmail(kApp, "ada@example.com"))->password_hash, first);
  EXPECT_THAT(directory_->SetPassword(kApp, kAda, second, first), IsOk());
  EXPECT_EQ((*directory_->FindByEmail(kApp, "ada@example.com"))->password_hash, second);
  EXPECT_EQ(directory_->SetData(kApp, kAda, R"({"a":1})")->data_json(), R"({"a":1})");
  std::string key = CreateKey(kAda, "k").key;
  EXPECT_THAT(directory_->Delete(kApp, kAda), IsOk());
  EXPECT_FALSE(*directory_->Find(kApp, kAda));
  EXPECT_FALSE(*directory_->FindByApiKey(kApp, key));
  auto gone = StatusIs(absl::StatusCode::kNotFound, "USER_NOT_FOUND");
  EXPECT_THAT(directory_->Delete(kApp, kAda), gone);
  EXPECT_THAT(directory_->SetDisabled(kApp, kAda, true), gone);
  EXPECT_THAT(directory_->SetPassword(kApp, "nobody", first), gone);
}

TEST_P(UserDirectoryTest, LinksAndUnlinksIdentities) {
  Create("", kAda);
  EXPECT_THAT(directory_->SetPassword(kApp, kAda, HashOf("x")),
              StatusIs(absl::StatusCode::kFailedPrecondition, "USER_WITHOUT_EMAIL"));
  EXPECT_EQ(directory_->LinkIdentity(kApp, kAda, IdentityOf("custom-token", "42"), kNow)->identities_size(), 1);
  EXPECT_EQ(directory_->LinkIdentity(kApp, kAda, IdentityOf("custom-token", "42"), kNow)->identities_size(), 1);
  auto linked = directory_->LinkIdentity(kApp, kAda, IdentityOf("local-userpass", "ada@example.com"), kNow);
  ASSERT_TRUE(linked.ok()) << linked.status();
  EXPECT_EQ(linked->email(), "ada@example.com");
  EXPECT_THAT(directory_->SetPassword(kApp, kAda, HashOf("x")), IsOk());
  std::string other = Create("").id();
  EXPECT_THAT(directory_->LinkIdentity(kApp, other, IdentityOf("custom-token", "42"), kNow),
              StatusIs(absl::StatusCode::kAlreadyExists, "IDENTITY_TAKEN"));
  EXPECT_THAT(directory_->LinkIdentity(kApp, other, IdentityOf("local-userpass", "Ada@example.com"), kNow),
              StatusIs(absl::StatusCode::kAlreadyExists, "EMAIL_TAKEN"));
  EXPECT_EQ((*directory_->FindByIdentity(kApp, IdentityOf("custom-token", "42")))->id(), kAda);
  EXPECT_EQ(directory_->UnlinkIdentity(kApp, kAda, IdentityOf("custom-token", "42"))->identities_size(), 1);
  EXPECT_THAT(directory_->UnlinkIdentity(kApp, kAda, IdentityOf("custom-token", "42")),
              StatusIs(absl::StatusCode::kNotFound, "IDENTITY_NOT_FOUND"));
  EXPECT_FALSE(directory_->UnlinkIdentity(kApp, kAda, IdentityOf("local-userpass", kAda))->has_password());
  EXPECT_FALSE((*directory_->FindByEmail(kApp, "ada@example.com")).has_value());
}

TEST_P(UserDirectoryTest, ListsByPageStateProviderAndSearch) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(Create("user" + std::to_string(i) + "_%@example.com").id());
  std::sort(ids.begin(), ids.end());
  auto first = directory_->List(kApp, {.size_max = 2});
  ASSERT_EQ(first->size(), 2u);
  EXPECT_EQ((*first)[0].id(), ids[0]);
  auto rest = directory_->List(kApp, {.after_id = ids[1]});
  EXPECT_EQ(rest->size(), 3u);
  EXPECT_TRUE(directory_->SetDisabled(kApp, ids[3], true).ok());
  EXPECT_EQ(directory_->List(kApp, {.disabled = true})->size(), 1u);
  EXPECT_EQ(directory_->List(kApp, {.disabled = false})->size(), 4u);
  EXPECT_EQ(directory_->List(kApp, {.provider_type = "custom-token"})->size(), 0u);
  EXPECT_EQ(directory_->List(kApp, {.provider_type = "local-userpass"})->size(), 5u);
  EXPECT_EQ(directory_->List(kApp, {.search = "USER3_"})->size(), 1u);
  EXPECT_EQ(directory_->List(kApp, {.search = "%"})->size(), 5u);
  EXPECT_EQ(directory_->List(kApp, {.search = "r%3"})->size(), 0u);
  EXPECT_EQ(directory_->List(kApp, {.search = ids[2]})->size(), 1u);
  EXPECT_EQ(directory_->List("other-abcde", {})->size(), 0u);
}

TEST_P(UserDirectoryTest, MakesKeysThatFindTheirUser) {
  Create("ada@example.com", kAda);
  auto created = CreateKey(kAda, "ci");
  EXPECT_EQ(created.key.size(), 64u);
  EXPECT_EQ((*directory_->FindByApiKey(kApp, created.key))->id(), kAda);
  EXPECT_EQ((*directory_->FindByApiKey(kApp, created.key))->type(), type::v1::User::TYPE_NORMAL);
  EXPECT_FALSE(*directory_->FindByApiKey("other-abcde", created.key));
  std::string wrong = created.key;
  wrong[40] = wrong[40] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(*directory_->FindByApiKey(kApp, wrong));
  EXPECT_TRUE(directory_->SetApiKeyDisabled(kApp, created.record.id(), true)->disabled());
  EXPECT_FALSE(*directory_->FindByApiKey(kApp, created.key));
  EXPECT_FALSE(directory_->SetApiKeyDisabled(kApp, created.record.id(), false)->disabled());
  EXPECT_TRUE(*directory_->FindByApiKey(kApp, created.key));
  EXPECT_EQ(directory_->ListApiKeys(kApp, kAda)->size(), 1u);
  EXPECT_THAT(directory_->RevokeApiKeys(kApp, kAda), IsOkAndHolds(1));
  EXPECT_THAT(directory_->RevokeApiKeys(kApp, kAda), IsOkAndHolds(0));
  EXPECT_FALSE(*directory_->FindByApiKey(kApp, created.key));
  EXPECT_THAT(directory_->DeleteApiKey(kApp, created.record.id()), IsOk());
  EXPECT_THAT(directory_->DeleteApiKey(kApp, created.record.id()),
              StatusIs(absl::StatusCode::kNotFound, "API_KEY_NOT_FOUND"));
}

TEST_P(UserDirectoryTest, MakesAServerUserForAKeyAndTakesAKeyThatSendersHave) {
  const std::string known(64, 'K');
  auto created = CreateKey("", "legacy", known);
  EXPECT_EQ(created.key, known);
  auto user = directory_->FindByApiKey(kApp, known);
  ASSERT_TRUE(user.ok() && *user);
  EXPECT_EQ((*user)->type(), type::v1::User::TYPE_SERVER);
  EXPECT_EQ((*user)->data_json(), R"({"name":"legacy"})");
  EXPECT_EQ((*user)->identities(0).provider_type(), "api-key");
  auto taken = StatusIs(absl::StatusCode::kAlreadyExists, "API_KEY_EXISTS");
  EXPECT_THAT(directory_->CreateApiKey({kApp, "", "again", known}, kNow), taken);
  EXPECT_THAT(directory_->CreateApiKey({kApp, created.record.user_id(), "legacy", ""}, kNow), taken);
  auto bad = StatusIs(absl::StatusCode::kInvalidArgument, "BAD_API_KEY");
  EXPECT_THAT(directory_->CreateApiKey({kApp, "", "short", "short"}, kNow), bad);
  EXPECT_THAT(directory_->CreateApiKey({kApp, "", "", ""}, kNow), bad);
  EXPECT_THAT(directory_->CreateApiKey({kApp, kAda, "nobody's", ""}, kNow),
              StatusIs(absl::StatusCode::kNotFound, "USER_NOT_FOUND"));
}

TEST_P(UserDirectoryTest, MakesOneUserOfAnIdentityThatComesManyTimesAtOnce) {
  v1::Identity identity = IdentityOf("custom-token", "42");
  std::vector<std::string> ids(8);
  std::vector<std::thread> threads;
  for (std::string& id : ids) {
    threads.emplace_back([&] {
      auto user = directory_->FindOrCreateByIdentity(kApp, identity, R"({"name":"Ada"})", kNow);
      id = user.ok() ? user->id() : std::string(user.status().message());
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& id : ids) EXPECT_EQ(id, ids[0]);
  EXPECT_EQ(directory_->List(kApp, {})->size(), 1u);
  auto changed = directory_->FindOrCreateByIdentity(kApp, identity, R"({"name":"Eve"})", kNow);
  EXPECT_EQ(changed->data_json(), R"({"name":"Eve"})");
  EXPECT_EQ(directory_->FindOrCreateByIdentity(kApp, identity, "{}", kNow)->data_json(), R"({"name":"Eve"})");
}

TEST_P(UserDirectoryTest, HasANewGenerationAfterEachChangeOfWhatWasThere) {
  Create("ada@example.com", kAda);
  auto key = CreateKey(kAda, "k");
  uint64_t before = directory_->generation();
  auto grew = [&] { return std::exchange(before, directory_->generation()) != before; };
  EXPECT_TRUE(directory_->SetData(kApp, kAda, "{}").ok());
  EXPECT_TRUE(grew());
  EXPECT_TRUE(directory_->SetDisabled(kApp, kAda, true).ok());
  EXPECT_TRUE(grew());
  EXPECT_TRUE(directory_->SetApiKeyDisabled(kApp, key.record.id(), true).ok());
  EXPECT_TRUE(grew());
  EXPECT_TRUE(directory_->DeleteApiKey(kApp, key.record.id()).ok());
  EXPECT_TRUE(grew());
  EXPECT_TRUE(directory_->Delete(kApp, kAda).ok());
  EXPECT_TRUE(grew());
}

TEST_P(UserDirectoryTest, NotesLoginsOnceAnHour) {
  v1::UserRecord ada = Create("ada@example.com", kAda);
  EXPECT_THAT(directory_->NoteLogin(ada, kNow), IsOk());
  EXPECT_THAT(directory_->NoteLogin(ada, kNow + absl::Minutes(30)), IsOk());
  EXPECT_EQ((*directory_->Find(kApp, kAda))->last_login_time().seconds(), 1'600'000'000);
  EXPECT_THAT(directory_->NoteLogin(**directory_->Find(kApp, kAda), kNow + absl::Hours(1)), IsOk());
  EXPECT_EQ((*directory_->Find(kApp, kAda))->last_login_time().seconds(), 1'600'003'600);
}

TEST_P(UserDirectoryTest, RecordsAChangeThatHasAnAuthorOnlyIfItIsMade) {
  const UserDirectory::Author ci{"ci", "ipv4:127.0.0.1:5", kNow};
  Create("ada@example.com", kAda);
  EXPECT_FALSE(directory_->Create({.app_id = kApp, .id = kAda}, kNow, &ci).ok());
  EXPECT_FALSE(directory_->SetDisabled("other-abcde", kAda, true, &ci).ok());
  ASSERT_TRUE(directory_->SetDisabled(kApp, kAda, true, &ci).ok());
  ASSERT_TRUE(directory_->SetDisabled(kApp, kAda, false).ok());
  ASSERT_TRUE(directory_->Delete(kApp, kAda, &ci).ok());
  EXPECT_FALSE(directory_->Delete(kApp, kAda, &ci).ok());
  auto newest = directory_->ReadAudit(kApp, 1, "");
  ASSERT_TRUE(newest.ok()) << newest.status();
  ASSERT_EQ(newest->rows.size(), 1u);
  EXPECT_EQ(newest->rows[0].id, 2);
  EXPECT_EQ(newest->rows[0].time, kNow);
  EXPECT_EQ(newest->rows[0].entry.actor, "ci");
  EXPECT_EQ(newest->rows[0].entry.peer, "ipv4:127.0.0.1:5");
  EXPECT_EQ(newest->rows[0].entry.action, "delete user");
  EXPECT_EQ(newest->rows[0].entry.subject, std::string("user ") + kAda);
  auto rest = directory_->ReadAudit("", 10, newest->next_page_token);
  ASSERT_TRUE(rest.ok()) << rest.status();
  ASSERT_EQ(rest->rows.size(), 1u);
  EXPECT_EQ(rest->rows[0].entry.action, "disable user");
  EXPECT_EQ(rest->next_page_token, "");
  EXPECT_TRUE(directory_->ReadAudit("other-abcde", 10, "")->rows.empty());
}

std::string NameOf(const ::testing::TestParamInfo<storage::Dialect>& info) {
  return info.param == storage::Dialect::kSqlite ? "Sqlite" : "Postgres";
}
INSTANTIATE_TEST_SUITE_P(Databases, UserDirectoryTest,
                         ::testing::Values(storage::Dialect::kSqlite, storage::Dialect::kPostgres), NameOf);

}  // namespace
}  // namespace overlock::auth
