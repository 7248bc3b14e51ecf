// Code and copies of values for the library.
#include <v8-array-buffer.h>
#include <v8-context.h>
#include <v8-function.h>
#include <v8-promise.h>
#include <v8-proxy.h>
#include <v8-script.h>
#include <v8-value-serializer.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/executor/js/clock.h"
#include "services/executor/js/embedded_library.h"
#include "services/executor/js/natives.h"
#include "services/executor/js/natives_support.h"

namespace overlock::executor::js {
namespace {

void CompileLibrary(const Info& info) {
  v8::Isolate* isolate = info.GetIsolate();
  if (!info[0]->IsString()) return;
  std::string name = FromV8(isolate, info[0].As<v8::String>());
  std::string_view text = LibraryModule(name);
  v8::Local<v8::String> source_text;
  if (text.empty() || !LibraryString(isolate, text).ToLocal(&source_text)) return;
  v8::ScriptOrigin origin(isolate, ToV8(isolate, absl::StrCat("overlock:library/", name)));
  v8::ScriptCompiler::Source source(source_text, origin);
  v8::Local<v8::String> parameters[] = {ToV8Name(isolate, "require"), ToV8Name(isolate, "module"),
                                        ToV8Name(isolate, "exports"), ToV8Name(isolate, "internal")};
  v8::Local<v8::Function> function;
  if (v8::ScriptCompiler::CompileFunctionInContext(isolate->GetCurrentContext(), &source, std::size(parameters),
                                                   parameters, 0, nullptr)
          .ToLocal(&function)) {
    info.GetReturnValue().Set(function);
  }
}

const std::string* DependencyAt(const Info& info) {
  const InFlight* in_flight = HostOf(info).current();
  if (in_flight == nullptr || !info[0]->IsString()) return nullptr;
  return in_flight->app->dependencies().Find(FromV8(info.GetIsolate(), info[0].As<v8::String>()));
}

void GetDependency(const Info& info) {
  if (const std::string* file = DependencyAt(info)) info.GetReturnValue().Set(ToV8(info.GetIsolate(), *file));
}

void HasDependency(const Info& info) { info.GetReturnValue().Set(DependencyAt(info) != nullptr); }

void CompileDependency(const Info& info) {
  v8::Isolate* isolate = info.GetIsolate();
  const std::string* file = DependencyAt(info);
  if (file == nullptr) return Throw(isolate, "no such file");
  std::string_view text = *file;
  // As Node does, a first line that names an interpreter is none of the module.
  if (absl::StartsWith(text, "#!")) text.remove_prefix(std::min(text.find('\n'), text.size()));
  v8::ScriptOrigin origin(isolate, info[0]);
  v8::ScriptCompiler::Source source(ToV8(isolate, text), origin);
  v8::Local<v8::String> parameters[] = {ToV8Name(isolate, "exports"), ToV8Name(isolate, "require"),
                                        ToV8Name(isolate, "module"), ToV8Name(isolate, "__filename"),
                                        ToV8Name(isolate, "__dirname")};
  v8::Local<v8::Function> function;
  if (v8::ScriptCompiler::CompileFunctionInContext(isolate->GetCurrentContext(), &source, std::size(parameters),
                                                   parameters, 0, nullptr)
          .ToLocal(&function)) {
    info.GetReturnValue().Set(function);
  }
}

// The buffers of the array `list`; false after throwing.
bool ReadTransferList(const Info& info, v8::Local<v8::Value> list,
                      std::vector<v8::Local<v8::ArrayBuffer>>& transferred) {
  if (!list->IsArray()) return true;
  v8::Local<v8::Array> array = list.As<v8::Array>();
  for (uint32_t i = 0; i < array->Length(); ++i) {
    v8::Local<v8::Value> item;
    if (!array->Get(info.GetIsolate()->GetCurrentContext(), i).ToLocal(&item)) return false;
    const bool known = std::find(transferred.begin(), transferred.end(), item) != transferred.end();
    if (known || !item->IsArrayBuffer() || !item.As<v8::ArrayBuffer>()->IsDetachable()) {
      Throw(info.GetIsolate(),
            known ? "an array buffer can be transferred only once" : "only array buffers can be transferred");
      return false;
    }
    transferred.push_back(item.As<v8::ArrayBuffer>());
  }
  return true;
}

// structuredClone(value, transferList): HTML's algorithm, as V8 implements it.
void StructuredClone(const Info& info) {
  v8::Isolate* isolate = info.GetIsolate();
  v8::Local<v8::Context> context = isolate->GetCurrentContext();
  std::vector<v8::Local<v8::ArrayBuffer>> transferred;
  if (!ReadTransferList(info, info[1], transferred)) return;
  v8::ValueSerializer serializer(isolate);
  for (size_t i = 0; i < transferred.size(); ++i) {
    serializer.TransferArrayBuffer(static_cast<uint32_t>(i), transferred[i]);
  }
  serializer.WriteHeader();
  if (serializer.WriteValue(context, info[0]).IsNothing()) return;
  std::pair<uint8_t*, size_t> bytes = serializer.Release();
  std::unique_ptr<uint8_t, decltype(&std::free)> owner(bytes.first, &std::free);
  v8::ValueDeserializer deserializer(isolate, bytes.first, bytes.second);
  for (size_t i = 0; i < transferred.size(); ++i) {
    std::shared_ptr<v8::BackingStore> store = transferred[i]->GetBackingStore();
    transferred[i]->Detach();
    deserializer.TransferArrayBuffer(static_cast<uint32_t>(i), v8::ArrayBuffer::New(isolate, std::move(store)));
  }
  v8::Local<v8::Value> copy;
  if (deserializer.ReadHeader(context).IsNothing() || !deserializer.ReadValue(context).ToLocal(&copy)) return;
  info.GetReturnValue().Set(copy);
}

// Milliseconds since the first call in this process. The steps are those of browsers: finer ones would tell what other
// code does with the processor's caches.
void MonotonicMs(const Info& info) {
  constexpr int64_t kStepNs = 100'000;
  static const int64_t kOriginNs = MonotonicNanos();
  info.GetReturnValue().Set(static_cast<double>((MonotonicNanos() - kOriginNs) / kStepNs) / 10);
}

void PromiseState(const Info& info) {
  if (!info[0]->IsPromise()) return Throw(info.GetIsolate(), "not a promise");
  v8::Isolate* isolate = info.GetIsolate();
  v8::Local<v8::Promise> promise = info[0].As<v8::Promise>();
  v8::Promise::PromiseState state = promise->State();
  const bool pending = state == v8::Promise::kPending;
  v8::Local<v8::Value> pair[] = {
      ToV8Name(isolate, pending                            ? "pending"
                        : state == v8::Promise::kFulfilled ? "fulfilled"
                                                           : "rejected"),
      pending ? v8::Local<v8::Value>(v8::Undefined(isolate)) : promise->Result(),
  };
  info.GetReturnValue().Set(v8::Array::New(isolate, pair, std::size(pair)));
}

void ProxyTarget(const Info& info) {
  if (!info[0]->IsProxy()) return Throw(info.GetIsolate(), "not a proxy");
  info.GetReturnValue().Set(info[0].As<v8::Proxy>()->GetTarget());
}

}  // namespace

std::span<const NativeFunction> LibraryNatives() {
  static constexpr NativeFunction kNatives[] = {
      {"compileLibrary", CompileLibrary},       {"dependency", GetDependency},        {"hasDependency", HasDependency},
      {"compileDependency", CompileDependency}, {"structuredClone", StructuredClone}, {"monotonicMs", MonotonicMs},
      {"promiseState", PromiseState},           {"proxyTarget", ProxyTarget},
  };
  return kNatives;
}

}  // namespace overlock::executor::js
