#include "services/config/view_builder.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace overlock::config {
namespace {

v1::Webhook* AddWebhook(v1::Application& application, const std::string& type) {
  v1::Service* service = application.add_services();
  service->set_name("s " + type);
  service->set_type(type);
  v1::Webhook* webhook = service->add_webhooks();
  webhook->set_name("w");
  webhook->set_id("5e7a1c0f9d3b2a4c6e8f0a11");
  webhook->mutable_run_as()->mutable_system();
  webhook->set_source("exports = 1");
  if (type == "http") webhook->set_validation_method(v1::VALIDATION_METHOD_NO_VALIDATION);
  return webhook;
}

v1::Application App() {
  v1::Application application;
  application.set_app_id("app-abcde");
  application.set_name("app");
  return application;
}

const v1::EdgeView::Webhook OnlyEdgeWebhook(const v1::Application& application) {
  return BuildView(v1::VIEW_EDGE, application, 7).edge().webhooks(0);
}

TEST(ViewBuilderTest, AsksNobodyForTheUsualWebhook) {
  v1::Application app = App();
  AddWebhook(app, "http")->set_http_method(v1::HTTP_METHOD_GET);
  v1::AppView view = BuildView(v1::VIEW_EDGE, app, 7);
  EXPECT_EQ(view.app().app_id(), "app-abcde");
  EXPECT_EQ(view.app().revision(), 7);
  const auto& webhook = view.edge().webhooks(0);
  EXPECT_EQ(webhook.http_method(), v1::HTTP_METHOD_GET);
  EXPECT_FALSE(webhook.needs_validation());
  EXPECT_FALSE(webhook.needs_user());
  EXPECT_FALSE(webhook.needs_authorization());
  EXPECT_EQ(view.edge().run_time_max().seconds(), 90);
  EXPECT_EQ(view.edge().services(0), "s http");
  EXPECT_EQ(BuildView(v1::VIEW_VALIDATION, app, 7).validation().webhooks_size(), 0);
  EXPECT_EQ(BuildView(v1::VIEW_AUTH, app, 7).auth().webhooks_size(), 0);
  EXPECT_EQ(BuildView(v1::VIEW_AUTHZ, app, 7).authz().webhooks_size(), 0);
}

TEST(ViewBuilderTest, ValidatesWhatHasASecretToBeValidatedWith) {
  for (auto method : {v1::VALIDATION_METHOD_VERIFY_PAYLOAD, v1::VALIDATION_METHOD_SECRET_AS_QUERY_PARAM}) {
    v1::Application app = App();
    v1::Webhook* webhook = AddWebhook(app, "http");
    webhook->set_validation_method(method);
    webhook->set_secret("hush");
    EXPECT_TRUE(OnlyEdgeWebhook(app).needs_validation());
    v1::AppView view = BuildView(v1::VIEW_VALIDATION, app, 7);
    EXPECT_EQ(view.validation().webhooks(0).method(), method);
    EXPECT_EQ(view.validation().webhooks(0).secret(), "hush");
  }
  v1::Application github = App();
  v1::Webhook* webhook = AddWebhook(github, "github");
  EXPECT_FALSE(OnlyEdgeWebhook(github).needs_validation());
  webhook->set_secret("hush");
  EXPECT_TRUE(OnlyEdgeWebhook(github).needs_validation());
  EXPECT_EQ(OnlyEdgeWebhook(github).http_method(), v1::HTTP_METHOD_POST);
  EXPECT_EQ(BuildView(v1::VIEW_VALIDATION, github, 7).validation().webhooks(0).service_type(),
            type::v1::SERVICE_TYPE_GITHUB);
  v1::Application twilio = App();
  AddWebhook(twilio, "twilio");
  EXPECT_FALSE(OnlyEdgeWebhook(twilio).needs_validation());
  EXPECT_EQ(BuildView(v1::VIEW_EXECUTOR, twilio, 7).executor().webhooks(0).service_type(),
            type::v1::SERVICE_TYPE_TWILIO);
}

TEST(ViewBuilderTest, ValidatesATwilioServiceThatHasItsToken) {
  v1::Application app = App();
  AddWebhook(app, "twilio");
  v1::Service& service = *app.mutable_services(0);
  (*service.mutable_secret_config())["auth_token"] = "token";
  EXPECT_FALSE(OnlyEdgeWebhook(app).needs_validation()) << "not set, as after an import: Stitch asked for none";
  (*app.mutable_secrets())["token"] = "hush";
  EXPECT_TRUE(OnlyEdgeWebhook(app).needs_validation());
  auto webhook = BuildView(v1::VIEW_VALIDATION, app, 7).validation().webhooks(0);
  EXPECT_EQ(webhook.method(), v1::VALIDATION_METHOD_TWILIO);
  EXPECT_EQ(webhook.secret(), "hush");
  service.clear_secret_config();
  EXPECT_FALSE(OnlyEdgeWebhook(app).needs_validation());
  (*app.mutable_secrets())["services.s twilio.auth_token"] = "of secrets.json";
  EXPECT_EQ(BuildView(v1::VIEW_VALIDATION, app, 7).validation().webhooks(0).secret(), "of secrets.json");
}

TEST(ViewBuilderTest, ValidatesWhereASecretIsNamedThatIsNotSet) {
  for (const char* type : {"github", "twilio"}) {
    v1::Application app = App();
    AddWebhook(app, type)->mutable_validation()->add_secrets()->set_name("gone");
    EXPECT_TRUE(OnlyEdgeWebhook(app).needs_validation()) << type;
    auto webhook = BuildView(v1::VIEW_VALIDATION, app, 7).validation().webhooks(0);
    EXPECT_NE(webhook.method(), v1::VALIDATION_METHOD_NO_VALIDATION) << type;
    EXPECT_EQ(webhook.settings().secrets(0).value(), "") << type;
  }
}

TEST(ViewBuilderTest, AsksValidationForAddressesAndRepetitionsToo) {
  for (const char* type : {"http", "github", "twilio"}) {
    v1::Application app = App();
    v1::ValidationSettings& settings = *AddWebhook(app, type)->mutable_validation();
    settings.set_observe_only(true);
    settings.set_delivery_id_header("X-Id");
    EXPECT_FALSE(OnlyEdgeWebhook(app).needs_validation()) << type;
    settings.add_allowed_addresses("10.0.0.0/8");
    EXPECT_TRUE(OnlyEdgeWebhook(app).needs_validation()) << type;
    auto webhook = BuildView(v1::VIEW_VALIDATION, app, 7).validation().webhooks(0);
    EXPECT_EQ(webhook.method(), v1::VALIDATION_METHOD_NO_VALIDATION) << type;
    EXPECT_EQ(webhook.settings().allowed_addresses(0), "10.0.0.0/8") << type;
    settings.clear_allowed_addresses();
    settings.mutable_deduplicate_for()->set_seconds(60);
    EXPECT_TRUE(OnlyEdgeWebhook(app).needs_validation()) << type;
  }
}

TEST(ViewBuilderTest, GivesValidationAloneTheValuesOfItsSettings) {
  v1::Application app = App();
  v1::Webhook* webhook = AddWebhook(app, "http");
  webhook->set_validation_method(v1::VALIDATION_METHOD_STRIPE);
  v1::ValidationSettings& settings = *webhook->mutable_validation();
  settings.add_secrets()->set_name("next");
  settings.add_secrets()->set_name("gone");
  settings.mutable_tolerance()->set_seconds(60);
  (*app.mutable_secrets())["next"] = "hush";
  (*app.mutable_secrets())["other"] = "elsewhere";
  EXPECT_TRUE(OnlyEdgeWebhook(app).needs_validation());
  auto viewed = BuildView(v1::VIEW_VALIDATION, app, 7).validation().webhooks(0);
  EXPECT_EQ(viewed.method(), v1::VALIDATION_METHOD_STRIPE);
  EXPECT_EQ(viewed.settings().tolerance().seconds(), 60);
  ASSERT_EQ(viewed.settings().secrets_size(), 2);
  EXPECT_EQ(viewed.settings().secrets(0).value(), "hush");
  EXPECT_EQ(viewed.settings().secrets(1).value(), "") << "the others keep their places";
  for (int view = v1::View_MIN + 1; view <= v1::View_MAX; ++view) {
    std::string bytes = BuildView(static_cast<v1::View>(view), app, 7).SerializeAsString();
    EXPECT_EQ(bytes.find("hush") != std::string::npos, view == v1::VIEW_VALIDATION) << view;
    EXPECT_EQ(bytes.find("elsewhere"), std::string::npos) << view;
  }
}

TEST(ViewBuilderTest, TellsAuthTheModeAndTheExecutorTheScript) {
  v1::Application app = App();
  AddWebhook(app, "http")->mutable_run_as()->set_script_source("exports = script");
  EXPECT_TRUE(OnlyEdgeWebhook(app).needs_user());
  EXPECT_TRUE(BuildView(v1::VIEW_AUTH, app, 7).auth().webhooks(0).script());
  EXPECT_EQ(BuildView(v1::VIEW_EXECUTOR, app, 7).executor().webhooks(0).run_as_script_source(), "exports = script");
  app.mutable_services(0)->mutable_webhooks(0)->mutable_run_as()->set_user_id("u");
  EXPECT_EQ(BuildView(v1::VIEW_AUTH, app, 7).auth().webhooks(0).user_id(), "u");
  app.mutable_services(0)->mutable_webhooks(0)->mutable_run_as()->mutable_authed_user()->set_create_user_on_auth(true);
  EXPECT_TRUE(BuildView(v1::VIEW_AUTH, app, 7).auth().webhooks(0).authed_user().create_user_on_auth());
}

TEST(ViewBuilderTest, ResolvesValuesFromSecretsAndLeavesOutWhatIsNotSet) {
  v1::Application app = App();
  AddWebhook(app, "http")->set_can_evaluate_json(R"({"%%values.a":1})");
  auto add = [&app](const std::string& name, const std::string& json, bool from_secret) {
    v1::Value* value = app.add_values();
    value->set_name(name);
    value->set_value_json(json);
    value->set_from_secret(from_secret);
  };
  add("plain", R"({"a":1})", false);
  add("secret", R"("key")", true);
  add("unset", R"("other")", true);
  (*app.mutable_secrets())["key"] = "say \"hush\"";
  for (v1::View view : {v1::VIEW_AUTHZ, v1::VIEW_EXECUTOR}) {
    v1::AppView built = BuildView(view, app, 7);
    const auto& values = view == v1::VIEW_AUTHZ ? built.authz().values_json() : built.executor().values_json();
    EXPECT_EQ(values.size(), 2u);
    EXPECT_EQ(values.at("plain"), R"({"a":1})");
    EXPECT_EQ(values.at("secret"), R"("say \"hush\"")");
  }
  EXPECT_TRUE(OnlyEdgeWebhook(app).needs_authorization());
  app.mutable_values(0)->set_private_(true);
  const v1::AuthzView authz = BuildView(v1::VIEW_AUTHZ, app, 7).authz();
  EXPECT_EQ(authz.webhooks(0).can_evaluate_json(), R"({"%%values.a":1})");
  EXPECT_THAT(authz.private_values(), ::testing::ElementsAre("plain", "secret", "unset"));
}

TEST(ViewBuilderTest, GivesNoServiceASecretThatItDoesNotNeed) {
  v1::Application app = App();
  v1::Webhook* webhook = AddWebhook(app, "http");
  webhook->set_validation_method(v1::VALIDATION_METHOD_VERIFY_PAYLOAD);
  webhook->set_secret("webhook-secret");
  (*app.mutable_secrets())["key"] = "app-secret";
  for (int view = v1::View_MIN + 1; view <= v1::View_MAX; ++view) {
    std::string bytes = BuildView(static_cast<v1::View>(view), app, 7).SerializeAsString();
    EXPECT_EQ(bytes.find("webhook-secret") != std::string::npos, view == v1::VIEW_VALIDATION) << view;
    EXPECT_EQ(bytes.find("app-secret"), std::string::npos) << view;
    EXPECT_EQ(bytes.find("exports") != std::string::npos, view == v1::VIEW_EXECUTOR) << view;
  }
}

TEST(ViewBuilderTest, GivesTheExecutorEveryServiceWithItsRulesAndTheSecretsItNames) {
  v1::Application app = App();
  v1::Service* service = app.add_services();
  service->set_name("store");
  service->set_type("aws");
  service->set_config_json(R"({"region":"us-east-1"})");
  (*service->mutable_secret_config())["secretAccessKey"] = "aws-key";
  (*service->mutable_secret_config())["other"] = "not-set";
  v1::ServiceRule* rule = service->add_rules();
  rule->add_actions("s3:*");
  rule->set_when_json(R"({"region":"us-east-1"})");
  (*app.mutable_secrets())["aws-key"] = "hush";
  (*app.mutable_secrets())["unrelated"] = "elsewhere";
  (*app.mutable_secrets())["services.store.sessionToken"] = "of secrets.json";
  (*app.mutable_secrets())["services.storey.sessionToken"] = "elsewhere";
  v1::AppView view = BuildView(v1::VIEW_EXECUTOR, app, 7);
  ASSERT_EQ(view.executor().services_size(), 1);
  const auto& built = view.executor().services(0);
  EXPECT_EQ(built.name(), "store");
  EXPECT_EQ(built.type(), "aws");
  EXPECT_EQ(built.config_json(), R"({"region":"us-east-1"})");
  ASSERT_EQ(built.secrets().size(), 2u);
  EXPECT_EQ(built.secrets().at("sessionToken"), "of secrets.json");
  EXPECT_EQ(built.secrets().at("secretAccessKey"), "hush");
  ASSERT_EQ(built.rules_size(), 1);
  EXPECT_EQ(built.rules(0).actions(0), "s3:*");
  EXPECT_EQ(built.rules(0).when_json(), R"({"region":"us-east-1"})");
  for (int other = v1::View_MIN + 1; other <= v1::View_MAX; ++other) {
    std::string bytes = BuildView(static_cast<v1::View>(other), app, 7).SerializeAsString();
    EXPECT_EQ(bytes.find("hush") != std::string::npos, other == v1::VIEW_EXECUTOR) << other;
    EXPECT_EQ(bytes.find("elsewhere"), std::string::npos) << other;
  }
}

TEST(ViewBuilderTest, TellsTheExecutorOfDependenciesPlaceAndEnvironment) {
  v1::Application app = App();
  app.set_dependencies("packed");
  app.set_location("IE");
  app.set_deployment_model("LOCAL");
  app.set_environment("testing");
  (*app.mutable_environment_values_json())["limit"] = "5";
  v1::Function* function = app.add_functions();
  function->set_name("f");
  function->set_disable_arg_logs(true);
  v1::ExecutorView view = BuildView(v1::VIEW_EXECUTOR, app, 7).executor();
  EXPECT_EQ(view.dependencies(), "packed");
  EXPECT_EQ(view.location(), "IE");
  EXPECT_EQ(view.deployment_model(), "LOCAL");
  EXPECT_EQ(view.environment(), "testing");
  EXPECT_EQ(view.environment_values_json().at("limit"), "5");
  EXPECT_TRUE(view.functions(0).disable_arg_logs());
  v1::AuthzView authz = BuildView(v1::VIEW_AUTHZ, app, 7).authz();
  EXPECT_EQ(authz.environment(), "testing");
  EXPECT_EQ(authz.environment_values_json().at("limit"), "5");
}

TEST(ViewBuilderTest, FillsInTheLimits) {
  v1::Application app = App();
  v1::AppView view = BuildView(v1::VIEW_EXECUTOR, app, 7);
  EXPECT_EQ(view.executor().limits().run_time_max().seconds(), 90);
  EXPECT_EQ(view.executor().limits().cpu_time_max().seconds(), 10);
  EXPECT_EQ(view.executor().limits().memory_bytes_max(), 256 * 1024 * 1024);
  EXPECT_EQ(view.executor().limits().pending_operations_max(), 1000);
  EXPECT_EQ(view.executor().limits().console_lines_max(), 25);
  EXPECT_EQ(view.executor().limits().console_line_bytes_max(), 512);
  EXPECT_EQ(view.executor().limits().answer_bytes_max(), 18 * 1024 * 1024);
  app.mutable_limits()->mutable_cpu_time_max()->set_nanos(500'000'000);
  view = BuildView(v1::VIEW_EXECUTOR, app, 7);
  EXPECT_EQ(view.executor().limits().cpu_time_max().seconds(), 0);
  EXPECT_EQ(view.executor().limits().cpu_time_max().nanos(), 500'000'000);
}

TEST(ViewBuilderTest, SummarisesWebhooksWithThePathsOfTheirUrls) {
  v1::Application app = App();
  AddWebhook(app, "http")->set_http_method(v1::HTTP_METHOD_ANY);
  AddWebhook(app, "github");
  v1::AppSummary summary = BuildSummary(app, 7);
  EXPECT_EQ(summary.app().revision(), 7);
  EXPECT_EQ(summary.webhooks(0).http_method(), "ANY");
  EXPECT_EQ(summary.webhooks(0).validation_method(), "NO_VALIDATION");
  EXPECT_EQ(summary.webhooks(0).path(), "/api/client/v2.0/app/app-abcde/service/s%20http/incoming_webhook/w");
  EXPECT_EQ(summary.webhooks(1).http_method(), "POST");
  EXPECT_EQ(summary.webhooks(1).validation_method(), "GITHUB");
}

// ---- HTTPS endpoints.

v1::Function* AddFunction(v1::Application& application, const std::string& name) {
  v1::Function* function = application.add_functions();
  function->set_name(name);
  function->set_source("exports = 1");
  return function;
}

v1::Endpoint* AddEndpoint(v1::Application& application, const std::string& route, v1::HttpMethod method,
                          const std::string& function = "f") {
  v1::Endpoint* endpoint = application.add_endpoints();
  endpoint->set_id("5e7a1c0f9d3b2a4c6e8f0a11");
  endpoint->set_route(route);
  endpoint->set_http_method(method);
  endpoint->set_function_name(function);
  endpoint->set_validation_method(v1::VALIDATION_METHOD_NO_VALIDATION);
  return endpoint;
}

// An application with the function `f` and an endpoint `GET /r` for it.
v1::Application EndpointApp() {
  v1::Application app = App();
  AddFunction(app, "f");
  AddEndpoint(app, "/r", v1::HTTP_METHOD_GET);
  return app;
}

const v1::EdgeView::Endpoint OnlyEdgeEndpoint(const v1::Application& application) {
  return BuildView(v1::VIEW_EDGE, application, 7).edge().endpoints(0);
}

TEST(ViewBuilderTest, AsksNobodyForAnEndpointThatSaysNothing) {
  v1::Application app = EndpointApp();
  v1::EdgeView::Endpoint endpoint = OnlyEdgeEndpoint(app);
  EXPECT_EQ(endpoint.name().route(), "/r");
  EXPECT_EQ(endpoint.name().method(), "GET");
  EXPECT_EQ(endpoint.id(), "5e7a1c0f9d3b2a4c6e8f0a11");
  EXPECT_EQ(endpoint.http_method(), v1::HTTP_METHOD_GET);
  EXPECT_EQ(endpoint.function_name(), "f");
  EXPECT_FALSE(endpoint.needs_validation());
  EXPECT_FALSE(endpoint.needs_user());
  EXPECT_FALSE(endpoint.needs_authorization());
  EXPECT_FALSE(endpoint.disabled());
  EXPECT_EQ(BuildView(v1::VIEW_VALIDATION, app, 7).validation().endpoints_size(), 0);
  EXPECT_EQ(BuildView(v1::VIEW_AUTH, app, 7).auth().endpoints_size(), 0);
  EXPECT_EQ(BuildView(v1::VIEW_AUTHZ, app, 7).authz().endpoints_size(), 0);
}

TEST(ViewBuilderTest, NamesTheEndpointForAllMethodsWithAStar) {
  v1::Application app = EndpointApp();
  app.mutable_endpoints(0)->set_http_method(v1::HTTP_METHOD_ANY);
  EXPECT_EQ(OnlyEdgeEndpoint(app).name().method(), "*");
  EXPECT_EQ(OnlyEdgeEndpoint(app).http_method(), v1::HTTP_METHOD_ANY);
  EXPECT_EQ(BuildView(v1::VIEW_EXECUTOR, app, 7).executor().endpoints(0).name().method(), "*");
}

TEST(ViewBuilderTest, GivesValidationTheValueOfAnEndpointsSecret) {
  v1::Application app = EndpointApp();
  app.mutable_endpoints(0)->set_validation_method(v1::VALIDATION_METHOD_VERIFY_PAYLOAD);
  app.mutable_endpoints(0)->set_secret_name("key");
  EXPECT_TRUE(OnlyEdgeEndpoint(app).needs_validation());
  v1::ValidationView view = BuildView(v1::VIEW_VALIDATION, app, 7).validation();
  EXPECT_EQ(view.endpoints(0).method(), v1::VALIDATION_METHOD_VERIFY_PAYLOAD);
  EXPECT_EQ(view.endpoints(0).secret(), "") << "not set: validation refuses every request";
  (*app.mutable_secrets())["key"] = "hush";
  (*app.mutable_secrets())["other"] = "elsewhere";
  for (int each = v1::View_MIN + 1; each <= v1::View_MAX; ++each) {
    std::string bytes = BuildView(static_cast<v1::View>(each), app, 7).SerializeAsString();
    EXPECT_EQ(bytes.find("hush") != std::string::npos, each == v1::VIEW_VALIDATION) << each;
    EXPECT_EQ(bytes.find("elsewhere"), std::string::npos) << each;
  }
  app.mutable_endpoints(0)->set_validation_method(v1::VALIDATION_METHOD_UNSPECIFIED);
  EXPECT_TRUE(OnlyEdgeEndpoint(app).needs_validation()) << "validation refuses what it does not know";
}

TEST(ViewBuilderTest, GivesValidationTheSettingsOfAnEndpoint) {
  v1::Application app = EndpointApp();
  v1::ValidationSettings& settings = *app.mutable_endpoints(0)->mutable_validation();
  settings.add_allowed_addresses("10.0.0.1");
  settings.add_secrets()->set_name("key");
  (*app.mutable_secrets())["key"] = "hush";
  EXPECT_TRUE(OnlyEdgeEndpoint(app).needs_validation());
  v1::ValidationView view = BuildView(v1::VIEW_VALIDATION, app, 7).validation();
  EXPECT_EQ(view.endpoints(0).method(), v1::VALIDATION_METHOD_NO_VALIDATION);
  EXPECT_EQ(view.endpoints(0).settings().allowed_addresses(0), "10.0.0.1");
  EXPECT_EQ(view.endpoints(0).settings().secrets(0).value(), "hush");
}

TEST(ViewBuilderTest, RunsAnEndpointAsItsFunctionSays) {
  v1::Application app = EndpointApp();
  v1::Function& function = *app.mutable_functions(0);
  function.mutable_run_as()->mutable_system();
  EXPECT_FALSE(OnlyEdgeEndpoint(app).needs_user());
  function.mutable_run_as()->set_user_id("u");
  EXPECT_TRUE(OnlyEdgeEndpoint(app).needs_user());
  EXPECT_EQ(BuildView(v1::VIEW_AUTH, app, 7).auth().endpoints(0).user_id(), "u");
  function.mutable_run_as()->set_script_source("exports = script");
  EXPECT_TRUE(BuildView(v1::VIEW_AUTH, app, 7).auth().endpoints(0).script());
  EXPECT_EQ(BuildView(v1::VIEW_EXECUTOR, app, 7).executor().functions(0).run_as_script_source(), "exports = script");
  function.mutable_run_as()->mutable_authed_user();
  app.mutable_endpoints(0)->set_create_user_on_auth(true);
  app.mutable_endpoints(0)->set_fetch_custom_user_data(true);
  v1::AuthView view = BuildView(v1::VIEW_AUTH, app, 7).auth();
  EXPECT_EQ(view.endpoints(0).name().route(), "/r");
  EXPECT_TRUE(view.endpoints(0).authed_user().create_user_on_auth());
  EXPECT_TRUE(view.endpoints(0).authed_user().fetch_custom_user_data());
  function.set_run_as_system(true);
  EXPECT_FALSE(OnlyEdgeEndpoint(app).needs_user());
  EXPECT_EQ(BuildView(v1::VIEW_AUTH, app, 7).auth().endpoints_size(), 0);
}

TEST(ViewBuilderTest, SaysWhereCustomDataAreToWhoAsksForThemAndWhoReadsThem) {
  v1::Application app = EndpointApp();
  EXPECT_FALSE(BuildView(v1::VIEW_AUTH, app, 7).auth().has_custom_user_data());
  EXPECT_FALSE(BuildView(v1::VIEW_EXECUTOR, app, 7).executor().has_custom_user_data());
  app.mutable_custom_user_data()->set_enabled(true);
  app.mutable_custom_user_data()->set_collection_name("members");
  EXPECT_TRUE(BuildView(v1::VIEW_AUTH, app, 7).auth().custom_user_data().enabled());
  EXPECT_EQ(BuildView(v1::VIEW_EXECUTOR, app, 7).executor().custom_user_data().collection_name(), "members");
}

TEST(ViewBuilderTest, AuthorisesAnEndpointByItsFunctionsExpression) {
  v1::Application app = EndpointApp();
  app.mutable_functions(0)->set_can_evaluate_json(R"({"%%true":true})");
  EXPECT_TRUE(OnlyEdgeEndpoint(app).needs_authorization());
  v1::AuthzView view = BuildView(v1::VIEW_AUTHZ, app, 7).authz();
  EXPECT_EQ(view.endpoints(0).name().method(), "GET");
  EXPECT_EQ(view.endpoints(0).can_evaluate_json(), R"({"%%true":true})");
}

TEST(ViewBuilderTest, TellsTheExecutorHowAnEndpointAnswers) {
  v1::Application app = EndpointApp();
  app.mutable_endpoints(0)->set_respond_result(true);
  app.mutable_endpoints(0)->set_return_type(v1::RETURN_TYPE_JSON);
  v1::ExecutorView view = BuildView(v1::VIEW_EXECUTOR, app, 7).executor();
  EXPECT_EQ(view.endpoints(0).name().route(), "/r");
  EXPECT_EQ(view.endpoints(0).function_name(), "f");
  EXPECT_TRUE(view.endpoints(0).respond_result());
  EXPECT_EQ(view.endpoints(0).return_type(), v1::RETURN_TYPE_JSON);
}

TEST(ViewBuilderTest, TellsOnlyTheEdgeOfADisabledEndpoint) {
  v1::Application app = EndpointApp();
  v1::Endpoint& endpoint = *app.mutable_endpoints(0);
  endpoint.set_disabled(true);
  endpoint.set_validation_method(v1::VALIDATION_METHOD_VERIFY_PAYLOAD);
  app.mutable_functions(0)->mutable_run_as()->set_user_id("u");
  app.mutable_functions(0)->set_can_evaluate_json(R"({"%%true":true})");
  EXPECT_TRUE(OnlyEdgeEndpoint(app).disabled());
  EXPECT_EQ(BuildView(v1::VIEW_VALIDATION, app, 7).validation().endpoints_size(), 0);
  EXPECT_EQ(BuildView(v1::VIEW_AUTH, app, 7).auth().endpoints_size(), 0);
  EXPECT_EQ(BuildView(v1::VIEW_AUTHZ, app, 7).authz().endpoints_size(), 0);
  EXPECT_EQ(BuildView(v1::VIEW_EXECUTOR, app, 7).executor().endpoints_size(), 0);
}

TEST(ViewBuilderTest, LeavesOutEndpointsWithoutAFunctionAndTheSecondOfOneName) {
  v1::Application app = EndpointApp();
  AddFunction(app, "g");
  AddEndpoint(app, "/gone", v1::HTTP_METHOD_GET, "gone");
  AddEndpoint(app, "/r", v1::HTTP_METHOD_GET, "g");
  AddEndpoint(app, "/r", v1::HTTP_METHOD_ANY, "g");
  v1::EdgeView edge = BuildView(v1::VIEW_EDGE, app, 7).edge();
  ASSERT_EQ(edge.endpoints_size(), 2);
  EXPECT_EQ(edge.endpoints(0).function_name(), "f");
  EXPECT_EQ(edge.endpoints(1).name().method(), "*");
  EXPECT_EQ(BuildView(v1::VIEW_EXECUTOR, app, 7).executor().endpoints_size(), 2);
}

TEST(ViewBuilderTest, SummarisesEndpointsWithThePathsOfTheirUrls) {
  v1::Application app = EndpointApp();
  AddEndpoint(app, "/a b/%/\xc3\xbc:(1)", v1::HTTP_METHOD_ANY)->set_disabled(true);
  v1::AppSummary summary = BuildSummary(app, 7);
  ASSERT_EQ(summary.endpoints_size(), 2);
  EXPECT_EQ(summary.endpoints(0).name().method(), "GET");
  EXPECT_EQ(summary.endpoints(0).path(), "/app/app-abcde/endpoint/r");
  EXPECT_EQ(summary.endpoints(0).validation_method(), "NO_VALIDATION");
  EXPECT_FALSE(summary.endpoints(0).disabled());
  EXPECT_EQ(summary.endpoints(1).name().method(), "*");
  EXPECT_EQ(summary.endpoints(1).path(), "/app/app-abcde/endpoint/a%20b/%25/%C3%BC:(1)");
  EXPECT_TRUE(summary.endpoints(1).disabled());
}

}  // namespace
}  // namespace overlock::config
