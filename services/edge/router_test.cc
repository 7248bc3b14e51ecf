#include "services/edge/router.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace overlock::edge {
namespace {

using Outcome = RouteMatch::Outcome;

config::v1::WatchResponse MakeBatch(int64_t revision, const std::string& webhook, bool snapshot = true) {
  config::v1::WatchResponse batch;
  batch.set_revision(revision);
  batch.set_snapshot(snapshot);
  auto* app = batch.add_apps();
  app->mutable_app()->set_app_id("my-app");
  app->mutable_app()->set_revision(revision);
  auto* edge = app->mutable_edge();
  edge->add_services("mongodb-atlas");
  edge->add_allowed_request_origins("https://a.test/");
  edge->mutable_run_time_max()->set_seconds(12);
  auto* hook = edge->add_webhooks();
  hook->mutable_name()->set_service("service a");
  hook->mutable_name()->set_webhook(webhook);
  hook->set_http_method(config::v1::HTTP_METHOD_PUT);
  hook->set_needs_user(true);
  return batch;
}

class RouterTest : public ::testing::Test {
 protected:
  RouterTest() { router_.Apply(MakeBatch(3, "hook_1")); }
  Outcome Find(std::string_view path, std::string_view method = "PUT") { return router_.Find(path, method).outcome; }
  Router router_;
};

constexpr char kHook[] = "/api/client/v2.0/app/my-app/service/service%20a/incoming_webhook/hook_1";

TEST_F(RouterTest, FindsAWebhookAndItsSwitches) {
  RouteMatch match = router_.Find(kHook, "PUT");
  ASSERT_EQ(match.outcome, Outcome::kFound);
  EXPECT_EQ(match.revision, 3);
  EXPECT_EQ(match.app->app_id, "my-app");
  EXPECT_EQ(match.app->run_time_max, absl::Seconds(12));
  EXPECT_THAT(match.app->allowed_request_origins, ::testing::ElementsAre("https://a.test"));
  EXPECT_EQ(match.route->service, "service a");
  EXPECT_EQ(match.route->webhook, "hook_1");
  EXPECT_EQ(match.methods.Names(), "PUT");
  EXPECT_FALSE(match.route->is_endpoint());
  EXPECT_EQ(match.route->function_name(), "hook_1");
  EXPECT_TRUE(match.route->needs_user);
  EXPECT_FALSE(match.route->needs_validation);
}

TEST_F(RouterTest, FindsAPercentEncodedPathToo) {
  EXPECT_EQ(Find("/api/client/v2.0/app/my%2Dapp/service/service a/incoming_webhook/hook_1"), Outcome::kFound);
  EXPECT_EQ(Find("/api/client/v2.0/app/my-app/service/service%20a/incoming_webhook/hook%5F1"), Outcome::kFound);
}

TEST_F(RouterTest, SaysWhatIsUnknown) {
  RouteMatch app = router_.Find("/api/client/v2.0/app/other/service/s/incoming_webhook/h", "PUT");
  EXPECT_EQ(app.outcome, Outcome::kNoApp);
  EXPECT_EQ(app.missing, "other");
  RouteMatch service = router_.Find("/api/client/v2.0/app/my-app/service/none/incoming_webhook/h", "PUT");
  EXPECT_EQ(service.outcome, Outcome::kNoService);
  EXPECT_EQ(service.missing, "none");
  EXPECT_NE(service.app, nullptr);
  EXPECT_EQ(Find("/api/client/v2.0/app/my-app/service/mongodb-atlas/incoming_webhook/h"), Outcome::kNoWebhook);
  EXPECT_EQ(Find("/api/client/v2.0/app/my-app/service/service%20a/incoming_webhook/h"), Outcome::kNoWebhook);
  EXPECT_EQ(Find("/app/my-app/endpoint/some/route"), Outcome::kNoEndpoint);
  EXPECT_EQ(Find("/app/other/endpoint/some/route"), Outcome::kNoApp);
}

TEST_F(RouterTest, RefusesEveryOtherForm) {
  const std::string hook = kHook;
  for (const std::string& path :
       {std::string(),
        std::string("/"),
        std::string("/api/client/v2.0/app/"),
        std::string("/api/client/v2.0/app/my-app"),
        std::string("/api/client/v2.0/app/my-app/service/"),
        std::string("/api/client/v2.0/app//service/s/incoming_webhook/h"),
        hook + "/",
        hook + "/more",
        "/" + hook,
        hook + "%",
        std::string("/app/my-app/endpoint"),
        std::string("/app/my-app/endpoint?"),
        std::string("/app/my-app/endpoints/a"),
        std::string("/app/my-app//endpoint/a"),
        std::string("/app//endpoint/a"),
        std::string("/app/my-app/endpoint/%"),
        std::string("/app/my-app/endpoint/%zz"),
        std::string("/api/client/v2.0/app/my-app/endpoint/a"),
        std::string("/api/client/v2.0/app/my-app/service/service%20a/incoming_webhook/"),
        std::string("/api/client/v2.0/app/my-app/service//incoming_webhook/h"),
        std::string("/api/client/v2.0/app/my-app/service/service%20a/incoming_webhooks/hook_1"),
        std::string("/api/client/v2.0/app/my%zzapp/service/service%20a/incoming_webhook/hook_1")}) {
    EXPECT_EQ(Find(path), Outcome::kUnknownPath) << path;
  }
}

TEST_F(RouterTest, GivesAWebhooksMethodsWhateverTheRequests) {
  RouteMatch match = router_.Find(kHook, "GET");
  ASSERT_EQ(match.outcome, Outcome::kFound);
  EXPECT_EQ(match.methods.Names(), "PUT");
  EXPECT_NE(match.route, nullptr);
}

TEST_F(RouterTest, FollowsChangesAndKeepsAMatchAlive) {
  RouteMatch before = router_.Find(kHook, "PUT");
  router_.Apply(MakeBatch(4, "hook_2", /*snapshot=*/false));
  EXPECT_EQ(Find(kHook), Outcome::kNoWebhook);
  EXPECT_EQ(router_.Find("/api/client/v2.0/app/my-app/service/service%20a/incoming_webhook/hook_2", "PUT").revision, 4);
  EXPECT_EQ(before.route->webhook, "hook_1");
  config::v1::WatchResponse removal;
  removal.set_revision(5);
  removal.add_removed_app_ids("my-app");
  router_.Apply(removal);
  EXPECT_EQ(Find(kHook), Outcome::kNoApp);
}

// ---- HTTPS endpoints.

class EndpointRouterTest : public ::testing::Test {
 protected:
  EndpointRouterTest() {
    batch_.set_revision(1);
    batch_.set_snapshot(true);
    batch_.add_apps()->mutable_app()->set_app_id("my-app");
    batch_.mutable_apps(0)->mutable_app()->set_revision(1);
  }
  config::v1::EdgeView::Endpoint& Add(const std::string& route, config::v1::HttpMethod method,
                                      const std::string& function) {
    auto& endpoint = *batch_.mutable_apps(0)->mutable_edge()->add_endpoints();
    endpoint.mutable_name()->set_route(route);
    endpoint.mutable_name()->set_method(method == config::v1::HTTP_METHOD_ANY ? "*" : MethodSet(method).Names());
    endpoint.set_http_method(method);
    endpoint.set_function_name(function);
    return endpoint;
  }
  RouteMatch Find(std::string_view path, std::string_view method = "GET") {
    Router router;
    router.Apply(batch_);
    return router.Find(path, method);
  }
  // The function that runs; otherwise what happens instead.
  std::string Function(std::string_view path, std::string_view method = "GET") {
    RouteMatch match = Find(path, method);
    if (match.outcome == Outcome::kEndpointDisabled) return "disabled";
    if (match.outcome == Outcome::kNoEndpoint) return "none: " + match.missing;
    if (match.outcome != Outcome::kFound) return "error";
    return match.route == nullptr ? "not " + match.methods.Names() : match.route->function_name();
  }

