// What every AppAdmin promises, asked of the local one and of a remote one over gRPC.
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/status/status.h"
#include "gmock/gmock.h"
#include "tests/contract/app_admin_fixture.h"

namespace overlock::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// ---- Entities.

TEST_P(AppAdminContract, CreatesAndGetsEntitiesWithoutTheirSecrets) {
  auto hook = Get(Hook());
  ASSERT_THAT(hook, IsOk());
  EXPECT_EQ(hook->entity().source(), "exports = 1;");
  EXPECT_THAT(hook->entity().config_json(), HasSubstr("\"colour\":1.50"));
  EXPECT_THAT(hook->entity().config_json(), Not(HasSubstr("hush")));
  EXPECT_EQ(hook->entity().id().size(), 24u);
  EXPECT_THAT(Names(), ElementsAre("s", "s/w"));
}

TEST_P(AppAdminContract, RefusesEntitiesThatAreThereOrHaveNoService) {
  EXPECT_THAT(Create(v1::ENTITY_KIND_WEBHOOK, "s", kHook, "x"),
              StatusIs(absl::StatusCode::kAlreadyExists, "ENTITY_EXISTS"));
  EXPECT_THAT(Create(v1::ENTITY_KIND_WEBHOOK, "t", kHook, "x"),
              StatusIs(absl::StatusCode::kNotFound, "ENTITY_NOT_FOUND"));
  EXPECT_THAT(Create(v1::ENTITY_KIND_WEBHOOK, "", kHook, "x"),
              StatusIs(absl::StatusCode::kInvalidArgument, "CONFIG_INVALID"));
  EXPECT_THAT(Create(v1::ENTITY_KIND_UNSPECIFIED, "", kHook, "x"),
              StatusIs(absl::StatusCode::kInvalidArgument, "KIND_UNSPECIFIED"));
  EXPECT_THAT(Create(v1::ENTITY_KIND_ENDPOINT, "", R"({"route": "/a"})"),
              StatusIs(absl::StatusCode::kInvalidArgument, "CONFIG_INVALID"));
}

TEST_P(AppAdminContract, SaysWhatIsWrongWithAConfiguration) {
  for (const char* config : {"{", "[]", R"({"name": "x", "name": "y"})", "{}"}) {
    EXPECT_THAT(Create(v1::ENTITY_KIND_FUNCTION, "", config, "x"),
                StatusIs(absl::StatusCode::kInvalidArgument, "CONFIG_INVALID"))
        << config;
  }
  auto refused = Ask(&AppAdmin::UpdateEntity, Update(Hook(), R"({"name": "w", "options": {"httpMethod": "FETCH"}})"));
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument, "CONFIG_INVALID"));
  EXPECT_THAT(refused.status().message(),
              HasSubstr("services/s/incoming_webhooks/w/config.json: options.httpMethod: 'FETCH' is not allowed"));
  EXPECT_THAT(refused.status().message(), HasSubstr("respond_result: is required"));
  EXPECT_EQ(SourceInForce(), "exports = 1;");
}

TEST_P(AppAdminContract, UpdatesAndKeepsTheSecretThatIsLeftOut) {
  auto updated = Ask(&AppAdmin::UpdateEntity,
                     Update(Hook(), R"({"name": "w", "respond_result": false, "options": {"httpMethod": "GET",
                                        "validationMethod": "SECRET_AS_QUERY_PARAM"}})"));
  ASSERT_THAT(updated, IsOk());
  EXPECT_THAT(Export().at("services/s/incoming_webhooks/w/config.json"), HasSubstr("\"secret\": \"hush\""));
  EXPECT_EQ(updated->entity().source(), "exports = 1;");
  EXPECT_GT(updated->written().revision(), 0);
}

TEST_P(AppAdminContract, RenamesAServiceWithItsWebhooks) {
  auto request = Update(Name(v1::ENTITY_KIND_SERVICE, "", "s"), R"({"name": "t", "type": "http"})");
  ASSERT_THAT(Ask(&AppAdmin::UpdateEntity, request), IsOk());
  EXPECT_THAT(Names(), ElementsAre("t", "t/w"));
  ASSERT_THAT(Create(v1::ENTITY_KIND_SERVICE, "", R"({"name": "s", "type": "http"})"), IsOk());
  EXPECT_THAT(Ask(&AppAdmin::UpdateEntity, request), StatusIs(absl::StatusCode::kAlreadyExists, "ENTITY_EXISTS"));
}

