// Which calls reach a service's type, and which its rules keep from it.
#include "services/executor/actions/service_actions.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/async/block_on.h"
#include "common/ejson/parse.h"
#include "gtest/gtest.h"
#include "services/executor/function_executor_mock.h"

namespace overlock::executor {
namespace {

using ::testing::_;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Task<absl::StatusOr<v1::ExecuteResponse>> Return(absl::StatusOr<v1::ExecuteResponse> response) { co_return response; }

v1::ExecuteResponse Returned(const std::string& ejson) {
  v1::ExecuteResponse response;
  response.mutable_returned()->set_value_ejson(ejson);
  return response;
}

// Does `get` and anything of the API `s3`, and writes down what it did.
class RecordingType : public ServiceType {
 public:
  std::string_view KnownAction(std::string_view action) const override {
    if (action == "get") return "get";
    return action.starts_with("s3:") ? "s3" : "";
  }
  ejson::Value RuleArguments(const ServiceCall& call) const override {
    ++times_asked;
    return call.argument;
  }
  Task<ServiceOutcome> Call(ServiceCallPtr call) override {
    done.push_back(call->action);
    co_return ServiceValue{ejson::Value::String("done"), "body"};
  }

  mutable int times_asked = 0;
  std::vector<std::string> done;
};

class ServiceActionsTest : public ::testing::Test {
 protected:
  ServiceActionsTest() {
    EXPECT_CALL(functions_, Execute(_, _, _)).Times(0);
    actions_.Register("http", type_);
    actions_.Register(ServiceActions::kNetwork, type_);
    actions_.UseFunctions(functions_);
    view_.mutable_app()->set_app_id("shop-abcde");
    view_.mutable_app()->set_revision(7);
    AddService("web", "http");
    invocation_.mutable_user()->set_type(type::v1::User::TYPE_NORMAL);
    invocation_.mutable_user()->set_id("5e7f9a1b2c3d4e5f60718293");
    invocation_.mutable_webhook()->set_service("web");
    invocation_.mutable_webhook()->set_webhook("hook");
    invocation_.mutable_request()->set_method("POST");
  }

  config::v1::ExecutorView::Service& AddService(const std::string& name, const std::string& type) {
    auto& service = *view_.mutable_executor()->add_services();
    service.set_name(name);
    service.set_type(type);
    return service;
  }
  void AddRule(const std::vector<std::string>& actions, const std::string& when = "") {
    auto& rule = *view_.mutable_executor()->mutable_services(0)->add_rules();
    for (const std::string& action : actions) rule.add_actions(action);
    rule.set_when_json(when);
  }

  std::shared_ptr<ServiceCall> MakeCall(const std::string& service, const std::string& action,
                                        const std::string& argument = "{}") {
    auto call = std::make_shared<ServiceCall>();
    call->code = std::make_shared<const AppCode>(view_);
    if (!service.empty()) call->service = call->code->FindService(service);
    call->action = action;
    call->argument = *ejson::Parse(argument);
    call->invocation = std::make_shared<const v1::ExecuteRequest>(invocation_);
    call->context.request_id = "0123456789abcdef01234567";
    return call;
  }
  // The failure's code, `ok` if there is none.
  std::string Run(ServiceCallPtr call) {
    ServiceOutcome outcome = BlockOn(actions_.Call(std::move(call)));
    if (auto* failure = std::get_if<ServiceFailure>(&outcome)) {
      message_ = failure->message;
      return failure->code;
    }
    EXPECT_EQ(std::get<ServiceValue>(outcome).body, "body");
    return "ok";
  }
  std::string Call(const std::string& action, const std::string& argument = "{}") {
    return Run(MakeCall("web", action, argument));
  }
  // What `when` says about a call of `get`.
  bool Allows(const std::string& when, const std::string& argument = "{}") {
    view_.mutable_executor()->mutable_services(0)->clear_rules();
    AddRule({"get"}, when);
    std::string result = Call("get", argument);
    EXPECT_TRUE(result == "ok" || result == "NoMatchingRuleFound") << result;
    return result == "ok";
  }

