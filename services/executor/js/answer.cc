#include "services/executor/js/answer.h"

#include <v8-container.h>
#include <v8-typed-array.h>

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/executor/js/content_type.h"
#include "services/executor/js/strings.h"

namespace overlock::executor::js {
namespace {

constexpr size_t kMessageBytesMax = 4 << 10;
constexpr size_t kStackBytesMax = 16 << 10;
constexpr uint32_t kAnswerHeadersMax = 200;
// As much as a request's head may have.
constexpr size_t kAnswerHeaderBytesMax = 64 << 10;

void SetTooLarge(std::string_view what, size_t bytes_max, v1::ExecuteResponse& response) {
  SetFailure(v1::Failure::KIND_ANSWER_SIZE_LIMIT,
             absl::StrCat("the answer", what, " larger than ", bytes_max, " bytes"), "", response);
}

// False when it is too large.
bool ReadText(v8::Isolate* isolate, v8::Local<v8::String> text, size_t bytes_max, std::string& out) {
  if (static_cast<size_t>(text->Length()) > bytes_max) return false;
  FromV8(isolate, text, out);
  return out.size() <= bytes_max;
}

bool ReadBody(v8::Isolate* isolate, v8::Local<v8::Value> body, size_t bytes_max, std::string& out) {
  if (body->IsString()) return ReadText(isolate, body.As<v8::String>(), bytes_max, out);
  if (!body->IsArrayBufferView()) return true;
  std::string_view bytes = BytesOf(body.As<v8::ArrayBufferView>());
  if (bytes.size() > bytes_max) return false;
  out.assign(bytes);
  return true;
}

class ArrayReader {
 public:
  ArrayReader(v8::Isolate* isolate, v8::Local<v8::Context> context, v8::Local<v8::Array> array)
      : isolate_(isolate), context_(context), array_(array) {}

  v8::Local<v8::Value> At(uint32_t index) const {
    v8::Local<v8::Value> value;
    return array_->Get(context_, index).ToLocal(&value) ? value : v8::Undefined(isolate_).As<v8::Value>();
  }
  // The beginning of the text, where it is longer than `bytes_max`.
  std::string Text(uint32_t index, size_t bytes_max) const {
    v8::Local<v8::Value> value = At(index);
    return value->IsString() ? BeginningFromV8(isolate_, value.As<v8::String>(), bytes_max) : "";
  }
  int Number(uint32_t index) const { return At(index)->Int32Value(context_).FromMaybe(0); }
  uint32_t size() const { return array_->Length(); }

 private:
  v8::Isolate* isolate_;
  v8::Local<v8::Context> context_;
  v8::Local<v8::Array> array_;
};

void AddHeader(std::string_view name, std::string_view value, v1::WebhookResponse& answer) {
  type::v1::Header& header = *answer.add_headers();
  header.set_name(name.data(), name.size());
  header.set_value(value.data(), value.size());
}

// [status, body, name, value, ...]
void ReadResponseObject(v8::Isolate* isolate, const ArrayReader& array, size_t bytes_max,
                        v1::ExecuteResponse& response) {
  v1::WebhookResponse& answer = *response.mutable_response();
  if (!ReadBody(isolate, array.At(1), bytes_max, *answer.mutable_body()))
    return SetTooLarge(" is", bytes_max, response);
  answer.set_status(array.Number(0));
  bool has_type = false;
  size_t header_bytes = 0;
  for (uint32_t i = 2; i + 1 < std::min(array.size(), 2 + 2 * kAnswerHeadersMax); i += 2) {
    std::string name = array.Text(i, kAnswerHeaderBytesMax + 1);
    std::string text = array.Text(i + 1, kAnswerHeaderBytesMax + 1);
    header_bytes += name.size() + text.size();
    if (header_bytes > kAnswerHeaderBytesMax) return SetTooLarge("'s headers are", kAnswerHeaderBytesMax, response);
    has_type = has_type || absl::EqualsIgnoreCase(name, "content-type");
    AddHeader(name, text, answer);
  }
  if (!has_type && !answer.body().empty()) AddHeader("Content-Type", SniffContentType(answer.body()), answer);
}

void ReadResult(v8::Isolate* isolate, v8::Local<v8::Value> value, bool as_response, size_t bytes_max,
                v1::ExecuteResponse& response) {
  if (!as_response) {
    std::string& text = *response.mutable_returned()->mutable_value_ejson();
    if (value->IsString() && !ReadText(isolate, value.As<v8::String>(), bytes_max, text)) {
      SetTooLarge(" is", bytes_max, response);
    }
    return;
  }
  v1::WebhookResponse& answer = *response.mutable_response();
  answer.set_status(200);
  if (!value->IsString()) return;
  if (!ReadText(isolate, value.As<v8::String>(), bytes_max, *answer.mutable_body())) {
    return SetTooLarge(" is", bytes_max, response);
  }
  AddHeader("Content-Type", "application/json", answer);
}

}  // namespace

void SetFailure(v1::Failure::Kind kind, std::string_view message, std::string_view stack,
                v1::ExecuteResponse& response) {
  v1::Failure& failure = *response.mutable_failure();
  failure.set_kind(kind);
  message = Truncate(message, kMessageBytesMax);
  failure.set_message(message.data(), message.size());
  stack = Truncate(stack, kStackBytesMax);
  failure.set_stack(stack.data(), stack.size());
}

bool ReadAnswer(v8::Isolate* isolate, v8::Local<v8::Context> context, v8::Local<v8::Value> value, bool as_response,
                size_t bytes_max, v1::ExecuteResponse& response) {
  if (value->IsString() || value->IsUndefined()) {
    ReadResult(isolate, value, as_response, bytes_max, response);
    return true;
  }
  if (!value->IsArray()) return false;
  ArrayReader array(isolate, context, value.As<v8::Array>());
  if (array.Number(0) == -1) {
    SetFailure(static_cast<v1::Failure::Kind>(array.Number(1)), array.Text(2, kMessageBytesMax + 1),
               array.Text(3, kStackBytesMax + 1), response);
  } else {
    ReadResponseObject(isolate, array, bytes_max, response);
  }
  return true;
}

}  // namespace overlock::executor::js
