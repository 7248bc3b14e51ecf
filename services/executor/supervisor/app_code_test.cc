#include "services/executor/supervisor/app_code.h"

#include "gtest/gtest.h"

namespace overlock::executor {
namespace {

config::v1::AppView MakeView() {
  config::v1::AppView view;
  view.mutable_app()->set_app_id("shop-abcde");
  view.mutable_app()->set_revision(3);
  auto* plain = view.mutable_executor()->add_webhooks();
  plain->mutable_name()->set_service("http");
  plain->mutable_name()->set_webhook("plain");
  auto* scripted = view.mutable_executor()->add_webhooks();
  scripted->mutable_name()->set_service("http");
  scripted->mutable_name()->set_webhook("scripted");
  scripted->set_run_as_script_source("exports = () => 'id';");
  view.mutable_executor()->add_functions()->set_name("f");
  auto* scripted_function = view.mutable_executor()->add_functions();
  scripted_function->set_name("scripted");
  scripted_function->set_run_as_script_source("exports = () => 'id';");
  auto add = [&view](const std::string& route, const std::string& function) {
    auto* endpoint = view.mutable_executor()->add_endpoints();
    endpoint->mutable_name()->set_route(route);
    endpoint->mutable_name()->set_method("GET");
    endpoint->set_function_name(function);
  };
  add("/plain", "f");
  add("/scripted", "scripted");
  add("/nothing", "gone");
  return view;
}

v1::ExecuteRequest Webhook(const std::string& name) {
  v1::ExecuteRequest request;
  request.mutable_webhook()->set_service("http");
  request.mutable_webhook()->set_webhook(name);
  return request;
}

TEST(AppCodeTest, KnowsItsTargets) {
  AppCode code(MakeView());
  EXPECT_TRUE(code.Has(Webhook("plain")));
  EXPECT_FALSE(code.Has(Webhook("other")));
  v1::ExecuteRequest script;
  *script.mutable_run_as_script() = Webhook("scripted").webhook();
  EXPECT_TRUE(code.Has(script));
  *script.mutable_run_as_script() = Webhook("plain").webhook();
  EXPECT_FALSE(code.Has(script));
  v1::ExecuteRequest function;
  function.set_function("f");
  EXPECT_TRUE(code.Has(function));
  function.set_function("g");
  EXPECT_FALSE(code.Has(function));
  EXPECT_FALSE(code.Has(v1::ExecuteRequest()));
}

TEST(AppCodeTest, KnowsItsEndpoints) {
  AppCode code(MakeView());
  auto has = [&code](const std::string& route, const std::string& method = "GET") {
    v1::ExecuteRequest request;
    request.mutable_endpoint()->set_route(route);
    request.mutable_endpoint()->set_method(method);
    return code.Has(request);
  };
  EXPECT_TRUE(has("/plain"));
  EXPECT_TRUE(has("/scripted"));
  EXPECT_FALSE(has("/plain", "*"));
  EXPECT_FALSE(has("/other"));
  EXPECT_FALSE(has("/nothing")) << "its function is not there";
  v1::ExecuteRequest script;
  script.mutable_endpoint_run_as_script()->set_route("/scripted");
  script.mutable_endpoint_run_as_script()->set_method("GET");
  EXPECT_TRUE(code.Has(script));
  script.mutable_endpoint_run_as_script()->set_route("/plain");
  EXPECT_FALSE(code.Has(script));
}

TEST(AppCodeTest, LimitsThatAreNotSetAreTheDefaultsAndWorkersSeeThem) {
  AppCode code(MakeView());
  EXPECT_EQ(code.run_time_max(), absl::Seconds(90));
  EXPECT_EQ(code.cpu_time_max(), absl::Seconds(10));
  EXPECT_EQ(code.memory_bytes_max(), int64_t{256} << 20);
  EXPECT_EQ(code.view().limits().run_time_max().seconds(), 90);
  EXPECT_EQ(code.view().limits().memory_bytes_max(), int64_t{256} << 20);
}

TEST(AppCodeTest, LimitsBeyondTheLargestAreTheLargest) {
  config::v1::AppView view = MakeView();
  view.mutable_executor()->mutable_limits()->mutable_run_time_max()->set_seconds(1'000'000);
  view.mutable_executor()->mutable_limits()->mutable_cpu_time_max()->set_nanos(500'000'000);
  view.mutable_executor()->mutable_limits()->set_memory_bytes_max(int64_t{1} << 50);
  AppCode code(view);
  EXPECT_EQ(code.run_time_max(), absl::Seconds(300));
  EXPECT_EQ(code.cpu_time_max(), absl::Milliseconds(500));
  EXPECT_EQ(code.view().limits().cpu_time_max().nanos(), 500'000'000);
  EXPECT_EQ(code.memory_bytes_max(), int64_t{1} << 30);
}

TEST(AppCodeTest, KnowsItsServicesAndTheirRules) {
  config::v1::AppView view = MakeView();
  AppCode without(view);
  EXPECT_EQ(without.FindService("web"), nullptr);
  EXPECT_EQ(without.FindRules("web"), nullptr);
  EXPECT_FALSE(without.has_system_function());
  auto& service = *view.mutable_executor()->add_services();
  service.set_name("web");
  service.set_type("http");
  service.add_rules()->add_actions("get");
  view.mutable_executor()->mutable_functions(0)->set_run_as_system(true);
  (*view.mutable_executor()->mutable_values_json())["limit"] = "5";
  (*view.mutable_executor()->mutable_values_json())["broken"] = "{";
  AppCode code(view);
  ASSERT_NE(code.FindService("web"), nullptr);
  EXPECT_EQ(code.FindService("web")->type(), "http");
  ASSERT_NE(code.FindRules("web"), nullptr);
  EXPECT_EQ(code.FindRules("web")->ConditionsFor("get").size(), 1u);
  EXPECT_EQ(code.FindRules("web")->ConditionsFor("put").size(), 0u);
  EXPECT_EQ(code.names().values.size(), 1u);
  EXPECT_TRUE(code.has_system_function());
}

}  // namespace
}  // namespace overlock::executor
