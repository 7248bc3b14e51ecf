#include "services/executor/js/function_context.h"

#include <v8-container.h>
#include <v8-primitive.h>
#include <v8-script.h>

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/executor/js/error_stack.h"
#include "services/executor/js/script_source.h"
#include "services/executor/js/snapshot.h"
#include "services/executor/js/strings.h"
#include "services/executor/js/try_catch.h"

namespace overlock::executor::js {
namespace {

v8::Local<v8::Context> NewContext(AppIsolate& isolate) {
  ArrayBufferAllocator::Lenience lenience(isolate.allocator());
  return v8::Context::FromSnapshot(isolate.get(), kRuntimeContextIndex).FromMaybe(v8::Local<v8::Context>());
}

// As in runtime/src/invocation.ts.
enum Target : int { kHttp = 1, kGithubWebhook = 2, kTwilioWebhook = 3, kFunction = 4, kWebhookFunction = 5 };

Target TargetOf(const Code& code, const v1::ExecuteRequest& request) {
  if (request.has_webhook_function()) return kWebhookFunction;
  if (request.target_case() == v1::ExecuteRequest::kFunction) return kFunction;
  switch (code.service_type) {
    case type::v1::SERVICE_TYPE_GITHUB:
      return kGithubWebhook;
    case type::v1::SERVICE_TYPE_TWILIO:
      return kTwilioWebhook;
    default:
      return kHttp;
  }
}

bool IsForm(const type::v1::HttpRequest& request) {
  for (const type::v1::Header& header : request.headers()) {
    if (absl::EqualsIgnoreCase(header.name(), "content-type")) {
      return absl::StartsWithIgnoreCase(header.value(), "application/x-www-form-urlencoded");
    }
  }
  return false;
}

}  // namespace

FunctionContext::~FunctionContext() = default;

std::shared_ptr<FunctionContext> FunctionContext::Create(AppIsolate& isolate, std::shared_ptr<const LoadedApp> app,
                                                         const Code& code, uint64_t sequence, v1::Failure& failure) {
  v8::HandleScope handles(isolate.get());
  std::shared_ptr<FunctionContext> function(new FunctionContext(isolate, std::move(app)));
  v8::Local<v8::Context> context = NewContext(isolate);
  if (context.IsEmpty()) return nullptr;
  function->context_.Reset(isolate.get(), context);
  v8::Context::Scope scope(context);
  if (!KeepErrorFunctions(isolate.get(), context) || !function->Install()) return nullptr;
  v8::Local<v8::Value> prepare_args[] = {v8::Number::New(isolate.get(), static_cast<double>(sequence)),
                                         v8::Boolean::New(isolate.get(), code.run_as_system)};
  if (function->Call(function->prepare_, prepare_args).IsEmpty() || !function->Load(code, failure)) return nullptr;
  return function;
}

bool FunctionContext::Install() {
  v8::Isolate* isolate = isolate_.get();
  v8::Local<v8::Context> context = context_.Get(isolate);
  TryCatch try_catch(isolate);
  v8::Local<v8::String> name = v8::String::NewFromUtf8Literal(isolate, kInstallName);
  v8::Local<v8::Value> install;
  if (!context->Global()->Get(context, name).ToLocal(&install) || !install->IsFunction()) return false;
  if (context->Global()->Delete(context, name).IsNothing()) return false;
  v8::Local<v8::Value> natives = isolate_.NewNatives(context);
  v8::Local<v8::Value> hooks;
  if (!install.As<v8::Function>()->Call(context, v8::Undefined(isolate), 1, &natives).ToLocal(&hooks)) return false;
  v8::Local<v8::Object> object = hooks.As<v8::Object>();
  return TakeHook(object, "prepare", prepare_) && TakeHook(object, "invoke", invoke_) &&
         TakeHook(object, "finish", finish_) && TakeHook(object, "callFromFunction", call_from_function_) &&
         TakeHook(object, "explain", explain_);
}

bool FunctionContext::TakeHook(v8::Local<v8::Object> hooks, const char* name, v8::Global<v8::Function>& hook) {
  v8::Local<v8::Context> context = context_.Get(isolate_.get());
  v8::Local<v8::Value> value;
  if (!hooks->Get(context, ToV8Name(isolate_.get(), name)).ToLocal(&value) || !value->IsFunction()) return false;
  hook.Reset(isolate_.get(), value.As<v8::Function>());
  return true;
}

bool FunctionContext::Load(const Code& code, v1::Failure& failure) {
  v8::Isolate* isolate = isolate_.get();
  v8::Local<v8::Context> context = context_.Get(isolate);
  TryCatch try_catch(isolate);
  std::string_view source = WithoutByteOrderMark(*code.source);
  v8::Local<v8::Script> script;
  if (!CompileScript(isolate, context, code.name, source).ToLocal(&script)) {
    failure.set_kind(v1::Failure::KIND_SYNTAX_ERROR);
    failure.set_message(TextOf(isolate, context, try_catch->Exception()));
    failure.set_stack(
        absl::StrCat(SourceExcerpt(context, try_catch->Message(), code.name, source), "\n\n", failure.message()));
    return false;
  }
  return Run(code, script, failure) && TakeHandler(failure);
}

bool FunctionContext::Run(const Code& code, v8::Local<v8::Script> script, v1::Failure& failure) {
  v8::Local<v8::Context> context = context_.Get(isolate_.get());
  TryCatch try_catch(isolate_.get());
  if (!script->Run(context).IsEmpty()) return true;
  failure.set_kind(v1::Failure::KIND_THREW);
  if (try_catch->HasTerminated()) return false;
  auto [message, stack] = Explain(try_catch->Exception());
  // Not only errors can be thrown; where, V8 knows even then.
  if (stack.empty()) stack = SourceExcerpt(context, try_catch->Message(), code.name, *code.source);
  failure.set_message(std::move(message));
  failure.set_stack(WithSourceExcerpt(*app_, stack));
  return false;
}

// By a script of its own, because `const exports` and `let exports` make no property of the global object.
bool FunctionContext::TakeHandler(v1::Failure& failure) {
  v8::Isolate* isolate = isolate_.get();
  v8::Local<v8::Context> context = context_.Get(isolate);
  TryCatch try_catch(isolate);
  v8::Local<v8::Script> read_exports;
  v8::Local<v8::Value> exports = v8::Undefined(isolate);
  if (!v8::Script::Compile(context, ToV8(isolate, "exports")).ToLocal(&read_exports) ||
      !read_exports->Run(context).ToLocal(&exports) || !exports->IsFunction()) {
    failure.set_kind(v1::Failure::KIND_SYNTAX_ERROR);
    failure.set_message("SyntaxError: the source does not assign a function to `exports`");
    failure.set_stack(absl::StrCat("exports is of the type ", FromV8(isolate, exports->TypeOf(isolate)),
                                   "; allowed: a function, as in `exports = function(payload, response) { ... };`"));
    return false;
  }
  handler_.Reset(isolate, exports);
  return true;
}

template <size_t N>
v8::MaybeLocal<v8::Value> FunctionContext::Call(const v8::Global<v8::Function>& hook, v8::Local<v8::Value> (&args)[N]) {
  v8::Isolate* isolate = isolate_.get();
  v8::Local<v8::Context> context = context_.Get(isolate);
  v8::Context::Scope scope(context);
  TryCatch try_catch(isolate);
  return hook.Get(isolate)->Call(context, v8::Undefined(isolate), static_cast<int>(N), args);
}

// [name, value, name, value, ...], or for a function its arguments.
v8::Local<v8::Value> FunctionContext::RequestHeaders(const InFlight& in_flight) {
  v8::Isolate* isolate = isolate_.get();
  const v1::ExecuteRequest& request = in_flight.invoke.request();
  std::vector<v8::Local<v8::Value>> values;
  if (request.has_webhook_function() || request.target_case() == v1::ExecuteRequest::kFunction) {
    for (const std::string& argument : request.arguments_ejson()) values.push_back(ToV8(isolate, argument));
  } else if (in_flight.code->service_type == type::v1::SERVICE_TYPE_HTTP) {
    values.reserve(static_cast<size_t>(request.request().headers_size()) * 2);
    for (const type::v1::Header& header : request.request().headers()) {
      if (header.name() == "Host") continue;  // Spec section 7.1.
      values.push_back(isolate_.HeaderName(header.name()));
      values.push_back(ToV8(isolate, header.value()));
    }
  }
  return v8::Array::New(isolate, values.data(), values.size());
}

v8::MaybeLocal<v8::Object> FunctionContext::Invoke(const InFlight& in_flight, std::string_view shared_body) {
  v8::Isolate* isolate = isolate_.get();
  v8::Context::Scope scope(context_.Get(isolate));
  const v1::ExecuteRequest& request = in_flight.invoke.request();
  const std::string_view bytes = shared_body.empty() ? std::string_view(request.body()) : shared_body;
  v8::Local<v8::Value> body = v8::Undefined(isolate);
  if (IsAscii(bytes)) {
    if (!bytes.empty()) body = BytesToV8(isolate, bytes);
  } else {
    body = ToUint8Array(isolate, bytes);
  }
  v8::Local<v8::Value> args[] = {
      handler_.Get(isolate),
      v8::Number::New(isolate, static_cast<double>(in_flight.sequence())),
      v8::Integer::New(isolate, TargetOf(*in_flight.code, request)),
      RequestHeaders(in_flight),
      BytesToV8(isolate, request.request().raw_query_string()),
      body,
      v8::Boolean::New(isolate, IsForm(request.request())),
  };
  v8::Local<v8::Value> invocation;
  if (!Call(invoke_, args).ToLocal(&invocation) || !invocation->IsObject()) return {};
  return invocation.As<v8::Object>();
}

v8::MaybeLocal<v8::Value> FunctionContext::Finish(v8::Local<v8::Object> invocation, ResultForm form, ResponseUse use) {
  v8::Isolate* isolate = isolate_.get();
  v8::Local<v8::Value> args[] = {invocation, v8::Integer::New(isolate, static_cast<int>(form)),
                                 v8::Integer::New(isolate, static_cast<int>(use))};
  return Call(finish_, args);
}

v8::MaybeLocal<v8::Value> FunctionContext::CallFromFunction(v8::Local<v8::Value> caller, v8::Local<v8::Value> args,
                                                            bool as_system) {
  v8::Isolate* isolate = isolate_.get();
  v8::Local<v8::Value> hook_args[] = {handler_.Get(isolate), caller, args, v8::Boolean::New(isolate, as_system)};
  return Call(call_from_function_, hook_args);
}

std::pair<std::string, std::string> FunctionContext::Explain(v8::Local<v8::Value> error) {
  constexpr size_t kTextBytesMax = 64 << 10;
  v8::Isolate* isolate = isolate_.get();
  v8::Local<v8::Context> context = context_.Get(isolate);
  v8::Local<v8::Value> args[] = {error};
  v8::Local<v8::Value> texts, message, stack;
  if (Call(explain_, args).ToLocal(&texts) && texts->IsArray() &&
      texts.As<v8::Array>()->Get(context, 0).ToLocal(&message) && message->IsString() &&
      texts.As<v8::Array>()->Get(context, 1).ToLocal(&stack) && stack->IsString()) {
    return {BeginningFromV8(isolate, message.As<v8::String>(), kTextBytesMax),
            BeginningFromV8(isolate, stack.As<v8::String>(), kTextBytesMax)};
  }
  return {"a value without a text form was thrown", ""};
}

std::string FunctionContext::Describe(v8::Local<v8::Value> error) {
  auto [message, stack] = Explain(error);
  return stack.empty() ? message : stack;
}

}  // namespace overlock::executor::js