TEST_P(AppAdminContract, RefusesAnUpdateOfWhatSomebodyElseChanged) {
  std::string etag = Get(Hook())->entity().etag();
  v1::UpdateEntityRequest mine = SourceUpdate("exports = 2;");
  mine.set_etag(etag);
  ASSERT_THAT(Ask(&AppAdmin::UpdateEntity, mine), IsOk());
  v1::UpdateEntityRequest theirs = SourceUpdate("exports = 3;");
  theirs.set_etag(etag);
  EXPECT_THAT(Ask(&AppAdmin::UpdateEntity, theirs), StatusIs(absl::StatusCode::kAborted, "ETAG_MISMATCH"));
  EXPECT_EQ(SourceInForce(), "exports = 2;");
}

TEST_P(AppAdminContract, DeletesAServiceWithWhatBelongsToIt) {
  v1::DeleteEntityRequest request;
  request.set_app_id(kApp);
  *request.mutable_name() = Name(v1::ENTITY_KIND_SERVICE, "", "s");
  request.mutable_options()->set_validate_only(true);
  ASSERT_THAT(Ask(&AppAdmin::DeleteEntity, request), IsOk());
  EXPECT_EQ(Names().size(), 2u);
  request.mutable_options()->set_validate_only(false);
  ASSERT_THAT(Ask(&AppAdmin::DeleteEntity, request), IsOk());
  EXPECT_THAT(Names(), IsEmpty());
  EXPECT_THAT(Ask(&AppAdmin::DeleteEntity, request), StatusIs(absl::StatusCode::kNotFound, "ENTITY_NOT_FOUND"));
}

TEST_P(AppAdminContract, ListsInPages) {
  for (const char* name : {"c", "a", "b"}) {
    ASSERT_THAT(Create(v1::ENTITY_KIND_VALUE, "", absl::StrCat(R"({"name": ")", name, R"(", "value": 1})")), IsOk());
  }
  v1::ListEntitiesRequest request;
  request.set_app_id(kApp);
  request.set_kind(v1::ENTITY_KIND_VALUE);
  request.set_page_size(2);
  auto page = Ask(&AppAdmin::ListEntities, request);
  ASSERT_EQ(page->entities_size(), 2);
  EXPECT_EQ(page->entities(1).name(), "b");
  request.set_page_token(page->next_page_token());
  page = Ask(&AppAdmin::ListEntities, request);
  ASSERT_EQ(page->entities_size(), 1);
  EXPECT_EQ(page->entities(0).name(), "c");
  EXPECT_EQ(page->next_page_token(), "");
  request.set_page_token("bm9uZQ");
  EXPECT_THAT(Ask(&AppAdmin::ListEntities, request), StatusIs(absl::StatusCode::kInvalidArgument, "BAD_PAGE_TOKEN"));
}

TEST_P(AppAdminContract, ChangesNothingWhenNothingIsNew) {
  auto updated = Ask(&AppAdmin::UpdateEntity, SourceUpdate("exports = 1;"));
  ASSERT_THAT(updated, IsOk());
  EXPECT_TRUE(updated->written().unchanged());
}

// ---- Applications.

TEST_P(AppAdminContract, ChangesTheRootFileButNotNameAndId) {
  v1::UpdateAppRequest request;
  request.set_app_id(kApp);
  request.set_root_json(R"({"overlock": {"limits": {"memory_mb": 64}}})");
  auto updated = Ask(&AppAdmin::UpdateApp, request);
  ASSERT_THAT(updated, IsOk());
  EXPECT_THAT(updated->app().root_json(), HasSubstr(R"("name":"shop")"));
  request.set_root_json(R"({"name": "other"})");
  EXPECT_THAT(Ask(&AppAdmin::UpdateApp, request), StatusIs(absl::StatusCode::kInvalidArgument, "CONFIG_INVALID"));
  request.set_root_json(R"({"overlock": {"limits": {"memory_mb": 1}}})");
  EXPECT_THAT(Ask(&AppAdmin::UpdateApp, request), StatusIs(absl::StatusCode::kInvalidArgument, "CONFIG_INVALID"));
  request.set_root_json("{}");
  request.set_etag("0123456789abcdef");
  EXPECT_THAT(Ask(&AppAdmin::UpdateApp, request), StatusIs(absl::StatusCode::kAborted, "ETAG_MISMATCH"));
}

