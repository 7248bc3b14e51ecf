// The invocation and its application.
#include <v8-context.h>
#include <v8-function.h>

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/executor/js/error_stack.h"
#include "services/executor/js/function_context.h"
#include "services/executor/js/natives.h"
#include "services/executor/js/natives_support.h"

namespace overlock::executor::js {
namespace {

// The current context is the one of the runtime library that calls.
void GetCurrent(const Info& info) {
  info.GetReturnValue().Set(info.GetIsolate()->GetCurrentContext()->GetContinuationPreservedEmbedderData());
}

void SetCurrent(const Info& info) {
  info.GetIsolate()->GetCurrentContext()->SetContinuationPreservedEmbedderData(info[0]);
}

// More than any application's limit.
constexpr size_t kConsoleTextBytesMax = 32 << 10;

void Log(const Info& info) {
  InFlight* in_flight = InFlightAt(info, 0);
  if (in_flight == nullptr || !info[2]->IsString()) return;
  Invocations::Log(*in_flight, static_cast<v1::ConsoleLine::Level>(NumberAt(info, 1)),
                   BeginningFromV8(info.GetIsolate(), info[2].As<v8::String>(), kConsoleTextBytesMax));
}

void ConsoleBytesLeft(const Info& info) {
  InFlight* in_flight = InFlightAt(info, 0);
  size_t bytes = in_flight == nullptr ? 0 : Invocations::ConsoleBytesLeft(*in_flight);
  info.GetReturnValue().Set(static_cast<uint32_t>(bytes));
}

void SetTimer(const Info& info) {
  InFlight* in_flight = InFlightAt(info, 0);
  if (in_flight == nullptr || !info[3]->IsFunction()) return info.GetReturnValue().Set(0);
  uint64_t id = HostOf(info).SetTimer(*in_flight, static_cast<int64_t>(NumberAt(info, 1)) * 1'000'000,
                                      info[2]->IsTrue(), info[3].As<v8::Function>());
  info.GetReturnValue().Set(static_cast<double>(id));
}

void ClearTimer(const Info& info) { HostOf(info).ClearTimer(NumberAt(info, 0)); }
void AwaitTimer(const Info& info) { HostOf(info).AwaitTimer(NumberAt(info, 0), info[1]->IsTrue()); }

void BeginOperation(const Info& info) {
  if (InFlight* in_flight = InFlightAt(info, 0)) HostOf(info).BeginOperation(*in_flight);
}

void EndOperation(const Info& info) {
  if (InFlight* in_flight = InFlightAt(info, 0)) HostOf(info).EndOperation(*in_flight);
}

void Settled(const Info& info) {
  if (InFlight* in_flight = InFlightAt(info, 0)) HostOf(info).LookAgain(*in_flight);
}

// Where execution is being terminated it is never seen.
void ThrowNotLoaded(v8::Isolate* isolate, std::string_view name, const v1::Failure& failure) {
  v8::Local<v8::Value> error =
      v8::Exception::Error(ToV8(isolate, absl::StrCat("function '", name, "': ", failure.message())));
  if (error.As<v8::Object>()
          ->DefineOwnProperty(isolate->GetCurrentContext(), ToV8Name(isolate, "cause"), ToV8(isolate, failure.stack()),
                              v8::DontEnum)
          .IsNothing()) {
    return;
  }
  isolate->ThrowException(error);
}

void CallFunction(const Info& info) {
  v8::Isolate* isolate = info.GetIsolate();
  InFlight* in_flight = InFlightAt(info, 0);
  if (in_flight == nullptr) return Throw(isolate, "context.functions.execute: the invocation has ended");
  std::string name = info[1]->IsString() ? FromV8(isolate, info[1].As<v8::String>()) : "";
  const Code* code = in_flight->app->FindFunction(name);
  if (code == nullptr) return Throw(isolate, absl::StrCat("function not found: '", name, "'"));
  v1::Failure failure;
  std::shared_ptr<FunctionContext> callee = HostOf(info).ContextFor(*in_flight, *code, failure);
  if (callee == nullptr) return ThrowNotLoaded(isolate, name, failure);
  v8::Local<v8::Value> outcome;
  if (callee->CallFromFunction(info[2], info[3], code->run_as_system).ToLocal(&outcome)) {
    info.GetReturnValue().Set(outcome);
  } else {
    Throw(isolate, absl::StrCat("function '", name, "': too much recursion"));
  }
}

void GetValue(const Info& info) {
  const InFlight* in_flight = HostOf(info).current();
  if (in_flight == nullptr || !info[0]->IsString()) return;
  const std::string* json = in_flight->app->FindValue(FromV8(info.GetIsolate(), info[0].As<v8::String>()));
  if (json != nullptr) info.GetReturnValue().Set(ToV8(info.GetIsolate(), *json));
}

void GetRequest(const Info& info) {
  const InFlight* in_flight = InFlightAt(info, 0);
  if (in_flight == nullptr || !in_flight->invoke.request().has_request()) return;
  const v1::ExecuteRequest& execute = in_flight->invoke.request();
  const type::v1::HttpRequest& request = execute.request();
  const type::v1::WebhookName& name = execute.has_run_as_script() ? execute.run_as_script() : execute.webhook();
  std::vector<std::string_view> texts = {
      request.method(), request.webhook_url(), request.raw_query_string(), request.remote_ip_address(),
      name.service(),   name.webhook()};
  for (const type::v1::Header& header : request.headers()) {
    if (header.name() == "Host") continue;
    texts.push_back(header.name());
    texts.push_back(header.value());
  }
  ReturnStrings(info, texts);
}

std::string_view TypeOf(const type::v1::User& user) {
  switch (user.type()) {
    case type::v1::User::TYPE_NORMAL:
      return "normal";
    case type::v1::User::TYPE_SERVER:
      return "server";
    default:
      return "system";
  }
}

void GetUser(const Info& info) {
  const InFlight* in_flight = InFlightAt(info, 0);
  if (in_flight == nullptr) return;
  const type::v1::User& user = in_flight->invoke.request().user();
  std::vector<std::string_view> texts = {user.id(), TypeOf(user), user.data_json(), user.custom_data_json()};
  for (const type::v1::User::Identity& identity : user.identities()) {
    texts.push_back(identity.id());
    texts.push_back(identity.provider_type());
  }
  ReturnStrings(info, texts);
}

void GetApp(const Info& info) {
  const InFlight* in_flight = InFlightAt(info, 0);
  if (in_flight == nullptr) return;
  const config::v1::ExecutorView& view = in_flight->app->view();
  ReturnStrings(info, {in_flight->app->app_id(), view.app_name(), view.location(), view.deployment_model()});
}

void GetEnvironment(const Info& info) {
  const InFlight* in_flight = InFlightAt(info, 0);
  if (in_flight == nullptr) return;
  const config::v1::ExecutorView& view = in_flight->app->view();
  std::vector<std::string_view> texts = {view.environment()};
  for (const auto& [name, json] : view.environment_values_json()) {
    texts.push_back(name);
    texts.push_back(json);
  }
  ReturnStrings(info, texts);
}

void GetErrorStack(const Info& info) {
  info.GetReturnValue().Set(StackOf(info.GetIsolate(), info.GetIsolate()->GetCurrentContext(), info[0]));
}

}  // namespace

std::span<const NativeFunction> InvocationNatives() {
  static constexpr NativeFunction kNatives[] = {
      {"getCurrent", GetCurrent},
      {"setCurrent", SetCurrent},
      {"log", Log},
      {"consoleBytesLeft", ConsoleBytesLeft},
      {"setTimer", SetTimer},
      {"clearTimer", ClearTimer},
      {"awaitTimer", AwaitTimer},
      {"beginOperation", BeginOperation},
      {"endOperation", EndOperation},
      {"settled", Settled},
      {"callFunction", CallFunction},
      {"value", GetValue},
      {"request", GetRequest},
      {"user", GetUser},
      {"app", GetApp},
      {"environment", GetEnvironment},
      {"errorStack", GetErrorStack},
  };
  return kNatives;
}

}  // namespace overlock::executor::js
