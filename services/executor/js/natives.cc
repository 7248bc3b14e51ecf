#include "services/executor/js/natives.h"

#include <v8-function.h>

namespace overlock::executor::js {

v8::Local<v8::ObjectTemplate> MakeNatives(v8::Isolate* isolate) {
  v8::EscapableHandleScope handles(isolate);
  v8::Local<v8::ObjectTemplate> object = v8::ObjectTemplate::New(isolate);
  for (std::span<const NativeFunction> natives :
       {InvocationNatives(), ByteNatives(), CryptoNatives(), LibraryNatives(), ServiceNatives()}) {
    for (const NativeFunction& native : natives) {
      v8::Local<v8::FunctionTemplate> function =
          v8::FunctionTemplate::New(isolate, native.callback, {}, {}, 0, v8::ConstructorBehavior::kThrow);
      object->Set(isolate, native.name, function);
    }
  }
  return handles.Escape(object);
}

}  // namespace overlock::executor::js