TEST_P(AppAdminContract, RefusesAnApplicationThatIsThereOrIsNot) {
  v1::CreateAppRequest request;
  request.set_name("shop");
  request.set_app_id(kApp);
  EXPECT_THAT(Ask(&AppAdmin::CreateApp, request), StatusIs(absl::StatusCode::kAlreadyExists, "APP_EXISTS"));
  ASSERT_THAT(AskApp(&AppAdmin::DeleteApp), IsOk());
  EXPECT_THAT(AskApp(&AppAdmin::DeleteApp), StatusIs(absl::StatusCode::kNotFound, "APP_NOT_FOUND"));
  EXPECT_THAT(AskApp(&AppAdmin::GetApp), StatusIs(absl::StatusCode::kNotFound, "APP_NOT_FOUND"));
  EXPECT_THAT(Get(Hook()), StatusIs(absl::StatusCode::kNotFound, "APP_NOT_FOUND"));
  EXPECT_THAT(Ask(&AppAdmin::CreateApp, request), IsOk());
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_P(AppAdminContract, ExportsWhatItsCallerHasARightTo) {
  v1::ExportAppRequest request;
  EXPECT_THAT(Export().at("services/s/incoming_webhooks/w/config.json"), HasSubstr("hush"));
  call_ = config_.CallOf(v1::ROLE_VIEWER);
  request.set_app_id(kApp);
  auto response = Ask(&AppAdmin::ExportApp, request);
  ASSERT_THAT(response, IsOk());
  EXPECT_TRUE(response->secrets_left_out());
  for (const auto& file : response->files()) EXPECT_THAT(file.content(), Not(HasSubstr("hush"))) << file.path();
}

TEST_P(AppAdminContract, ExportsForStitchWithoutOurOwnSettings) {
  v1::UpdateAppRequest update;
  update.set_app_id(kApp);
  update.set_root_json(R"({"overlock": {"limits": {"memory_mb": 64}}})");
  ASSERT_THAT(Ask(&AppAdmin::UpdateApp, update), IsOk());
  v1::ExportAppRequest request;
  request.set_app_id(kApp);
  request.set_plain_stitch(true);
  auto response = Ask(&AppAdmin::ExportApp, request);
  ASSERT_THAT(response, IsOk());
  EXPECT_THAT(response->left_out(), ElementsAre("config.json: overlock"));
  EXPECT_THAT(Export(request).at("config.json"), Not(HasSubstr("overlock")));
}

// ---- Our own settings of validation.

constexpr char kStripeHook[] =
    R"({"name": "w", "respond_result": true, "options": {"httpMethod": "POST", "validationMethod": "STRIPE",
        "overlock": {"secrets": [{"name": "next"}], "toleranceSeconds": 60}}})";

TEST_P(AppAdminContract, KeepsSettingsOfValidationAndShowsTheirChanges) {
  ASSERT_THAT(Ask(&AppAdmin::UpdateEntity, Update(Hook(), kStripeHook)), IsOk());
  EXPECT_THAT(Get(Hook())->entity().config_json(), HasSubstr(R"("secrets":[{"name":"next"}],"toleranceSeconds":60)"));
  EXPECT_THAT(Export().at("services/s/incoming_webhooks/w/config.json"), HasSubstr("\"toleranceSeconds\": 60"));
  v1::ListSecretsResponse secrets = *AskApp(&AppAdmin::ListSecrets);
  ASSERT_EQ(secrets.secrets_size(), 1);
  EXPECT_THAT(secrets.secrets(0).used_by(), ElementsAre("webhooks/s/w"));
  EXPECT_TRUE(secrets.secrets(0).missing());
  ASSERT_THAT(AskApp(&AppAdmin::CreateDraft), IsOk());
  v1::UpdateEntityRequest change = Update(Hook(), absl::StrReplaceAll(kStripeHook, {{"60", "90"}}));
  change.mutable_options()->set_to_draft(true);
  ASSERT_THAT(Ask(&AppAdmin::UpdateEntity, change), IsOk());
  EXPECT_THAT(AskApp(&AppAdmin::GetDraft)->diffs(), ElementsAre(HasSubstr("\"toleranceSeconds\": 90")));
}

