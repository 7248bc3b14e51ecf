// Calls of services, which the supervisor makes.
#include <v8-function.h>
#include <v8-typed-array.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/executor/js/natives.h"
#include "services/executor/js/natives_support.h"

namespace overlock::executor::js {
namespace {

// What the supervisor takes: an 18 MB body, and what belongs to it.
constexpr size_t kCallBytesMax = 20 << 20;

// callService(sequence, service, action, argument, body, asSystem, settle)
void CallService(const Info& info) {
  v8::Isolate* isolate = info.GetIsolate();
  InFlight* in_flight = InFlightAt(info, 0);
  if (in_flight == nullptr || !info[6]->IsFunction()) return;
  worker::v1::ServiceCall call;
  if (info[1]->IsString()) FromV8(isolate, info[1].As<v8::String>(), *call.mutable_service());
  if (info[2]->IsString()) FromV8(isolate, info[2].As<v8::String>(), *call.mutable_action());
  if (info[3]->IsString()) FromV8(isolate, info[3].As<v8::String>(), *call.mutable_argument_ejson());
  if (info[4]->IsArrayBufferView()) call.set_body(std::string(BytesOf(info[4].As<v8::ArrayBufferView>())));
  call.set_as_system(info[5]->IsTrue());
  if (call.argument_ejson().size() + call.body().size() > kCallBytesMax) {
    return Throw(isolate, absl::StrCat(call.action(), ": the request is larger than ", kCallBytesMax, " bytes"));
  }
  if (!HostOf(info).CallService(*in_flight, std::move(call), info[6].As<v8::Function>())) {
    Throw(isolate, "too many bytes of service calls are under way");
  }
}

// serviceType(sequence, name): undefined without such a service.
void GetServiceType(const Info& info) {
  const InFlight* in_flight = InFlightAt(info, 0);
  if (in_flight == nullptr || !info[1]->IsString()) return;
  const std::string* type = in_flight->app->FindServiceType(FromV8(info.GetIsolate(), info[1].As<v8::String>()));
  if (type != nullptr) info.GetReturnValue().Set(ToV8(info.GetIsolate(), *type));
}

}  // namespace

std::span<const NativeFunction> ServiceNatives() {
  static constexpr NativeFunction kNatives[] = {
      {"callService", CallService},
      {"serviceType", GetServiceType},
  };
  return kNatives;
}

}  // namespace overlock::executor::js