  config::v1::WatchResponse batch_;
};

TEST_F(EndpointRouterTest, FindsAnEndpointAndItsSwitches) {
  auto& endpoint = Add("/a", config::v1::HTTP_METHOD_POST, "f");
  endpoint.set_needs_validation(true);
  endpoint.set_needs_authorization(true);
  RouteMatch match = Find("/app/my-app/endpoint/a", "POST");
  ASSERT_EQ(match.outcome, Outcome::kFound);
  ASSERT_NE(match.route, nullptr);
  EXPECT_TRUE(match.route->is_endpoint());
  EXPECT_EQ(match.route->endpoint.route(), "/a");
  EXPECT_EQ(match.route->endpoint.method(), "POST");
  EXPECT_EQ(match.route->function_name(), "f");
  EXPECT_EQ(match.methods.Names(), "POST");
  EXPECT_TRUE(match.route->needs_validation);
  EXPECT_FALSE(match.route->needs_user);
  EXPECT_TRUE(match.route->needs_authorization);
  EXPECT_EQ(match.revision, 1);
}

TEST_F(EndpointRouterTest, TakesTheWholeRestOfThePathForTheRoute) {
  Add("/orders", config::v1::HTTP_METHOD_GET, "orders");
  Add("/orders/new", config::v1::HTTP_METHOD_GET, "new");
  Add("/http/hook", config::v1::HTTP_METHOD_GET, "converted");
  Add("/", config::v1::HTTP_METHOD_GET, "root");
  EXPECT_EQ(Function("/app/my-app/endpoint/orders"), "orders");
  EXPECT_EQ(Function("/app/my-app/endpoint/orders/new"), "new");
  EXPECT_EQ(Function("/app/my-app/endpoint/http/hook"), "converted");
  EXPECT_EQ(Function("/app/my-app/endpoint/"), "root");
  EXPECT_EQ(Function("/app/my%2Dapp/endpoint/orders"), "orders");
}

TEST_F(EndpointRouterTest, ComparesRoutesExactly) {
  Add("/orders", config::v1::HTTP_METHOD_GET, "orders");
  EXPECT_EQ(Function("/app/my-app/endpoint/orders/"), "none: /orders/");
  EXPECT_EQ(Function("/app/my-app/endpoint/Orders"), "none: /Orders");
  EXPECT_EQ(Function("/app/my-app/endpoint//orders"), "none: //orders");
  EXPECT_EQ(Function("/app/my-app/endpoint/./orders"), "none: /./orders");
  EXPECT_EQ(Function("/app/my-app/endpoint/ord"), "none: /ord");
}

TEST_F(EndpointRouterTest, DecodesThePathOnce) {
  Add("/a b/c", config::v1::HTTP_METHOD_GET, "spaced");
  Add("/a%20b", config::v1::HTTP_METHOD_GET, "percent");
  Add("/gr\xc3\xbc\xc3\x9f", config::v1::HTTP_METHOD_GET, "utf8");
  EXPECT_EQ(Function("/app/my-app/endpoint/a%20b/c"), "spaced");
  EXPECT_EQ(Function("/app/my-app/endpoint/a%20b%2Fc"), "spaced");
  EXPECT_EQ(Function("/app/my-app/endpoint/a%20b"), "none: /a b");
  EXPECT_EQ(Function("/app/my-app/endpoint/a%2520b"), "percent");
  EXPECT_EQ(Function("/app/my-app/endpoint/gr%c3%bc%C3%9f"), "utf8");
  EXPECT_EQ(Function("/app/my-app/endpoint/a+b"), "none: /a+b");
}

TEST_F(EndpointRouterTest, ChoosesByMethodAndTheExactOneWins) {
  Add("/a", config::v1::HTTP_METHOD_GET, "get");
  Add("/a", config::v1::HTTP_METHOD_ANY, "any");
  Add("/a", config::v1::HTTP_METHOD_PUT, "put");
  Add("/b", config::v1::HTTP_METHOD_GET, "b get");
  Add("/b", config::v1::HTTP_METHOD_POST, "b post");
  EXPECT_EQ(Function("/app/my-app/endpoint/a", "GET"), "get");
  EXPECT_EQ(Function("/app/my-app/endpoint/a", "PUT"), "put");
  EXPECT_EQ(Function("/app/my-app/endpoint/a", "POST"), "any");
  EXPECT_EQ(Function("/app/my-app/endpoint/a", "HEAD"), "any");
  EXPECT_EQ(Function("/app/my-app/endpoint/a", "TRACE"), "not GET, POST, PUT, PATCH, DELETE, HEAD");
  EXPECT_EQ(Function("/app/my-app/endpoint/b", "POST"), "b post");
  EXPECT_EQ(Function("/app/my-app/endpoint/b", "DELETE"), "not GET, POST");
  EXPECT_EQ(Function("/app/my-app/endpoint/b", "OPTIONS"), "not GET, POST");
}

TEST_F(EndpointRouterTest, LetsADisabledEndpointAnswerNothing) {
  Add("/off", config::v1::HTTP_METHOD_GET, "off").set_disabled(true);
  EXPECT_EQ(Function("/app/my-app/endpoint/off", "GET"), "disabled");
  EXPECT_EQ(Function("/app/my-app/endpoint/off", "POST"), "disabled");
  EXPECT_EQ(Function("/app/my-app/endpoint/off", "OPTIONS"), "disabled");

  Add("/part", config::v1::HTTP_METHOD_ANY, "any");
  Add("/part", config::v1::HTTP_METHOD_GET, "get").set_disabled(true);
  EXPECT_EQ(Function("/app/my-app/endpoint/part", "GET"), "disabled") << "the one for all methods does not take over";
  EXPECT_EQ(Function("/app/my-app/endpoint/part", "POST"), "any");
  EXPECT_EQ(Find("/app/my-app/endpoint/part", "OPTIONS").methods.Names(), "POST, PUT, PATCH, DELETE, HEAD");

  Add("/only", config::v1::HTTP_METHOD_GET, "get");
  Add("/only", config::v1::HTTP_METHOD_ANY, "any").set_disabled(true);
  EXPECT_EQ(Function("/app/my-app/endpoint/only", "GET"), "get");
  EXPECT_EQ(Function("/app/my-app/endpoint/only", "POST"), "disabled");
  EXPECT_EQ(Find("/app/my-app/endpoint/only", "OPTIONS").methods.Names(), "GET");
}

}  // namespace
}  // namespace overlock::edge
