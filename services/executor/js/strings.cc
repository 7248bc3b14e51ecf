#include "services/executor/js/strings.h"

#include <v8-array-buffer.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "services/executor/js/try_catch.h"

namespace overlock::executor::js {
namespace {

constexpr uint64_t kHighBits = 0x8080808080808080;

v8::Local<v8::String> MakeString(v8::Isolate* isolate, std::string_view text, v8::NewStringType type) {
  int length = static_cast<int>(text.size());
  if (IsAscii(text)) {
    return v8::String::NewFromOneByte(isolate, reinterpret_cast<const uint8_t*>(text.data()), type, length)
        .ToLocalChecked();
  }
  return v8::String::NewFromUtf8(isolate, text.data(), type, length).ToLocalChecked();
}

// `out` holds one byte a character; makes it UTF-8.
void ExpandLatin1(std::string& out) {
  std::string utf8;
  utf8.reserve(out.size() + out.size() / 2);
  for (char c : out) {
    auto byte = static_cast<uint8_t>(c);
    if (byte < 0x80) {
      utf8.push_back(c);
    } else {
      utf8.push_back(static_cast<char>(0xc0 | byte >> 6));
      utf8.push_back(static_cast<char>(0x80 | (byte & 0x3f)));
    }
  }
  out = std::move(utf8);
}

}  // namespace

bool IsAscii(std::string_view bytes) {
  const char* at = bytes.data();
  size_t left = bytes.size();
  uint64_t high = 0;
  for (; left >= sizeof(uint64_t); at += sizeof(uint64_t), left -= sizeof(uint64_t)) {
    uint64_t word;
    std::memcpy(&word, at, sizeof(word));
    high |= word;
  }
  for (; left > 0; ++at, --left) high |= static_cast<uint8_t>(*at);
  return (high & kHighBits) == 0;
}

v8::Local<v8::String> ToV8(v8::Isolate* isolate, std::string_view text) {
  return text.empty() ? v8::String::Empty(isolate) : MakeString(isolate, text, v8::NewStringType::kNormal);
}

v8::Local<v8::String> ToV8Name(v8::Isolate* isolate, std::string_view text) {
  return MakeString(isolate, text, v8::NewStringType::kInternalized);
}

v8::Local<v8::String> BytesToV8(v8::Isolate* isolate, std::string_view bytes) {
  return v8::String::NewFromOneByte(isolate, reinterpret_cast<const uint8_t*>(bytes.data()), v8::NewStringType::kNormal,
                                    static_cast<int>(bytes.size()))
      .ToLocalChecked();
}

v8::Local<v8::Uint8Array> ToUint8Array(v8::Isolate* isolate, std::string_view bytes) {
  // Not from the isolate's allocator: V8 ends the process when that refuses a buffer asked for from C++.
  void* copy = std::malloc(bytes.empty() ? 1 : bytes.size());
  std::memcpy(copy, bytes.data(), bytes.size());
  std::unique_ptr<v8::BackingStore> store = v8::ArrayBuffer::NewBackingStore(
      copy, bytes.size(), [](void* data, size_t, void*) { std::free(data); }, nullptr);
  v8::Local<v8::ArrayBuffer> buffer = v8::ArrayBuffer::New(isolate, std::move(store));
  return v8::Uint8Array::New(buffer, 0, bytes.size());
}

void FromV8(v8::Isolate* isolate, v8::Local<v8::String> text, std::string& out) {
  if (!text->IsOneByte()) {
    out.resize(static_cast<size_t>(text->Utf8Length(isolate)));
    text->WriteUtf8(isolate, out.data(), static_cast<int>(out.size()), nullptr,
                    v8::String::NO_NULL_TERMINATION | v8::String::REPLACE_INVALID_UTF8);
    return;
  }
  out.resize(static_cast<size_t>(text->Length()));
  text->WriteOneByte(isolate, reinterpret_cast<uint8_t*>(out.data()), 0, text->Length(),
                     v8::String::NO_NULL_TERMINATION);
  if (!IsAscii(out)) ExpandLatin1(out);
}

std::string FromV8(v8::Isolate* isolate, v8::Local<v8::String> text) {
  std::string out;
  FromV8(isolate, text, out);
  return out;
}

std::string BeginningFromV8(v8::Isolate* isolate, v8::Local<v8::String> text, size_t bytes_max) {
  // Even if every character takes one byte only.
  if (static_cast<size_t>(text->Length()) <= bytes_max) return std::string(Truncate(FromV8(isolate, text), bytes_max));
  std::string out(bytes_max, '\0');
  int bytes = text->WriteUtf8(isolate, out.data(), static_cast<int>(bytes_max), nullptr,
                              v8::String::NO_NULL_TERMINATION | v8::String::REPLACE_INVALID_UTF8);
  out.resize(static_cast<size_t>(bytes));
  return out;
}

std::string TextOf(v8::Isolate* isolate, v8::Local<v8::Context> context, v8::Local<v8::Value> value) {
  TryCatch try_catch(isolate);
  v8::Local<v8::String> text;
  return !value.IsEmpty() && value->ToString(context).ToLocal(&text) ? FromV8(isolate, text) : std::string();
}

std::string_view BytesOf(v8::Local<v8::ArrayBufferView> view) {
  const auto* data = static_cast<const char*>(view->Buffer()->Data());
  return data == nullptr ? std::string_view() : std::string_view(data + view->ByteOffset(), view->ByteLength());
}

std::string_view Truncate(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  size_t end = bytes_max;
  while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace overlock::executor::js
