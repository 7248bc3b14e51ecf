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
  Outcome Find(std::string_view path) { return router_.Find(path).outcome; }
  Router router_;
};

constexpr char kHook[] = "/api/client/v2.0/app/my-app/service/service%20a/incoming_webhook/hook_1";

TEST_F(RouterTest, FindsAWebhookAndItsSwitches) {
  RouteMatch match = router_.Find(kHook);
  ASSERT_EQ(match.outcome, Outcome::kFound);
  EXPECT_EQ(match.revision, 3);
  EXPECT_EQ(match.app->app_id, "my-app");
  EXPECT_EQ(match.app->run_time_max, absl::Seconds(12));
  EXPECT_THAT(match.app->allowed_request_origins, ::testing::ElementsAre("https://a.test"));
  EXPECT_EQ(match.route->service, "service a");
  EXPECT_EQ(match.route->webhook, "hook_1");
  EXPECT_EQ(match.route->method, config::v1::HTTP_METHOD_PUT);
  EXPECT_TRUE(match.route->needs_user);
  EXPECT_FALSE(match.route->needs_validation);
}

TEST_F(RouterTest, FindsAPercentEncodedPathToo) {
  EXPECT_EQ(Find("/api/client/v2.0/app/my%2Dapp/service/service a/incoming_webhook/hook_1"), Outcome::kFound);
  EXPECT_EQ(Find("/api/client/v2.0/app/my-app/service/service%20a/incoming_webhook/hook%5F1"), Outcome::kFound);
}

TEST_F(RouterTest, SaysWhatIsUnknown) {
  RouteMatch app = router_.Find("/api/client/v2.0/app/other/service/s/incoming_webhook/h");
  EXPECT_EQ(app.outcome, Outcome::kNoApp);
  EXPECT_EQ(app.missing, "other");
  RouteMatch service = router_.Find("/api/client/v2.0/app/my-app/service/none/incoming_webhook/h");
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
       {std::string(), std::string("/"), std::string("/api/client/v2.0/app/"),
        std::string("/api/client/v2.0/app/my-app"), std::string("/api/client/v2.0/app/my-app/service/"),
        std::string("/api/client/v2.0/app//service/s/incoming_webhook/h"), hook + "/", hook + "/more", "/" + hook,
        hook + "%", std::string("/app/my-app/endpoint/"),
        std::string("/api/client/v2.0/app/my-app/service/service%20a/incoming_webhook/"),
        std::string("/api/client/v2.0/app/my-app/service//incoming_webhook/h"),
        std::string("/api/client/v2.0/app/my-app/service/service%20a/incoming_webhooks/hook_1"),
        std::string("/api/client/v2.0/app/my%zzapp/service/service%20a/incoming_webhook/hook_1")}) {
    EXPECT_EQ(Find(path), Outcome::kNotAWebhookPath) << path;
  }
}

TEST_F(RouterTest, FollowsChangesAndKeepsAMatchAlive) {
  RouteMatch before = router_.Find(kHook);
  router_.Apply(MakeBatch(4, "hook_2", /*snapshot=*/false));
  EXPECT_EQ(Find(kHook), Outcome::kNoWebhook);
  EXPECT_EQ(router_.Find("/api/client/v2.0/app/my-app/service/service%20a/incoming_webhook/hook_2").revision, 4);
  EXPECT_EQ(before.route->webhook, "hook_1");
  config::v1::WatchResponse removal;
  removal.set_revision(5);
  removal.add_removed_app_ids("my-app");
  router_.Apply(removal);
  EXPECT_EQ(Find(kHook), Outcome::kNoApp);
}

}  // namespace
}  // namespace overlock::edge
