// Strings and bytes on their way into V8 and out of it.
#ifndef OVERLOCK_SERVICES_EXECUTOR_JS_STRINGS_H_
#define OVERLOCK_SERVICES_EXECUTOR_JS_STRINGS_H_

#include <v8-isolate.h>
#include <v8-local-handle.h>
#include <v8-primitive.h>
#include <v8-typed-array.h>

#include <string>
#include <string_view>

namespace overlock::executor::js {

bool IsAscii(std::string_view bytes);

// A JavaScript string of UTF-8 text; each byte that is not part of valid UTF-8 becomes U+FFFD. `text` is at most 64 MB.
v8::Local<v8::String> ToV8(v8::Isolate* isolate, std::string_view text);
// The same, as one of the strings that V8 keeps once only: for property names.
v8::Local<v8::String> ToV8Name(v8::Isolate* isolate, std::string_view text);
// A string with one character for each byte.
v8::Local<v8::String> BytesToV8(v8::Isolate* isolate, std::string_view bytes);
// A Uint8Array with a copy of the bytes.
v8::Local<v8::Uint8Array> ToUint8Array(v8::Isolate* isolate, std::string_view bytes);

// UTF-8; lone surrogates become U+FFFD.
std::string FromV8(v8::Isolate* isolate, v8::Local<v8::String> text);
// At most `bytes_max` bytes of it, without a copy of the rest; no character is cut.
std::string BeginningFromV8(v8::Isolate* isolate, v8::Local<v8::String> text, size_t bytes_max);
void FromV8(v8::Isolate* isolate, v8::Local<v8::String> text, std::string& out);
// What `String(value)` gives; empty if that throws.
std::string TextOf(v8::Isolate* isolate, v8::Local<v8::Context> context, v8::Local<v8::Value> value);
// A view of the array's memory, valid while no JavaScript runs.
std::string_view BytesOf(v8::Local<v8::ArrayBufferView> view);

// The longest prefix of at most `bytes_max` bytes that does not end inside a UTF-8 sequence.
std::string_view Truncate(std::string_view text, size_t bytes_max);

}  // namespace overlock::executor::js

#endif  // OVERLOCK_SERVICES_EXECUTOR_JS_STRINGS_H_
