// What native functions share. Included by natives*.cc only.
#ifndef OVERLOCK_SERVICES_EXECUTOR_JS_NATIVES_SUPPORT_H_
#define OVERLOCK_SERVICES_EXECUTOR_JS_NATIVES_SUPPORT_H_

#include <v8-container.h>
#include <v8-exception.h>
#include <v8-function-callback.h>
#include <v8-isolate.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "services/executor/js/app_isolate.h"
#include "services/executor/js/invocations.h"
#include "services/executor/js/strings.h"

namespace overlock::executor::js {

using Info = v8::FunctionCallbackInfo<v8::Value>;

inline Invocations& HostOf(const Info& info) { return AppIsolate::Of(info.GetIsolate()).host(); }

// 0 for anything that is no whole number.
inline uint64_t NumberAt(const Info& info, int index) {
  double value = info[index]->IsNumber() ? info[index].As<v8::Number>()->Value() : 0;
  return value >= 0 && value < 9e15 ? static_cast<uint64_t>(value) : 0;
}

// Null when the invocation has ended.
inline InFlight* InFlightAt(const Info& info, int index) { return HostOf(info).Find(NumberAt(info, index)); }

inline void Throw(v8::Isolate* isolate, std::string_view message) {
  isolate->ThrowException(v8::Exception::Error(ToV8(isolate, message)));
}

inline void ReturnStrings(const Info& info, const std::vector<std::string_view>& texts) {
  std::vector<v8::Local<v8::Value>> values;
  values.reserve(texts.size());
  for (std::string_view text : texts) values.push_back(ToV8(info.GetIsolate(), text));
  info.GetReturnValue().Set(v8::Array::New(info.GetIsolate(), values.data(), values.size()));
}

}  // namespace overlock::executor::js

#endif  // OVERLOCK_SERVICES_EXECUTOR_JS_NATIVES_SUPPORT_H_
