// What every UserAdmin does, in process and over gRPC.
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/async/block_on.h"
#include "common/async/event_loops.h"
#include "common/rpc/server_runner.h"
#include "common/status/status.h"
#include "common/storage/open_database.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/auth/local_user_admin.h"
#include "services/auth/remote_user_admin.h"
#include "services/auth/user_admin_grpc.h"
#include "services/config/app_admin_mock.h"
#include "services/config/token_check.h"

namespace overlock::auth {
namespace {

using ::testing::_;

constexpr char kApp[] = "app-abcde";
constexpr char kAda[] = "5e7a1c0f9d3b2a4c6e8f0a98";
constexpr char kEditor[] = "editor";
constexpr char kViewer[] = "viewer";
constexpr char kAdmin[] = "admin";

Task<absl::StatusOr<config::v1::GetTokenInfoResponse>> TokenInfo(const std::string& token) {
  config::v1::GetTokenInfoResponse response;
  response.mutable_token()->set_name(token);
  response.mutable_token()->add_app_ids(kApp);
  if (token == kEditor) {
    response.mutable_token()->set_role(config::v1::ROLE_EDITOR);
  } else if (token == kAdmin) {
    response.mutable_token()->set_role(config::v1::ROLE_ADMIN);
  } else if (token == kViewer) {
    response.mutable_token()->set_role(config::v1::ROLE_VIEWER);
  } else {
    co_return Error(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID", "authorization: nobody's");
  }
  co_return response;
}

enum class Where { kInProcess, kOverGrpc };

class UserAdminContract : public ::testing::TestWithParam<Where> {
 protected:
  void SetUp() override {
    std::string name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    file_ = ::testing::TempDir() + "user_admin_" + name.substr(0, name.find('/')) +
            (GetParam() == Where::kOverGrpc ? "_grpc.db" : "_local.db");
    Remove();
    auto database = storage::OpenDatabase("sqlite:" + file_);
    ASSERT_TRUE(database.ok()) << database.status();
    auto directory = UserDirectory::Open(*std::move(database));
    ASSERT_TRUE(directory.ok()) << directory.status();
    directory_ = *std::move(directory);
    ON_CALL(config_, GetTokenInfo(_, _)).WillByDefault([](config::v1::GetTokenInfoRequest, CallContext call) {
      return TokenInfo(call.token);
    });
    local_ = std::make_unique<LocalUserAdmin>(*directory_, hasher_, tokens_, pool_, metrics_);
    if (GetParam() == Where::kOverGrpc) {
      grpc_ = std::make_unique<UserAdminGrpc>(*local_, loops_);
      server_ = rpc::ServerRunner::StartInProcess({grpc_.get()});
      remote_ = std::make_unique<RemoteUserAdmin>(server_->InProcessChannel());
    }
  }
  void TearDown() override {
    remote_.reset();
    if (server_) server_->Shutdown(absl::Now() + absl::Seconds(5));
    directory_.reset();
    Remove();
  }
  void Remove() {
    for (const char* suffix : {"", "-wal", "-shm"}) std::remove((file_ + suffix).c_str());
  }

  UserAdmin& admin() { return remote_ ? static_cast<UserAdmin&>(*remote_) : *local_; }
  // In process, as what another process sent.
  static CallContext As(const std::string& token) {
    Caller caller;
    caller.address = "ipv4:127.0.0.1:5";
    caller.token = token;
    CallContext call;
    if (GetParam() == Where::kInProcess) call.caller = std::make_shared<const Caller>(std::move(caller));
    if (GetParam() == Where::kOverGrpc) call.token = token;
    return call;
  }

  // Of kAda, for the editor.
  template <class Request>
  static Request OfAda() {
    Request request;
    request.set_app_id(kApp);
    request.set_user_id(kAda);
    return request;
  }
  absl::StatusOr<v1::UserRecord> CreateAda() {
    auto request = OfAda<v1::CreateUserRequest>();
    request.set_email("Ada@example.com");
    request.set_password("analytical");
    auto response = BlockOn(admin().CreateUser(std::move(request), As(kEditor)));
    if (!response.ok()) return response.status();
    return response->user();
  }
  absl::StatusOr<v1::UserRecord> GetAda() {
    auto response = BlockOn(admin().GetUser(OfAda<v1::GetUserRequest>(), As(kViewer)));
    if (!response.ok()) return response.status();
    return response->user();
  }

  std::string file_;
  EventLoops loops_{1};
  ::testing::NiceMock<config::AppAdminMock> config_;
  config::TokenChecker tokens_{config_};
  std::unique_ptr<UserDirectory> directory_;
  BlockingPool pool_{1, 100};
  PasswordHasher hasher_{{.parameters = {.memory_kib = 64, .passes = 1, .lanes = 1}}};
  Metrics metrics_;
  std::unique_ptr<LocalUserAdmin> local_;
  std::unique_ptr<UserAdminGrpc> grpc_;
  std::unique_ptr<rpc::ServerRunner> server_;
  std::unique_ptr<RemoteUserAdmin> remote_;
};

TEST_P(UserAdminContract, CreatesAUserWithTheIdThatAWebhookNames) {
  absl::StatusOr<v1::UserRecord> created = CreateAda();
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->id(), kAda);
  absl::StatusOr<v1::UserRecord> found = GetAda();
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_TRUE(found->has_password());
  EXPECT_FALSE(found->disabled());
  ASSERT_EQ(found->identities_size(), 1);
  EXPECT_EQ(found->identities(0).provider_type(), "local-userpass");
}

TEST_P(UserAdminContract, DoesNotMakeTheSameUserTwice) {
  ASSERT_TRUE(CreateAda().ok());
  EXPECT_EQ(CreateAda().status().code(), absl::StatusCode::kAlreadyExists);
}

TEST_P(UserAdminContract, ValidateOnlyMakesNobody) {
  auto request = OfAda<v1::CreateUserRequest>();
  request.set_validate_only(true);
  EXPECT_TRUE(BlockOn(admin().CreateUser(request, As(kEditor))).ok());
  EXPECT_EQ(GetAda().status().code(), absl::StatusCode::kNotFound);
  request.set_user_id("ada");
  EXPECT_EQ(BlockOn(admin().CreateUser(request, As(kEditor))).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_P(UserAdminContract, AsksForATokenAndItsRole) {
  EXPECT_EQ(BlockOn(admin().CreateUser(OfAda<v1::CreateUserRequest>(), As(""))).status().code(),
            absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(BlockOn(admin().CreateUser(OfAda<v1::CreateUserRequest>(), As("stolen"))).status().code(),
            absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(BlockOn(admin().CreateUser(OfAda<v1::CreateUserRequest>(), As(kViewer))).status().code(),
            absl::StatusCode::kPermissionDenied);
  auto elsewhere = OfAda<v1::CreateUserRequest>();
  elsewhere.set_app_id("app-other");
  EXPECT_EQ(BlockOn(admin().CreateUser(elsewhere, As(kEditor))).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(GetAda().status().code(), absl::StatusCode::kNotFound);
}

TEST_P(UserAdminContract, DisablesAndEnables) {
  ASSERT_TRUE(CreateAda().ok());
  ASSERT_TRUE(BlockOn(admin().DisableUser(OfAda<v1::DisableUserRequest>(), As(kEditor))).ok());
  EXPECT_TRUE(GetAda()->disabled());
  ASSERT_TRUE(BlockOn(admin().EnableUser(OfAda<v1::EnableUserRequest>(), As(kEditor))).ok());
  EXPECT_FALSE(GetAda()->disabled());
}

TEST_P(UserAdminContract, ListsInPages) {
  for (int i = 0; i < 3; ++i) {
    v1::CreateUserRequest request;
    request.set_app_id(kApp);
    ASSERT_TRUE(BlockOn(admin().CreateUser(request, As(kEditor))).ok());
  }
  v1::ListUsersRequest request;
  request.set_app_id(kApp);
  request.set_page_size(2);
  auto first = BlockOn(admin().ListUsers(request, As(kViewer)));
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->users_size(), 2);
  ASSERT_NE(first->next_page_token(), "");
  request.set_page_token(first->next_page_token());
  auto second = BlockOn(admin().ListUsers(request, As(kViewer)));
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->users_size(), 1);
  EXPECT_EQ(second->next_page_token(), "");
  request.set_page_token("elsewhere");
  EXPECT_EQ(BlockOn(admin().ListUsers(request, As(kViewer))).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_P(UserAdminContract, EndsAPageEarlyWhereDataIsLarge) {
  constexpr int kUsers = 40;
  v1::CreateUserRequest create;
  create.set_app_id(kApp);
  create.set_data_json("{\"a\":\"" + std::string(UserDirectory::kDataBytesMax - 100, 'a') + "\"}");
  for (int i = 0; i < kUsers; ++i) ASSERT_TRUE(BlockOn(admin().CreateUser(create, As(kEditor))).ok());
  v1::ListUsersRequest request;
  request.set_app_id(kApp);
  int listed = 0, pages = 0;
  do {
    auto page = BlockOn(admin().ListUsers(request, As(kViewer)));
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_LE(page->ByteSizeLong(), size_t{2} << 20);
    listed += page->users_size();
    ++pages;
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(listed, kUsers);
  EXPECT_EQ(pages, 2);
}

TEST_P(UserAdminContract, ShowsAnApiKeyOnce) {
  ASSERT_TRUE(CreateAda().ok());
  auto request = OfAda<v1::CreateApiKeyRequest>();
  request.set_name("ci");
  auto created = BlockOn(admin().CreateApiKey(request, As(kEditor)));
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_GE(created->key().size(), 32u);
  auto listed = BlockOn(admin().ListApiKeys(OfAda<v1::ListApiKeysRequest>(), As(kViewer)));
  ASSERT_TRUE(listed.ok()) << listed.status();
  ASSERT_EQ(listed->api_keys_size(), 1);
  EXPECT_EQ(listed->ShortDebugString().find(created->key()), std::string::npos);
  EXPECT_EQ(BlockOn(admin().CreateApiKey(request, As(kEditor))).status().code(), absl::StatusCode::kAlreadyExists);
  auto revoked = BlockOn(admin().RevokeApiKeys(OfAda<v1::RevokeApiKeysRequest>(), As(kEditor)));
  ASSERT_TRUE(revoked.ok()) << revoked.status();
  EXPECT_EQ(revoked->revoked(), 1);
}

TEST_P(UserAdminContract, RefusesAPasswordThatIsTooShort) {
  ASSERT_TRUE(CreateAda().ok());
  auto request = OfAda<v1::SetPasswordRequest>();
  request.set_password("12345");
  EXPECT_EQ(BlockOn(admin().SetPassword(request, As(kEditor))).status().code(), absl::StatusCode::kInvalidArgument);
  request.set_password("123456");
  EXPECT_TRUE(BlockOn(admin().SetPassword(request, As(kEditor))).ok());
}

TEST_P(UserAdminContract, LinksAnIdentityToOneUserOnly) {
  ASSERT_TRUE(CreateAda().ok());
  auto request = OfAda<v1::LinkIdentityRequest>();
  request.mutable_identity()->set_provider_type("custom-token");
  request.mutable_identity()->set_id("ada-lovelace");
  auto linked = BlockOn(admin().LinkIdentity(request, As(kEditor)));
  ASSERT_TRUE(linked.ok()) << linked.status();
  EXPECT_EQ(linked->user().identities_size(), 2);
  v1::CreateUserRequest another;
  another.set_app_id(kApp);
  auto other = BlockOn(admin().CreateUser(another, As(kEditor)));
  ASSERT_TRUE(other.ok()) << other.status();
  request.set_user_id(other->user().id());
  EXPECT_EQ(BlockOn(admin().LinkIdentity(request, As(kEditor))).status().code(), absl::StatusCode::kAlreadyExists);
}

TEST_P(UserAdminContract, DeletesForGood) {
  ASSERT_TRUE(CreateAda().ok());
  ASSERT_TRUE(BlockOn(admin().DeleteUser(OfAda<v1::DeleteUserRequest>(), As(kEditor))).ok());
  EXPECT_EQ(GetAda().status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(BlockOn(admin().DeleteUser(OfAda<v1::DeleteUserRequest>(), As(kEditor))).status().code(),
            absl::StatusCode::kNotFound);
}

// The audit as `action: subject`, newest first.
std::vector<std::string> LinesOf(const v1::ListAuditRecordsResponse& response) {
  std::vector<std::string> lines;
  for (const v1::AuditRecord& record : response.records()) lines.push_back(record.action() + ": " + record.subject());
  return lines;
}

TEST_P(UserAdminContract, RecordsWhoChangedWhatAndNoSecret) {
  ASSERT_TRUE(CreateAda().ok());
  EXPECT_FALSE(CreateAda().ok());
  auto password = OfAda<v1::SetPasswordRequest>();
  password.set_password("d1fference");
  password.set_validate_only(true);
  ASSERT_TRUE(BlockOn(admin().SetPassword(password, As(kEditor))).ok());
  password.set_validate_only(false);
  ASSERT_TRUE(BlockOn(admin().SetPassword(password, As(kEditor))).ok());
  ASSERT_TRUE(BlockOn(admin().DisableUser(OfAda<v1::DisableUserRequest>(), As(kEditor))).ok());
  ASSERT_TRUE(BlockOn(admin().EnableUser(OfAda<v1::EnableUserRequest>(), As(kEditor))).ok());
  auto data = OfAda<v1::SetUserDataRequest>();
  data.set_data_json("{\"hush\":1}");
  ASSERT_TRUE(BlockOn(admin().SetUserData(data, As(kEditor))).ok());
  auto link = OfAda<v1::LinkIdentityRequest>();
  link.mutable_identity()->set_provider_type("custom-token");
  link.mutable_identity()->set_id("ada-lovelace");
  ASSERT_TRUE(BlockOn(admin().LinkIdentity(link, As(kEditor))).ok());
  auto unlink = OfAda<v1::UnlinkIdentityRequest>();
  *unlink.mutable_identity() = link.identity();
  ASSERT_TRUE(BlockOn(admin().UnlinkIdentity(unlink, As(kEditor))).ok());
  auto create_key = OfAda<v1::CreateApiKeyRequest>();
  create_key.set_name("ci");
  auto created = BlockOn(admin().CreateApiKey(create_key, As(kEditor)));
  ASSERT_TRUE(created.ok()) << created.status();
  v1::DisableApiKeyRequest disable_key;
  disable_key.set_app_id(kApp);
  disable_key.set_key_id(created->api_key().id());
  ASSERT_TRUE(BlockOn(admin().DisableApiKey(disable_key, As(kEditor))).ok());
  v1::EnableApiKeyRequest enable_key;
  enable_key.set_app_id(kApp);
  enable_key.set_key_id(created->api_key().id());
  ASSERT_TRUE(BlockOn(admin().EnableApiKey(enable_key, As(kEditor))).ok());
  ASSERT_TRUE(BlockOn(admin().RevokeApiKeys(OfAda<v1::RevokeApiKeysRequest>(), As(kEditor))).ok());
  v1::DeleteApiKeyRequest delete_key;
  delete_key.set_app_id(kApp);
  delete_key.set_key_id(created->api_key().id());
  ASSERT_TRUE(BlockOn(admin().DeleteApiKey(delete_key, As(kEditor))).ok());
  ASSERT_TRUE(BlockOn(admin().DeleteUser(OfAda<v1::DeleteUserRequest>(), As(kEditor))).ok());

  v1::ListAuditRecordsRequest request;
  request.set_app_id(kApp);
  auto listed = BlockOn(admin().ListAuditRecords(request, As(kAdmin)));
  ASSERT_TRUE(listed.ok()) << listed.status();
  const std::string ada = std::string("user ") + kAda;
  const std::string key = "API key " + created->api_key().id() + " of " + ada;
  EXPECT_THAT(LinesOf(*listed),
              ::testing::ElementsAre(
                  "delete user: " + ada, "delete API key: " + key, "revoke API keys: " + ada, "enable API key: " + key,
                  "disable API key: " + key, "create API key: " + key, "unlink identity: " + ada + ": custom-token",
                  "link identity: " + ada + ": custom-token", "set user data: " + ada, "enable user: " + ada,
                  "disable user: " + ada, "set password: " + ada, "create user: " + ada));
  EXPECT_EQ(listed->records(0).actor(), kEditor);
  EXPECT_NE(listed->records(0).peer(), "");
  EXPECT_EQ(listed->records(0).app_id(), kApp);
  for (const char* secret : {"analytical", "d1fference", "hush", "Ada@example.com", "ada-lovelace", "argon2"}) {
    EXPECT_EQ(listed->DebugString().find(secret), std::string::npos) << secret;
  }
  EXPECT_EQ(listed->DebugString().find(created->key()), std::string::npos);
}

TEST_P(UserAdminContract, ListsTheAuditInPagesForAdmins) {
  for (int i = 0; i < 3; ++i) {
    v1::CreateUserRequest create;
    create.set_app_id(kApp);
    ASSERT_TRUE(BlockOn(admin().CreateUser(create, As(kEditor))).ok());
  }
  v1::ListAuditRecordsRequest request;
  request.set_app_id(kApp);
  request.set_page_size(2);
  EXPECT_EQ(BlockOn(admin().ListAuditRecords(request, As(kEditor))).status().code(),
            absl::StatusCode::kPermissionDenied);
  auto first = BlockOn(admin().ListAuditRecords(request, As(kAdmin)));
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_EQ(first->records_size(), 2);
  EXPECT_GT(first->records(0).id(), first->records(1).id());
  request.set_page_token(first->next_page_token());
  auto second = BlockOn(admin().ListAuditRecords(request, As(kAdmin)));
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->records_size(), 1);
  EXPECT_EQ(second->next_page_token(), "");
  request.set_page_token("elsewhere");
  EXPECT_EQ(BlockOn(admin().ListAuditRecords(request, As(kAdmin))).status().code(), absl::StatusCode::kInvalidArgument);
  // The token is for one application only.
  request.Clear();
  EXPECT_EQ(BlockOn(admin().ListAuditRecords(request, As(kAdmin))).status().code(),
            absl::StatusCode::kPermissionDenied);
}

TEST_P(UserAdminContract, CountsCallsByHowTheyEnd) {
  ASSERT_TRUE(CreateAda().ok());
  EXPECT_FALSE(CreateAda().ok());
  EXPECT_FALSE(BlockOn(admin().CreateUser(OfAda<v1::CreateUserRequest>(), As("stolen"))).ok());
  ASSERT_TRUE(GetAda().ok());
  auto count = [&](const char* rpc, const char* result) {
    return metrics_.GetCounter("overlock_auth_calls_total", "", {{"rpc", rpc}, {"result", result}}).value();
  };
  EXPECT_EQ(count("CreateUser", "done"), 1u);
  EXPECT_EQ(count("CreateUser", "refused"), 2u);
  EXPECT_EQ(count("CreateUser", "failed"), 0u);
  EXPECT_EQ(count("GetUser", "done"), 1u);
  const std::string served = metrics_.Serialize();
  EXPECT_NE(served.find("overlock_auth_call_seconds_count{rpc=\"CreateUser\"} 3\n"), std::string::npos);
  EXPECT_NE(served.find("rpc=\"RevokeApiKeys\""), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Where, UserAdminContract, ::testing::Values(Where::kInProcess, Where::kOverGrpc),
                         [](const auto& info) { return info.param == Where::kInProcess ? "InProcess" : "OverGrpc"; });

}  // namespace
}  // namespace overlock::auth
