// Catching what JavaScript throws, without losing a termination.
#ifndef OVERLOCK_SERVICES_EXECUTOR_JS_TRY_CATCH_H_
#define OVERLOCK_SERVICES_EXECUTOR_JS_TRY_CATCH_H_

#include <v8-exception.h>
#include <v8-isolate.h>

namespace overlock::executor::js {

// A v8::TryCatch swallows a termination, too: JavaScript further down the stack would go on, with nobody to stop it
// again. This one asks for it anew.
class TryCatch {
 public:
  explicit TryCatch(v8::Isolate* isolate) : isolate_(isolate), inner_(isolate) {}
  ~TryCatch() {
    if (inner_.HasTerminated()) isolate_->TerminateExecution();
  }
  v8::TryCatch* operator->() { return &inner_; }

 private:
  v8::Isolate* const isolate_;
  v8::TryCatch inner_;
};

}  // namespace overlock::executor::js

#endif  // OVERLOCK_SERVICES_EXECUTOR_JS_TRY_CATCH_H_
