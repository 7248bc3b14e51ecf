#include "services/executor/js/error_stack.h"

#include <v8-container.h>
#include <v8-exception.h>
#include <v8-function.h>
#include <v8-object.h>
#include <v8-primitive.h>

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "services/executor/js/strings.h"
#include "services/executor/js/try_catch.h"

namespace overlock::executor::js {
namespace {

// Data of a context: Error, Error.prototype.toString, and toString of call sites once there was one.
constexpr int kErrorSlot = 1;
constexpr int kErrorToStringSlot = 2;
constexpr int kSiteToStringSlot = 3;

constexpr size_t kFrameBytesMax = 1 << 10;

// Whether StackOf() asks.
thread_local bool g_asked_by_us = false;

v8::Local<v8::Private> TextKey(v8::Isolate* isolate) {
  return v8::Private::ForApi(isolate, v8::String::NewFromUtf8Literal(isolate, "overlock.stack"));
}

v8::MaybeLocal<v8::Value> Get(v8::Local<v8::Context> context, v8::Local<v8::Value> object, const char* name) {
  if (!object->IsObject()) return {};
  return object.As<v8::Object>()->Get(context, ToV8Name(context->GetIsolate(), name));
}

v8::MaybeLocal<v8::String> CallToText(v8::Local<v8::Context> context, int slot, v8::Local<v8::Value> receiver) {
  v8::Local<v8::Value> function = context->GetEmbedderData(slot);
  v8::Local<v8::Value> text;
  if (!function->IsFunction() || !function.As<v8::Function>()->Call(context, receiver, 0, nullptr).ToLocal(&text) ||
      !text->IsString()) {
    return {};
  }
  return text.As<v8::String>();
}

bool IsOurs(std::string_view frame) {
  return absl::StartsWith(frame, "overlock:") || absl::StrContains(frame, "(overlock:") ||
         absl::StrContains(frame, " overlock:");
}

struct Frames {
  // What the lines of the stack say, each with the line break before it.
  std::string text;
  // The call sites of these lines.
  std::vector<v8::Local<v8::Value>> sites;
};

// Empty when execution is being terminated.
Frames ReadFrames(v8::Local<v8::Context> context, v8::Local<v8::Array> sites) {
  v8::Isolate* isolate = context->GetIsolate();
  Frames frames;
  for (uint32_t i = 0; i < sites->Length(); ++i) {
    v8::Local<v8::Value> site, to_string;
    if (!sites->Get(context, i).ToLocal(&site)) break;
    if (!context->GetEmbedderData(kSiteToStringSlot)->IsFunction() &&
        Get(context, site, "toString").ToLocal(&to_string)) {
      context->SetEmbedderData(kSiteToStringSlot, to_string);
    }
    v8::Local<v8::String> text;
    if (!CallToText(context, kSiteToStringSlot, site).ToLocal(&text)) break;
    std::string frame = BeginningFromV8(isolate, text, kFrameBytesMax);
    if (IsOurs(frame)) continue;
    absl::StrAppend(&frames.text, "\n    at ", frame);
    frames.sites.push_back(site);
  }
  return frames;
}

v8::Local<v8::String> Header(v8::Local<v8::Context> context, v8::Local<v8::Value> error) {
  TryCatch try_catch(context->GetIsolate());
  v8::Local<v8::String> text;
  if (CallToText(context, kErrorToStringSlot, error).ToLocal(&text)) return text;
  return v8::String::NewFromUtf8Literal(context->GetIsolate(), "<error>");
}

// What the function's own `Error.prepareStackTrace` is, if it has one.
v8::MaybeLocal<v8::Function> PreparedByFunction(v8::Local<v8::Context> context) {
  v8::Local<v8::Value> prepare;
  if (g_asked_by_us || !Get(context, context->GetEmbedderData(kErrorSlot), "prepareStackTrace").ToLocal(&prepare) ||
      !prepare->IsFunction()) {
    return {};
  }
  return prepare.As<v8::Function>();
}

v8::MaybeLocal<v8::Value> FormatStack(v8::Local<v8::Context> context, v8::Local<v8::Value> error,
                                      v8::Local<v8::Array> sites) {
  v8::Isolate* isolate = context->GetIsolate();
  if (context->GetNumberOfEmbedderDataFields() <= kSiteToStringSlot) return v8::String::Empty(isolate);
  v8::Local<v8::String> header = Header(context, error);
  Frames frames;
  {
    TryCatch try_catch(isolate);
    frames = ReadFrames(context, sites);
  }
  v8::Local<v8::String> text = v8::String::Concat(isolate, header, ToV8(isolate, frames.text));
  if (text.IsEmpty()) text = header;
  v8::Local<v8::Function> prepare;
  if (!PreparedByFunction(context).ToLocal(&prepare)) return text;
  if (error->IsObject() && error.As<v8::Object>()->SetPrivate(context, TextKey(isolate), text).IsNothing()) return {};
  v8::Local<v8::Value> args[] = {error, v8::Array::New(isolate, frames.sites.data(), frames.sites.size())};
  return prepare->Call(context, context->GetEmbedderData(kErrorSlot), 2, args);
}

// ---- Excerpts.

// The length of the line break at the beginning of `text`; 0 if there is none. As ECMAScript counts lines.
size_t LineBreakBytes(std::string_view text) {
  if (absl::StartsWith(text, "\r\n")) return 2;
  if (absl::StartsWith(text, "\xe2\x80\xa8") || absl::StartsWith(text, "\xe2\x80\xa9")) return 3;
  return absl::StartsWith(text, "\n") || absl::StartsWith(text, "\r") ? 1 : 0;
}

// A line of `source`, counted from 1; empty if there is none.
std::string_view LineOf(std::string_view source, int line) {
  size_t begin = 0;
  for (size_t i = 0; i <= source.size();) {
    const size_t bytes = LineBreakBytes(source.substr(i));
    if (bytes == 0 && i < source.size()) {
      ++i;
      continue;
    }
    if (--line == 0) return source.substr(begin, i - begin);
    i += bytes;
    begin = i;
    if (bytes == 0) break;
  }
  return "";
}

// Where the character is that begins `column` UTF-16 units into the UTF-8 text.
size_t OffsetOf(std::string_view text, int column) {
  size_t i = 0;
  while (i < text.size() && column > 0) {
    column -= static_cast<unsigned char>(text[i]) >= 0xf0 ? 2 : 1;
    do {
      ++i;
    } while (i < text.size() && (static_cast<unsigned char>(text[i]) & 0xc0) == 0x80);
  }
  return i;
}

// As many columns as `text` has, with its tabs.
std::string Blank(std::string_view text) {
  std::string blank;
  for (char c : text) {
    if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) blank += c == '\t' ? '\t' : ' ';
  }
  return blank;
}

struct Place {
  std::string_view file;
  int line = 0;
  int column = 0;
};

// "FILE:LINE:COLUMN", counted from 1. A file is empty where it is something else.
Place ReadPlace(std::string_view text) {
  Place place;
  const size_t second = text.rfind(':');
  const size_t first = second == std::string_view::npos || second == 0 ? second : text.rfind(':', second - 1);
  if (first == std::string_view::npos || first == second) return place;
  if (absl::SimpleAtoi(text.substr(first + 1, second - first - 1), &place.line) &&
      absl::SimpleAtoi(text.substr(second + 1), &place.column)) {
    place.file = text.substr(0, first);
  }
  return place;
}

// The place in a line of a stack: "    at name (PLACE)", "    at PLACE".
Place PlaceOfFrame(std::string_view line) {
  constexpr std::string_view kAt = "    at ";
  if (!absl::StartsWith(line, kAt)) return {};
  line.remove_prefix(kAt.size());
  if (absl::StartsWith(line, "async ")) line.remove_prefix(6);
  if (!absl::EndsWith(line, ")")) return ReadPlace(line);
  line.remove_suffix(1);
  const size_t open = line.rfind('(');
  return open == std::string_view::npos ? Place() : ReadPlace(line.substr(open + 1));
}

}  // namespace