  FunctionExecutorMock functions_;
  std::shared_ptr<RecordingType> type_ = std::make_shared<RecordingType>();
  ServiceActions actions_;
  config::v1::AppView view_;
  v1::ExecuteRequest invocation_;
  std::string message_;
};

TEST_F(ServiceActionsTest, BlocksEveryActionThatNoRuleEnables) {
  EXPECT_EQ(Call("get"), "NoMatchingRuleFound");
  EXPECT_EQ(message_, "no matching rule found for action 'get' of service 'web'");
  AddRule({});
  AddRule({"post"});
  EXPECT_EQ(Call("get"), "NoMatchingRuleFound");
  EXPECT_THAT(type_->done, IsEmpty());
}

TEST_F(ServiceActionsTest, ARuleWithoutWhenAllowsItsActions) {
  AddRule({"post", "get"});
  EXPECT_EQ(Call("get"), "ok");
  EXPECT_TRUE(Allows("{}"));
  EXPECT_TRUE(Allows("true"));
  EXPECT_FALSE(Allows("false"));
  EXPECT_EQ(type_->times_asked, 0) << "no rule looks at the arguments";
}

TEST_F(ServiceActionsTest, OneRuleThatHoldsIsEnough) {
  AddRule({"get"}, R"({"%%user.type":"server"})");
  AddRule({"get"}, R"({"%%user.type":"normal"})");
  EXPECT_EQ(Call("get"), "ok");
}

TEST_F(ServiceActionsTest, AStarStandsForAllActionsOfAnApi) {
  AddRule({"s3:*"});
  EXPECT_EQ(Call("s3:PutObject"), "ok");
  EXPECT_EQ(Call("get"), "NoMatchingRuleFound");
  view_.mutable_executor()->mutable_services(0)->clear_rules();
  for (const char* other : {"*", "s3:", "s3", "s3:Put*", "ses:*", "s:*", "s3:putObject"}) AddRule({other});
  EXPECT_EQ(Call("s3:PutObject"), "NoMatchingRuleFound");
}

TEST_F(ServiceActionsTest, RulesSeeTheArguments) {
  const std::string argument = R"({"url":{"host":"api.example.com"},"body":{"a":[1,2]}})";
  EXPECT_TRUE(Allows(R"({"%%args.url.host":{"%in":["api.example.com","b.example.com"]}})", argument));
  EXPECT_FALSE(Allows(R"({"%%args.url.host":{"%in":["b.example.com"]}})", argument));
  EXPECT_FALSE(Allows(R"({"%%args.url.port":1})", argument));
  EXPECT_TRUE(Allows(R"({"%%args.body":{"%exists":1},"%%args.form":{"%exists":false}})", argument));
  EXPECT_TRUE(Allows(R"({"%%args":{"%exists":true}})", argument));
  EXPECT_TRUE(Allows(R"({"%%args.body.a":2})", argument));
}

TEST_F(ServiceActionsTest, APlainNameIsAnArgument) {
  const std::string argument = R"({"url":{"host":"api.example.com"},"to":"+1"})";
  EXPECT_TRUE(Allows(R"({"to":"+1","url.host":"api.example.com"})", argument));
  EXPECT_FALSE(Allows(R"({"to":"+2"})", argument));
  EXPECT_FALSE(Allows(R"({"%or":[{"from":{"%exists":true}},{"to":{"%ne":"+1"}}]})", argument));
}

TEST_F(ServiceActionsTest, RulesSeeUserRequestValuesAndEnvironment) {
  (*view_.mutable_executor()->mutable_values_json())["hosts"] = R"(["a","b"])";
  view_.mutable_executor()->set_environment("testing");
  (*view_.mutable_executor()->mutable_environment_values_json())["limit"] = "5";
  EXPECT_TRUE(Allows(R"({"host":{"%in":"%%values.hosts"}})", R"({"host":"b"})"));
  EXPECT_FALSE(Allows(R"({"host":{"%in":"%%values.hosts"}})", R"({"host":"c"})"));
  EXPECT_TRUE(Allows(R"({"%%user.id":"5e7f9a1b2c3d4e5f60718293","%%request.httpMethod":"POST"})"));
  EXPECT_TRUE(Allows(R"({"%%request.service":"web","%%request.action":"hook"})"));
  EXPECT_TRUE(Allows(R"({"%%environment.tag":"testing","%%environment.values.limit":5})"));
  EXPECT_TRUE(Allows(R"({"owner":"%%user.id"})", R"({"owner":"5e7f9a1b2c3d4e5f60718293"})"));
}

TEST_F(ServiceActionsTest, ARuleThatDoesNotParseAllowsNothing) {
  for (const char* when : {"{", "[]", R"({"%%root.a":1})", R"({"%%args.a":{"%near":1}})", R"({"%%user.email":"x"})"}) {
    EXPECT_FALSE(Allows(when)) << when;
  }
}

TEST_F(ServiceActionsTest, TheSystemUserAsksNoRule) {
  invocation_.mutable_user()->set_type(type::v1::User::TYPE_SYSTEM);
  EXPECT_EQ(Call("get"), "ok");
  invocation_.mutable_user()->set_type(type::v1::User::TYPE_SERVER);
  std::shared_ptr<ServiceCall> call = MakeCall("web", "get");
  call->as_system = true;
  EXPECT_EQ(Run(std::move(call)), "ok");
  EXPECT_EQ(Call("get"), "NoMatchingRuleFound");
}

// Enforces its rules itself.
class OwnRulesType : public RecordingType {
 public:
  bool HasOwnRules() const override { return true; }
  void UseFunctions(FunctionExecutor& functions) override { given = &functions; }
  FunctionExecutor* given = nullptr;
};

TEST_F(ServiceActionsTest, ATypeMayHaveRulesOfItsOwn) {
  auto own = std::make_shared<OwnRulesType>();
  actions_.Register("own", own);
  actions_.UseFunctions(functions_);
  EXPECT_EQ(own->given, &functions_);
  AddService("data", "own");
  EXPECT_EQ(Run(MakeCall("data", "get")), "ok");
}

TEST_F(ServiceActionsTest, TheNetworkItselfHasNoRules) { EXPECT_EQ(Run(MakeCall("", "get")), "ok"); }

TEST_F(ServiceActionsTest, WhatDoesNotExistIsNotCalled) {
  AddService("code", "github");
  EXPECT_EQ(Call("fly"), "ServiceCommandNotFound");
  EXPECT_EQ(message_, "service 'web' has no action 'fly'");
  EXPECT_EQ(Run(MakeCall("code", "get")), "ServiceCommandNotFound");
  EXPECT_EQ(Run(MakeCall("", "fly")), "ServiceCommandNotFound");
  EXPECT_EQ(message_, "context.http has no action 'fly'");
  EXPECT_THAT(type_->done, IsEmpty());
}

TEST_F(ServiceActionsTest, NamesForMetricsAreNeverTheFunctions) {
  EXPECT_EQ(actions_.NamesOf(*MakeCall("web", "s3:AnyThing")).action, "s3");
  EXPECT_EQ(actions_.NamesOf(*MakeCall("web", "anything")).action, "unknown");
  EXPECT_EQ(actions_.NamesOf(*MakeCall("web", "get")).type, "http");
  EXPECT_EQ(actions_.NamesOf(*MakeCall("", "get")).type, "network");
}

TEST_F(ServiceActionsTest, AFunctionInARuleRunsAsTheSystemUser) {
  v1::ExecuteRequest seen;
  EXPECT_CALL(functions_, Execute(_, _, _)).WillOnce([&seen](v1::ExecuteRequest request, Body, CallContext context) {
    seen = std::move(request);
    EXPECT_EQ(context.request_id, "0123456789abcdef01234567");
    return Return(Returned("true"));
  });
  EXPECT_TRUE(Allows(R"({"%%true":{"%function":{"name":"mayCall","arguments":["%%args.host","%%user.id"]}}})",
                     R"({"host":"a"})"));
  EXPECT_EQ(seen.app().revision(), 7);
  EXPECT_EQ(seen.function(), "mayCall");
  EXPECT_THAT(seen.arguments_ejson(), ElementsAre("\"a\"", "\"5e7f9a1b2c3d4e5f60718293\""));
  EXPECT_EQ(seen.user().type(), type::v1::User::TYPE_SYSTEM);
  EXPECT_EQ(seen.request().method(), "POST");
}

TEST_F(ServiceActionsTest, AFunctionThatFailsDenies) {
  const std::string not_denied = R"({"%not":{"%function":{"name":"f"}}})";
  v1::ExecuteResponse threw;
  threw.mutable_failure()->set_kind(v1::Failure::KIND_THREW);
  for (const absl::StatusOr<v1::ExecuteResponse>& response : std::vector<absl::StatusOr<v1::ExecuteResponse>>{
           threw, absl::NotFoundError("none"), Returned("{not json"), absl::ResourceExhaustedError("full")}) {
    EXPECT_CALL(functions_, Execute(_, _, _)).WillOnce([&response](v1::ExecuteRequest, Body, CallContext) {
      return Return(response);
    });
    EXPECT_FALSE(Allows(not_denied));
  }
  EXPECT_CALL(functions_, Execute(_, _, _)).WillOnce([](v1::ExecuteRequest, Body, CallContext) {
    return Return(Returned("false"));
  });
  EXPECT_TRUE(Allows(not_denied));
}

TEST_F(ServiceActionsTest, AUserWhoseDataCannotBeReadIsDenied) {
  invocation_.mutable_user()->set_data_json("{");
  EXPECT_FALSE(Allows(R"({"%%user.data.banned":{"%exists":false}})"));
}

}  // namespace
}  // namespace overlock::executor