TEST_P(AppAdminContract, RefusesSettingsThatValidationCannotWorkWith) {
  for (const char* settings : {R"({"toleranceSeconds": 0})", R"({"signature": {"header": "X"}})", R"({"no": 1})"}) {
    std::string hook =
        absl::StrReplaceAll(kStripeHook, {{R"({"secrets": [{"name": "next"}], "toleranceSeconds": 60})", settings}});
    EXPECT_THAT(Ask(&AppAdmin::UpdateEntity, Update(Hook(), hook)),
                StatusIs(absl::StatusCode::kInvalidArgument, "CONFIG_INVALID"))
        << settings;
  }
  EXPECT_THAT(Get(Hook())->entity().config_json(), HasSubstr("VERIFY_PAYLOAD"));
}

TEST_P(AppAdminContract, ExportsForStitchAMethodThatStitchKnows) {
  ASSERT_THAT(Ask(&AppAdmin::UpdateEntity, Update(Hook(), kStripeHook)), IsOk());
  v1::ExportAppRequest request;
  request.set_app_id(kApp);
  request.set_plain_stitch(true);
  auto response = Ask(&AppAdmin::ExportApp, request);
  ASSERT_THAT(response, IsOk());
  const std::string file = "services/s/incoming_webhooks/w/config.json";
  EXPECT_THAT(response->left_out(),
              ElementsAre(file + ": options.overlock", file + ": options.validationMethod: STRIPE"));
  const std::string content = Export(request).at(file);
  EXPECT_THAT(content, HasSubstr("\"validationMethod\": \"VERIFY_PAYLOAD\""));
  EXPECT_THAT(content, Not(HasSubstr("overlock")));
}

// ---- Drafts and deployments.

TEST_P(AppAdminContract, KeepsADraftApartUntilItIsDeployed) {
  ASSERT_THAT(AskApp(&AppAdmin::CreateDraft), IsOk());
  EXPECT_THAT(AskApp(&AppAdmin::CreateDraft), StatusIs(absl::StatusCode::kAlreadyExists, "DRAFT_EXISTS"));
  EXPECT_THAT(Ask(&AppAdmin::UpdateEntity, SourceUpdate("exports = 2;")),
              StatusIs(absl::StatusCode::kFailedPrecondition, "DRAFT_EXISTS"));
  ASSERT_THAT(Ask(&AppAdmin::UpdateEntity, SourceUpdate("exports = 2;", true)), IsOk());
  EXPECT_EQ(SourceInForce(), "exports = 1;");
  EXPECT_EQ(Get(Hook(), true)->entity().source(), "exports = 2;");
  auto draft = AskApp(&AppAdmin::GetDraft);
  ASSERT_THAT(draft, IsOk());
  EXPECT_FALSE(draft->draft().outdated());
  EXPECT_THAT(draft->diffs(), ElementsAre(HasSubstr("-exports = 1;")));
  ASSERT_THAT(AskApp(&AppAdmin::DeployDraft), IsOk());
  EXPECT_EQ(SourceInForce(), "exports = 2;");
  EXPECT_THAT(AskApp(&AppAdmin::GetDraft), StatusIs(absl::StatusCode::kNotFound, "NO_DRAFT"));
  EXPECT_THAT(AskApp(&AppAdmin::DeployDraft), StatusIs(absl::StatusCode::kNotFound, "NO_DRAFT"));
  EXPECT_THAT(Ask(&AppAdmin::UpdateEntity, SourceUpdate("exports = 3;", true)),
              StatusIs(absl::StatusCode::kFailedPrecondition, "NO_DRAFT"));
}

TEST_P(AppAdminContract, DiscardsADraft) {
  ASSERT_THAT(AskApp(&AppAdmin::CreateDraft), IsOk());
  ASSERT_THAT(Ask(&AppAdmin::UpdateEntity, SourceUpdate("exports = 2;", true)), IsOk());
  ASSERT_THAT(AskApp(&AppAdmin::DiscardDraft), IsOk());
  EXPECT_EQ(SourceInForce(), "exports = 1;");
  EXPECT_THAT(AskApp(&AppAdmin::DiscardDraft), StatusIs(absl::StatusCode::kNotFound, "NO_DRAFT"));
}

