// From what the runtime library gives to the answer's message.
#ifndef OVERLOCK_SERVICES_EXECUTOR_JS_ANSWER_H_
#define OVERLOCK_SERVICES_EXECUTOR_JS_ANSWER_H_

#include <v8-context.h>
#include <v8-isolate.h>
#include <v8-local-handle.h>
#include <v8-value.h>

#include <cstddef>
#include <string_view>

#include "overlock/executor/v1/executor_service.pb.h"

namespace overlock::executor::js {

// Fills the outcome from what finish() in runtime/src/run.ts gave for a function that has settled; `as_response` if a
// result is the answer of a webhook or an endpoint. False when the value is not one that finish() gives. A body or
// result larger than `bytes_max`, or headers larger than 64 KiB, make it the failure that says so.
bool ReadAnswer(v8::Isolate* isolate, v8::Local<v8::Context> context, v8::Local<v8::Value> value, bool as_response,
                size_t bytes_max, v1::ExecuteResponse& response);

// Sets the outcome to a failure, its texts cut to their limits.
void SetFailure(v1::Failure::Kind kind, std::string_view message, std::string_view stack,
                v1::ExecuteResponse& response);

}  // namespace overlock::executor::js

#endif  // OVERLOCK_SERVICES_EXECUTOR_JS_ANSWER_H_
