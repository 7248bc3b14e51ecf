// Calls of services that reach a server on loopback. Tests only.
#ifndef OVERLOCK_SERVICES_EXECUTOR_ACTIONS_HTTP_HTTP_ACTIONS_FIXTURE_H_
#define OVERLOCK_SERVICES_EXECUTOR_ACTIONS_HTTP_HTTP_ACTIONS_FIXTURE_H_

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "common/async/block_on.h"
#include "common/ejson/parse.h"
#include "common/ejson/serialize.h"
#include "common/http_client/http_client_fixture.h"
#include "services/executor/actions/service_type.h"

namespace overlock::executor {

class HttpActionsTest : public http::HttpClientTest {
 protected:
  HttpActionsTest() {
    Make("127.0.0.0/8");
    shared_client_ = std::move(client_);
    view_.mutable_app()->set_app_id("shop-abcde");
    view_.mutable_executor();
  }
  ~HttpActionsTest() override {
    loops_.Stop();
    shared_client_ = nullptr;
  }

  config::v1::ExecutorView::Service& AddService(const std::string& type, const std::string& config_json = "{}") {
    auto& service = *view_.mutable_executor()->add_services();
    service.set_name("it");
    service.set_type(type);
    service.set_config_json(config_json);
    return service;
  }
  // A call of the service that was added, or of the network without one.
  std::shared_ptr<ServiceCall> MakeCall(const std::string& action, const std::string& argument,
                                        const std::string& body = "") {
    auto call = std::make_shared<ServiceCall>();
    call->code = std::make_shared<const AppCode>(view_);
    call->service = call->code->FindService("it");
    call->action = action;
    call->argument = *ejson::Parse(argument);
    call->body = body;
    call->invocation = std::make_shared<const v1::ExecuteRequest>();
    call->context.deadline = absl::Now() + absl::Seconds(10);
    return call;
  }
  // The value as canonical Extended JSON, or `CODE: MESSAGE`. Its body is in body_.
  std::string Call(ServiceType& type, const std::string& action, const std::string& argument,
                   const std::string& body = "") {
    ServiceCallPtr call = MakeCall(action, argument, body);
    ServiceOutcome outcome = BlockOn(type.Call(std::move(call)));
    if (const auto* failure = std::get_if<ServiceFailure>(&outcome)) {
      return absl::StrCat(failure->code, ": ", failure->message);
    }
    body_ = std::get<ServiceValue>(outcome).body;
    return ejson::ToCanonicalJson(std::get<ServiceValue>(outcome).value);
  }
  // What stands behind the headers.
  static std::string BodyOf(const std::string& request) { return request.substr(request.find("\r\n\r\n") + 4); }

  config::v1::AppView view_;
  std::shared_ptr<http::HttpClient> shared_client_;
  std::string body_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_ACTIONS_HTTP_HTTP_ACTIONS_FIXTURE_H_
