// Operations on documents against a server in memory. Tests only.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_DATA_FIXTURE_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_DATA_FIXTURE_H_

#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "common/async/block_on.h"
#include "common/ejson/bson.h"
#include "common/ejson/parse.h"
#include "common/ejson/serialize.h"
#include "common/telemetry/metrics.h"
#include "services/executor/data/data_service.h"
#include "services/executor/data/fake_server_fixture.h"

namespace overlock::executor {

// A service, an application that has it, and a user. By default there are no rules and the user is the system user.
class DataHarness {
 public:
  DataHarness() {
    view_.mutable_app()->set_app_id("shop-abcde");
    view_.mutable_app()->set_revision(7);
    auto& service = *view_.mutable_executor()->add_services();
    service.set_name("mongodb-atlas");
    service.set_type("mongodb-atlas");
    user().set_type(type::v1::User::TYPE_SYSTEM);
    NewInvocation();
  }

  type::v1::User& user() { return *request_.mutable_user(); }
  void RunAs(const std::string& id) {
    user().set_type(type::v1::User::TYPE_NORMAL);
    user().set_id(id);
    NewInvocation();
  }
  // The next call belongs to another invocation.
  void NewInvocation() {
    stop_ = std::make_unique<std::stop_source>();
    invocation_ = std::make_shared<const v1::ExecuteRequest>(request_);
  }
  void EndInvocation() {
    stop_->request_stop();
    BlockOn(Nothing());
  }

  config::v1::DataRule& AddRule(const std::string& database, const std::string& collection) {
    auto& rule = *view_.mutable_executor()->mutable_services(0)->add_data_rules();
    rule.set_database(database);
    rule.set_collection(collection);
    code_ = nullptr;
    return rule;
  }
  config::v1::ExecutorView& view() {
    code_ = nullptr;
    return *view_.mutable_executor();
  }

  ServiceCallPtr MakeCall(const std::string& action, const std::string& argument, std::string body) {
    if (!code_) code_ = std::make_shared<const AppCode>(view_);
    auto call = std::make_shared<ServiceCall>();
    call->code = code_;
    call->service = code_->FindService("mongodb-atlas");
    call->action = action;
    call->argument = *ejson::Parse(argument);
    call->body = std::move(body);
    call->invocation = invocation_;
    call->context.deadline = absl::Now() + absl::Seconds(10);
    call->context.stop = stop_->get_token();
    call->context.request_id = "0123456789abcdef01234567";
    return call;
  }
  ServiceOutcome Outcome(const std::string& action, const std::string& command,
                         const std::string& argument = R"({"database":"shop","collection":"orders"})") {
    ServiceCallPtr call = MakeCall(action, argument, ejson::ToBson(*ejson::Parse(command)));
    return BlockOn(service_->Call(std::move(call)));
  }
  // The reply as canonical Extended JSON, or `CODE: MESSAGE`.
  std::string Call(const std::string& action, const std::string& command,
                   const std::string& argument = R"({"database":"shop","collection":"orders"})") {
    ServiceOutcome outcome = Outcome(action, command, argument);
    if (const auto* failure = std::get_if<ServiceFailure>(&outcome)) {
      return absl::StrCat(failure->code, ": ", failure->message);
    }
    return ejson::ToCanonicalJson(*ejson::FromBson(std::get<ServiceValue>(outcome).body));
  }

  FakeServer& server() { return *server_; }
  DataService& service() { return *service_; }
  Metrics& metrics() { return metrics_; }

 private:
  static Task<void> Nothing() { co_return; }

  Metrics metrics_;
  std::shared_ptr<FakeServer> server_ = std::make_shared<FakeServer>();
  std::shared_ptr<DataService> service_ =
      std::make_shared<DataService>(async_internal::ThreadLoop().get_executor(), server_, metrics_);
  config::v1::AppView view_;
  v1::ExecuteRequest request_;
  std::shared_ptr<const AppCode> code_;
  std::shared_ptr<const v1::ExecuteRequest> invocation_;
  std::unique_ptr<std::stop_source> stop_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_DATA_FIXTURE_H_