TEST_P(AppAdminContract, DoesNotDeployAnOutdatedDraftUnlessForced) {
  ASSERT_THAT(Ask(&AppAdmin::UpdateEntity, SourceUpdate("exports = 2;")), IsOk());
  ASSERT_THAT(AskApp(&AppAdmin::CreateDraft), IsOk());
  ASSERT_THAT(Ask(&AppAdmin::UpdateEntity, SourceUpdate("exports = 3;", true)), IsOk());
  ASSERT_THAT(AskApp(&AppAdmin::RollbackApp), IsOk());
  EXPECT_TRUE(AskApp(&AppAdmin::GetDraft)->draft().outdated());
  EXPECT_THAT(AskApp(&AppAdmin::DeployDraft), StatusIs(absl::StatusCode::kAborted, "DRAFT_OUTDATED"));
  v1::DeployDraftRequest request;
  request.set_app_id(kApp);
  request.set_force(true);
  ASSERT_THAT(Ask(&AppAdmin::DeployDraft, request), IsOk());
  EXPECT_EQ(SourceInForce(), "exports = 3;");
}

TEST_P(AppAdminContract, RollsBackAndKeepsSecretsAndHistory) {
  v1::UpdateEntityRequest update = SourceUpdate("exports = 2;");
  update.mutable_options()->set_note("faster");
  auto updated = Ask(&AppAdmin::UpdateEntity, update);
  ASSERT_THAT(updated, IsOk());
  v1::CreateSecretRequest secret;
  secret.set_app_id(kApp);
  secret.set_name("key");
  secret.set_value("v");
  ASSERT_THAT(Ask(&AppAdmin::CreateSecret, secret), IsOk());
  v1::RollbackAppRequest rollback;
  rollback.set_app_id(kApp);
  rollback.set_revision(updated->written().revision() - 1);
  auto rolled_back = Ask(&AppAdmin::RollbackApp, rollback);
  ASSERT_THAT(rolled_back, IsOk());
  EXPECT_GT(rolled_back->written().revision(), updated->written().revision());
  EXPECT_EQ(SourceInForce(), "exports = 1;");
  EXPECT_EQ(AskApp(&AppAdmin::ListSecrets)->secrets_size(), 1);
  auto deployments = AskApp(&AppAdmin::ListDeployments);
  ASSERT_THAT(deployments, IsOk());
  ASSERT_GE(deployments->deployments_size(), 5);
  EXPECT_TRUE(deployments->deployments(0).current());
  EXPECT_EQ(deployments->deployments(0).action(), "rollback");
  EXPECT_EQ(deployments->deployments(2).note(), "faster");
  EXPECT_EQ(deployments->deployments(2).actor(), "token1");
  rollback.set_revision(7);
  EXPECT_THAT(Ask(&AppAdmin::RollbackApp, rollback), StatusIs(absl::StatusCode::kNotFound, "REVISION_NOT_FOUND"));
  v1::DiffAppRequest diff;
  diff.set_app_id(kApp);
  diff.mutable_from()->set_revision(updated->written().revision());
  diff.mutable_to()->set_deployed(true);
  EXPECT_THAT(Ask(&AppAdmin::DiffApp, diff)->diffs(), ElementsAre(HasSubstr("+exports = 1;")));
}

// ---- Secrets.

TEST_P(AppAdminContract, NeverReturnsAValueOfASecret) {
  ASSERT_THAT(Create(v1::ENTITY_KIND_VALUE, "", R"({"name": "v", "value": "key", "from_secret": true})"), IsOk());
  EXPECT_TRUE(AskApp(&AppAdmin::ListSecrets)->secrets(0).missing());
  v1::CreateSecretRequest request;
  request.set_app_id(kApp);
  request.set_name("key");
  request.set_value("tell-nobody");
  ASSERT_THAT(Ask(&AppAdmin::CreateSecret, request), IsOk());
  EXPECT_THAT(Ask(&AppAdmin::CreateSecret, request), StatusIs(absl::StatusCode::kAlreadyExists, "SECRET_EXISTS"));
  auto secrets = AskApp(&AppAdmin::ListSecrets);
  ASSERT_EQ(secrets->secrets_size(), 1);
  EXPECT_FALSE(secrets->secrets(0).missing());
  EXPECT_THAT(secrets->secrets(0).used_by(), ElementsAre("values/v"));
  for (const auto& [path, content] : Export()) EXPECT_THAT(content, Not(HasSubstr("tell-nobody"))) << path;
  v1::UpdateSecretRequest update;
  update.set_app_id(kApp);
  update.set_name("key");
  update.set_value("other");
  EXPECT_THAT(Ask(&AppAdmin::UpdateSecret, update), IsOk());
  v1::DeleteSecretRequest drop;
  drop.set_app_id(kApp);
  drop.set_name("key");
  EXPECT_THAT(Ask(&AppAdmin::DeleteSecret, drop), IsOk());
  EXPECT_THAT(Ask(&AppAdmin::DeleteSecret, drop), StatusIs(absl::StatusCode::kNotFound, "SECRET_NOT_FOUND"));
  EXPECT_THAT(Ask(&AppAdmin::UpdateSecret, update), StatusIs(absl::StatusCode::kNotFound, "SECRET_NOT_FOUND"));
  request.set_name("-x");
  EXPECT_THAT(Ask(&AppAdmin::CreateSecret, request), StatusIs(absl::StatusCode::kInvalidArgument, "BAD_NAME"));
  request.set_name("x");
  request.set_value(std::string(64 * 1024 + 1, 'x'));
  EXPECT_THAT(Ask(&AppAdmin::CreateSecret, request), StatusIs(absl::StatusCode::kInvalidArgument, "BAD_VALUE"));
}