void SetStackFormat(v8::Isolate* isolate) { isolate->SetPrepareStackTraceCallback(FormatStack); }

bool KeepErrorFunctions(v8::Isolate* isolate, v8::Local<v8::Context> context) {
  v8::Local<v8::Value> error, prototype, to_string;
  if (!Get(context, context->Global(), "Error").ToLocal(&error) ||
      !Get(context, error, "prototype").ToLocal(&prototype) ||
      !Get(context, prototype, "toString").ToLocal(&to_string)) {
    return false;
  }
  context->SetEmbedderData(kErrorSlot, error);
  context->SetEmbedderData(kErrorToStringSlot, to_string);
  context->SetEmbedderData(kSiteToStringSlot, v8::Undefined(isolate));
  return true;
}

v8::Local<v8::String> StackOf(v8::Isolate* isolate, v8::Local<v8::Context> context, v8::Local<v8::Value> error) {
  v8::Local<v8::String> none = v8::String::Empty(isolate);
  if (!error->IsNativeError()) return none;
  TryCatch try_catch(isolate);
  v8::Local<v8::Value> text;
  if (error.As<v8::Object>()->GetPrivate(context, TextKey(isolate)).ToLocal(&text) && text->IsString()) {
    return text.As<v8::String>();
  }
  g_asked_by_us = true;
  v8::MaybeLocal<v8::Value> stack = Get(context, error, "stack");
  g_asked_by_us = false;
  return stack.ToLocal(&text) && text->IsString() ? text.As<v8::String>() : none;
}

