// Bytes, text, and what kind of object something is.
#include <sys/random.h>
#include <v8-array-buffer.h>
#include <v8-proxy.h>
#include <v8-typed-array.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "services/executor/js/natives.h"
#include "services/executor/js/natives_support.h"

namespace overlock::executor::js {
namespace {

// As in runtime/src/native.ts.
enum Kind { kOther, kArray, kDate, kRegExp, kMap, kSet, kArrayBuffer, kView, kError, kPromise, kProxy, kFunction };
enum Encoding { kUtf8, kHex, kBase64 };

constexpr size_t kRandomBytesMax = 64 << 10;

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

std::span<const NativeFunction> ByteNatives() {
  static constexpr NativeFunction kNatives[] = {
      {"random", Random}, {"encode", Encode}, {"decode", Decode}, {"copyBytes", CopyBytes}, {"kindOf", GetKind},
  };
  return kNatives;
}

}  // namespace overlock::executor::js