// ---- Access.

TEST_P(AppAdminContract, AsksForTheRoleThatACallNeeds) {
  call_ = config_.CallOf(v1::ROLE_VIEWER);
  EXPECT_THAT(Get(Hook()), IsOk());
  EXPECT_THAT(Ask(&AppAdmin::UpdateEntity, SourceUpdate("x")),
              StatusIs(absl::StatusCode::kPermissionDenied, "ROLE_TOO_LOW"));
  EXPECT_THAT(AskApp(&AppAdmin::CreateDraft), StatusIs(absl::StatusCode::kPermissionDenied, "ROLE_TOO_LOW"));
  call_ = config_.CallOf(v1::ROLE_EDITOR, {kApp});
  EXPECT_THAT(Ask(&AppAdmin::UpdateEntity, SourceUpdate("x")), IsOk());
  EXPECT_THAT(AskApp(&AppAdmin::DeleteApp), StatusIs(absl::StatusCode::kPermissionDenied, "ROLE_TOO_LOW"));
  EXPECT_THAT(Ask(&AppAdmin::ListTokens, v1::ListTokensRequest()),
              StatusIs(absl::StatusCode::kPermissionDenied, "ROLE_TOO_LOW"));
  call_ = config_.CallOf(v1::ROLE_ADMIN, {"other-abcde"});
  EXPECT_THAT(Get(Hook()), StatusIs(absl::StatusCode::kPermissionDenied, "APP_NOT_ALLOWED"));
  EXPECT_THAT(Ask(&AppAdmin::ListTokens, v1::ListTokensRequest()),
              StatusIs(absl::StatusCode::kPermissionDenied, "APP_NOT_ALLOWED"));
}