std::string SourceExcerpt(std::string_view file, std::string_view source, int line, int begin_column, int end_column) {
  constexpr size_t kBeforeMax = 60;
  constexpr size_t kLineBytesMax = 160;
  std::string_view text = LineOf(source, line);
  size_t begin = OffsetOf(text, begin_column);
  size_t end = std::max(OffsetOf(text, end_column), begin);
  size_t cut = 0;
  if (text.size() > kLineBytesMax && begin > kBeforeMax) {
    cut = begin - kBeforeMax;
    while (cut < begin && (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80) ++cut;
  }
  text = Truncate(text.substr(cut), kLineBytesMax);
  begin -= cut;
  end = std::min(end - cut, text.size());
  const size_t carets = end > begin ? Blank(text.substr(begin, end - begin)).size() : 1;
  return absl::StrCat(file, ":", line, "\n", text, "\n", Blank(text.substr(0, begin)), std::string(carets, '^'));
}

std::string SourceExcerpt(v8::Local<v8::Context> context, v8::Local<v8::Message> message, std::string_view file,
                          std::string_view source) {
  if (message.IsEmpty()) return "";
  const int line = message->GetLineNumber(context).FromMaybe(0);
  if (line < 1) return "";
  return SourceExcerpt(file, source, line, message->GetStartColumn(context).FromMaybe(0),
                       message->GetEndColumn(context).FromMaybe(0));
}

std::string WithSourceExcerpt(const LoadedApp& app, std::string_view stack) {
  for (size_t begin = 0; begin < stack.size();) {
    const size_t end = std::min(stack.find('\n', begin), stack.size());
    Place place = PlaceOfFrame(stack.substr(begin, end - begin));
    begin = end + 1;
    if (place.file.empty() || place.line < 1) continue;
    const std::string* source = app.FindSource(place.file);
    if (source == nullptr) continue;
    return absl::StrCat(SourceExcerpt(place.file, *source, place.line, place.column - 1, place.column), "\n\n", stack);
  }
  return std::string(stack);
}

}  // namespace overlock::executor::js
