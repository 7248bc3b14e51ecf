#include "services/executor/js/natives.h"

#include <sys/random.h>
#include <v8-array-buffer.h>
#include <v8-container.h>
#include <v8-context.h>
#include <v8-exception.h>
#include <v8-function-callback.h>
#include <v8-function.h>
#include <v8-proxy.h>
#include <v8-typed-array.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "services/executor/js/app_isolate.h"
#include "services/executor/js/function_context.h"
#include "services/executor/js/invocations.h"
#include "services/executor/js/strings.h"

namespace overlock::executor::js {
namespace {

using Info = v8::FunctionCallbackInfo<v8::Value>;

// As in runtime/src/native.ts.
enum Kind { kOther, kArray, kDate, kRegExp, kMap, kSet, kArrayBuffer, kView, kError, kPromise, kProxy, kFunction };
enum Encoding { kUtf8, kHex, kBase64 };

constexpr size_t kRandomBytesMax = 1024;

Invocations& HostOf(const Info& info) { return AppIsolate::Of(info.GetIsolate()).host(); }

uint64_t NumberAt(const Info& info, int index) {
  double value = info[index]->IsNumber() ? info[index].As<v8::Number>()->Value() : 0;
  return value >= 0 && value < 9e15 ? static_cast<uint64_t>(value) : 0;
}

// Null when the invocation has ended.
InFlight* InFlightAt(const Info& info, int index) { return HostOf(info).Find(NumberAt(info, index)); }

void Throw(v8::Isolate* isolate, std::string_view message) {
  isolate->ThrowException(v8::Exception::Error(ToV8(isolate, message)));
}

void ReturnStrings(const Info& info, const std::vector<std::string_view>& texts) {
  std::vector<v8::Local<v8::Value>> values;
  values.reserve(texts.size());
  for (std::string_view text : texts) values.push_back(ToV8(info.GetIsolate(), text));
  info.GetReturnValue().Set(v8::Array::New(info.GetIsolate(), values.data(), values.size()));
}

// The current context is the one of the runtime library that calls.
void GetCurrent(const Info& info) {
  info.GetReturnValue().Set(info.GetIsolate()->GetCurrentContext()->GetContinuationPreservedEmbedderData());
}

void SetCurrent(const Info& info) {
  info.GetIsolate()->GetCurrentContext()->SetContinuationPreservedEmbedderData(info[0]);
}

void Log(const Info& info) {
  InFlight* in_flight = InFlightAt(info, 0);
  if (in_flight == nullptr || !info[2]->IsString()) return;
  Invocations::Log(*in_flight, static_cast<v1::ConsoleLine::Level>(NumberAt(info, 1)),
                   FromV8(info.GetIsolate(), info[2].As<v8::String>()));
}

void SetTimer(const Info& info) {
  InFlight* in_flight = InFlightAt(info, 0);
  if (in_flight == nullptr || !info[3]->IsFunction()) return info.GetReturnValue().Set(0);
  uint64_t id = HostOf(info).SetTimer(*in_flight, static_cast<int64_t>(NumberAt(info, 1)) * 1'000'000,
                                      info[2]->IsTrue(), info[3].As<v8::Function>());
  info.GetReturnValue().Set(static_cast<double>(id));
}

void ClearTimer(const Info& info) { HostOf(info).ClearTimer(NumberAt(info, 0)); }

void BeginOperation(const Info& info) {
  if (InFlight* in_flight = InFlightAt(info, 0)) HostOf(info).BeginOperation(*in_flight);
}

void EndOperation(const Info& info) {
  if (InFlight* in_flight = InFlightAt(info, 0)) HostOf(info).EndOperation(*in_flight);
}

void Settled(const Info& info) {
  if (InFlight* in_flight = InFlightAt(info, 0)) HostOf(info).LookAgain(*in_flight);
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
  // Where execution is being terminated the errors thrown here are never seen.
  if (callee == nullptr) return Throw(isolate, absl::StrCat("function '", name, "': ", failure.message()));
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
  if (const InFlight* in_flight = InFlightAt(info, 0)) {
    ReturnStrings(info, {in_flight->app->app_id(), in_flight->app->app_name()});
  }
}

void Random(const Info& info) {
  std::string bytes(std::min<size_t>(NumberAt(info, 0), kRandomBytesMax), '\0');
  for (size_t filled = 0; filled < bytes.size();) {
    ssize_t got = getrandom(bytes.data() + filled, bytes.size() - filled, 0);
    if (got <= 0) return Throw(info.GetIsolate(), "no random bytes");
    filled += static_cast<size_t>(got);
  }
  info.GetReturnValue().Set(ToUint8Array(info.GetIsolate(), bytes));
}

void Encode(const Info& info) {
  v8::Isolate* isolate = info.GetIsolate();
  if (!info[0]->IsArrayBufferView()) return Throw(isolate, "not a Uint8Array");
  std::string_view bytes = BytesOf(info[0].As<v8::ArrayBufferView>());
  size_t end = std::min<size_t>(NumberAt(info, 2), bytes.size());
  size_t begin = std::min<size_t>(NumberAt(info, 1), end);
  bytes = bytes.substr(begin, end - begin);
  if (bytes.size() > (128 << 20)) return Throw(isolate, "too many bytes for a string");
  switch (NumberAt(info, 3)) {
    case kHex:
      return info.GetReturnValue().Set(ToV8(isolate, absl::BytesToHexString(bytes)));
    case kBase64:
      return info.GetReturnValue().Set(ToV8(isolate, absl::Base64Escape(bytes)));
    default:
      return info.GetReturnValue().Set(ToV8(isolate, bytes));
  }
}

bool DecodeHex(const std::string& text, std::string& bytes) {
  if (text.size() % 2 != 0 || !std::all_of(text.begin(), text.end(), absl::ascii_isxdigit)) return false;
  bytes = absl::HexStringToBytes(text);
  return true;
}

void Decode(const Info& info) {
  v8::Isolate* isolate = info.GetIsolate();
  if (!info[0]->IsString()) return;
  std::string text = FromV8(isolate, info[0].As<v8::String>());
  std::string bytes;
  switch (NumberAt(info, 1)) {
    case kHex:
      if (!DecodeHex(text, bytes)) return;
      break;
    case kBase64:
      if (text.size() % 4 != 0 || !absl::Base64Unescape(text, &bytes)) return;
      break;
    default:
      bytes = std::move(text);
  }
  info.GetReturnValue().Set(ToUint8Array(isolate, bytes));
}

void CopyBytes(const Info& info) {
  v8::Isolate* isolate = info.GetIsolate();
  if (info[0]->IsArrayBufferView()) {
    return info.GetReturnValue().Set(ToUint8Array(isolate, BytesOf(info[0].As<v8::ArrayBufferView>())));
  }
  if (!info[0]->IsArrayBuffer()) return Throw(isolate, "not bytes");
  v8::Local<v8::ArrayBuffer> buffer = info[0].As<v8::ArrayBuffer>();
  std::string_view bytes(static_cast<const char*>(buffer->Data()), buffer->ByteLength());
  info.GetReturnValue().Set(ToUint8Array(isolate, bytes));
}

Kind KindOf(v8::Local<v8::Value> value) {
  if (value->IsArray()) return kArray;
  if (value->IsDate()) return kDate;
  if (value->IsRegExp()) return kRegExp;
  if (value->IsMap()) return kMap;
  if (value->IsSet()) return kSet;
  if (value->IsArrayBuffer()) return kArrayBuffer;
  if (value->IsArrayBufferView()) return kView;
  if (value->IsNativeError()) return kError;
  if (value->IsPromise()) return kPromise;
  if (value->IsProxy()) return kProxy;
  return value->IsFunction() ? kFunction : kOther;
}

void GetKind(const Info& info) { info.GetReturnValue().Set(static_cast<int32_t>(KindOf(info[0]))); }

}  // namespace

v8::Local<v8::ObjectTemplate> MakeNatives(v8::Isolate* isolate) {
  struct {
    const char* name;
    v8::FunctionCallback callback;
  } const natives[] = {
      {"getCurrent", GetCurrent},
      {"setCurrent", SetCurrent},
      {"log", Log},
      {"setTimer", SetTimer},
      {"clearTimer", ClearTimer},
      {"beginOperation", BeginOperation},
      {"endOperation", EndOperation},
      {"settled", Settled},
      {"callFunction", CallFunction},
      {"value", GetValue},
      {"request", GetRequest},
      {"user", GetUser},
      {"app", GetApp},
      {"random", Random},
      {"encode", Encode},
      {"decode", Decode},
      {"copyBytes", CopyBytes},
      {"kindOf", GetKind},
  };
  v8::EscapableHandleScope handles(isolate);
  v8::Local<v8::ObjectTemplate> object = v8::ObjectTemplate::New(isolate);
  for (const auto& native : natives) {
    v8::Local<v8::FunctionTemplate> function =
        v8::FunctionTemplate::New(isolate, native.callback, {}, {}, 0, v8::ConstructorBehavior::kThrow);
    object->Set(isolate, native.name, function);
  }
  return handles.Escape(object);
}

}  // namespace overlock::executor::js