TEST_P(AppAdminContract, MakesListsAndEndsTokens) {
  v1::CreateTokenRequest request;
  request.mutable_token()->set_name("ci");
  request.mutable_token()->set_role(v1::ROLE_VIEWER);
  request.mutable_token()->mutable_expire_time()->set_seconds(absl::ToUnixSeconds(config_.clock().Now()) + 60);
  auto made = Ask(&AppAdmin::CreateToken, request);
  ASSERT_THAT(made, IsOk());
  EXPECT_THAT(made->secret(), ::testing::MatchesRegex("ovl_[A-Za-z0-9_-]+"));
  EXPECT_THAT(Ask(&AppAdmin::CreateToken, request), StatusIs(absl::StatusCode::kAlreadyExists, "TOKEN_EXISTS"));
  EXPECT_EQ(Ask(&AppAdmin::ListTokens, v1::ListTokensRequest())->tokens_size(), 2);
  CallContext admin = call_;
  call_ = config_.CallWith(made->secret());
  auto info = Ask(&AppAdmin::GetTokenInfo, v1::GetTokenInfoRequest());
  ASSERT_THAT(info, IsOk());
  EXPECT_EQ(info->token().name(), "ci");
  config_.clock().Advance(absl::Seconds(61));
  EXPECT_THAT(Get(Hook()), StatusIs(absl::StatusCode::kUnauthenticated, "TOKEN_EXPIRED"));
  call_ = admin;
  v1::DeleteTokenRequest drop;
  drop.set_name("ci");
  ASSERT_THAT(Ask(&AppAdmin::DeleteToken, drop), IsOk());
  EXPECT_THAT(Ask(&AppAdmin::DeleteToken, drop), StatusIs(absl::StatusCode::kNotFound, "TOKEN_NOT_FOUND"));
  call_ = config_.CallWith(made->secret());
  EXPECT_THAT(Get(Hook()), StatusIs(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID"));
}

TEST_P(AppAdminContract, RefusesTokensThatMakeNoSense) {
  for (const char* name : {"", "process", "a b", "ä"}) {
    v1::CreateTokenRequest request;
    request.mutable_token()->set_name(name);
    request.mutable_token()->set_role(v1::ROLE_VIEWER);
    EXPECT_THAT(Ask(&AppAdmin::CreateToken, request), StatusIs(absl::StatusCode::kInvalidArgument, "BAD_TOKEN"));
  }
  v1::CreateTokenRequest request;
  request.mutable_token()->set_name("x");
  EXPECT_THAT(Ask(&AppAdmin::CreateToken, request), StatusIs(absl::StatusCode::kInvalidArgument, "BAD_TOKEN"));
  request.mutable_token()->set_role(v1::ROLE_VIEWER);
  request.mutable_token()->mutable_expire_time()->set_seconds(1);
  EXPECT_THAT(Ask(&AppAdmin::CreateToken, request), StatusIs(absl::StatusCode::kInvalidArgument, "BAD_TOKEN"));
}

TEST_P(AppAdminContract, RecordsWhoChangedWhat) {
  v1::UpdateEntityRequest update = SourceUpdate("exports = 2;");
  update.mutable_options()->set_note("why");
  ASSERT_THAT(Ask(&AppAdmin::UpdateEntity, update), IsOk());
  v1::ListAuditRecordsRequest request;
  request.set_app_id(kApp);
  request.set_page_size(2);
  auto page = Ask(&AppAdmin::ListAuditRecords, request);
  ASSERT_THAT(page, IsOk());
  ASSERT_EQ(page->records_size(), 2);
  EXPECT_EQ(page->records(0).action(), "update entity");
  EXPECT_EQ(page->records(0).subject(), "webhook s/w");
  EXPECT_EQ(page->records(0).actor(), "token1");
  EXPECT_EQ(page->records(0).note(), "why");
  EXPECT_NE(page->records(0).peer(), "");
  EXPECT_EQ(page->records(1).action(), "create entity");
  request.set_page_token(page->next_page_token());
  page = Ask(&AppAdmin::ListAuditRecords, request);
  ASSERT_EQ(page->records_size(), 2);
  EXPECT_EQ(page->records(1).action(), "create app");
  EXPECT_EQ(page->next_page_token(), "");
  // Reads and refused writes leave nothing.
  request.clear_page_token();
  ASSERT_THAT(Get(Hook()), IsOk());
  EXPECT_FALSE(Create(v1::ENTITY_KIND_WEBHOOK, "s", kHook, "x").ok());
  EXPECT_EQ(Ask(&AppAdmin::ListAuditRecords, request)->records(0).action(), "update entity");
}

INSTANTIATE_TEST_SUITE_P(InProcess, AppAdminContract, ::testing::Values(Where::kInProcess));
INSTANTIATE_TEST_SUITE_P(OverGrpc, AppAdminContract, ::testing::Values(Where::kOverGrpc));
TEST_P(AppAdminContract, CountsCallsByHowTheyEnd) {
  ASSERT_THAT(Get(Hook()), IsOk());
  ASSERT_THAT(Get(Name(v1::ENTITY_KIND_WEBHOOK, "s", "none")),
              StatusIs(absl::StatusCode::kNotFound, "ENTITY_NOT_FOUND"));
  call_ = config_.CallWith("forged");
  EXPECT_FALSE(Get(Hook()).ok());
  auto count = [&](const char* rpc, const char* result) {
    return config_.metrics().GetCounter("overlock_config_calls_total", "", {{"rpc", rpc}, {"result", result}}).value();
  };
  EXPECT_EQ(count("GetEntity", "done"), 1u);
  EXPECT_EQ(count("GetEntity", "refused"), 2u);
  EXPECT_EQ(count("GetEntity", "failed"), 0u);
  EXPECT_EQ(count("CreateEntity", "done"), 2u);
  const bool known =
      absl::StrContains(config_.metrics().Serialize(), "overlock_config_call_seconds_count{rpc=\"GetEntity\"} 3\n");
  EXPECT_TRUE(known);
}

INSTANTIATE_TEST_SUITE_P(OnPostgres, AppAdminContract, ::testing::Values(Where::kInProcessOnPostgres));

}  // namespace
}  // namespace overlock::config
