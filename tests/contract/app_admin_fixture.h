// What the tests of the admin interface share: an application with a service and a webhook.
#ifndef OVERLOCK_TESTS_CONTRACT_APP_ADMIN_FIXTURE_H_
#define OVERLOCK_TESTS_CONTRACT_APP_ADMIN_FIXTURE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/contract/config_fixture.h"

namespace overlock::config {

inline constexpr char kApp[] = "shop-abcde";
inline constexpr char kHook[] =
    R"({"name": "w", "respond_result": true, "colour": 1.50, "options": {"httpMethod": "POST", "validationMethod": "VERIFY_PAYLOAD", "secret": "hush"}})";

class AppAdminContract : public ::testing::TestWithParam<Where> {
 protected:
  AppAdminContract() : config_(GetParam()), call_(config_.CallOf(v1::ROLE_ADMIN)) {
    v1::CreateAppRequest request;
    request.set_name("shop");
    request.set_app_id(kApp);
    EXPECT_THAT(Ask(&AppAdmin::CreateApp, request), IsOk());
    EXPECT_THAT(Create(v1::ENTITY_KIND_SERVICE, "", R"({"name": "s", "type": "http"})"), IsOk());
    EXPECT_THAT(Create(v1::ENTITY_KIND_WEBHOOK, "s", kHook, "exports = 1;"), IsOk());
  }

  template <class Request, class Response>
  absl::StatusOr<Response> Ask(AppAdmin::Answer<Response> (AppAdmin::*method)(Request, CallContext), Request request) {
    return BlockOn((config_.admin().*method)(std::move(request), call_));
  }
  // For requests that have only `app_id`.
  template <class Request, class Response>
  absl::StatusOr<Response> AskApp(AppAdmin::Answer<Response> (AppAdmin::*method)(Request, CallContext)) {
    Request request;
    request.set_app_id(kApp);
    return Ask(method, request);
  }

  absl::StatusOr<v1::CreateEntityResponse> Create(v1::EntityKind kind, const std::string& parent,
                                                  const std::string& config, const std::string& source = "",
                                                  bool to_draft = false) {
    v1::CreateEntityRequest request;
    request.set_app_id(kApp);
    request.mutable_entity()->set_kind(kind);
    request.mutable_entity()->set_parent(parent);
    request.mutable_entity()->set_config_json(config);
    request.mutable_entity()->set_source(source);
    request.mutable_options()->set_to_draft(to_draft);
    return Ask(&AppAdmin::CreateEntity, request);
  }
  static v1::EntityName Name(v1::EntityKind kind, const std::string& parent, const std::string& name) {
    v1::EntityName result;
    result.set_kind(kind);
    result.set_parent(parent);
    result.set_name(name);
    return result;
  }
  static v1::EntityName Hook() { return Name(v1::ENTITY_KIND_WEBHOOK, "s", "w"); }
  absl::StatusOr<v1::GetEntityResponse> Get(const v1::EntityName& name, bool from_draft = false) {
    v1::GetEntityRequest request;
    request.set_app_id(kApp);
    *request.mutable_name() = name;
    request.set_from_draft(from_draft);
    return Ask(&AppAdmin::GetEntity, request);
  }
  static v1::UpdateEntityRequest Update(const v1::EntityName& name, const std::string& config) {
    v1::UpdateEntityRequest request;
    request.set_app_id(kApp);
    *request.mutable_name() = name;
    request.set_config_json(config);
    return request;
  }
  v1::UpdateEntityRequest SourceUpdate(const std::string& source, bool to_draft = false) {
    v1::UpdateEntityRequest request = Update(Hook(), "");
    request.set_source(source);
    request.mutable_options()->set_to_draft(to_draft);
    return request;
  }
  std::vector<std::string> Names(v1::EntityKind kind = v1::ENTITY_KIND_UNSPECIFIED) {
    v1::ListEntitiesRequest request;
    request.set_app_id(kApp);
    request.set_kind(kind);
    std::vector<std::string> names;
    auto response = Ask(&AppAdmin::ListEntities, request);
    EXPECT_THAT(response, IsOk());
    for (const auto& entity : response->entities()) {
      names.push_back(absl::StrCat(entity.parent(), entity.parent().empty() ? "" : "/", entity.name()));
    }
    return names;
  }
  std::string SourceInForce() { return Get(Hook())->entity().source(); }
  std::map<std::string, std::string> Export(v1::ExportAppRequest request = {}) {
    request.set_app_id(kApp);
    std::map<std::string, std::string> files;
    auto response = Ask(&AppAdmin::ExportApp, request);
    EXPECT_THAT(response, IsOk());
    for (const auto& file : response->files()) files[file.path()] = file.content();
    return files;
  }

  ConfigFixture config_;
  CallContext call_;
};

}  // namespace overlock::config

#endif  // OVERLOCK_TESTS_CONTRACT_APP_ADMIN_FIXTURE_H_
