#include "services/executor/js/script_source.h"

#include <v8-message.h>
#include <v8-primitive.h>

#include <string>
#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/executor/js/strings.h"
#include "services/executor/js/try_catch.h"

namespace overlock::executor::js {
namespace {

// Messages name what stands in the source, e.g. an identifier, whatever its length.
constexpr size_t kMessageBytesMax = 512;
constexpr size_t kSourceLineBytesMax = 200;

// Without its middle: why a regular expression is refused stands behind the whole of it.
std::string Shorten(std::string_view text, size_t bytes_max) {
  constexpr std::string_view kCut = " ... ";
  constexpr size_t kEndBytesMax = 120;
  if (text.size() <= bytes_max) return std::string(text);
  std::string_view end = text.substr(text.size() - kEndBytesMax);
  while ((static_cast<unsigned char>(end.front()) & 0xc0) == 0x80) end.remove_prefix(1);
  return absl::StrCat(Truncate(text, bytes_max - kCut.size() - end.size()), kCut, end);
}

void Describe(v8::Isolate* isolate, v8::Local<v8::Context> context, TryCatch& caught,
              v1::CompileResponse::Problem& problem) {
  std::string text = TextOf(isolate, context, caught->Exception());
  // The parser's stack was too small for it.
  if (!absl::StartsWith(text, "SyntaxError")) text = absl::StrCat("could not be compiled within the limits: ", text);
  problem.set_message(Shorten(text, kMessageBytesMax));
  v8::Local<v8::Message> message = caught->Message();
  if (message.IsEmpty()) return;
  const int line = message->GetLineNumber(context).FromMaybe(0);
  if (line < 1) return;
  problem.set_line(line);
  problem.set_column(message->GetStartColumn(context).FromMaybe(0) + 1);
  v8::Local<v8::String> source_line;
  if (!message->GetSourceLine(context).ToLocal(&source_line)) return;
  problem.set_source_line(BeginningFromV8(isolate, source_line, kSourceLineBytesMax));
}

}  // namespace

std::string_view WithoutByteOrderMark(std::string_view source) {
  if (absl::StartsWith(source, "\xef\xbb\xbf")) source.remove_prefix(3);
  return source;
}

v8::MaybeLocal<v8::Script> CompileScript(v8::Isolate* isolate, v8::Local<v8::Context> context, std::string_view name,
                                         std::string_view source) {
  v8::ScriptOrigin origin(isolate, ToV8(isolate, name));
  return v8::Script::Compile(context, ToV8(isolate, source), &origin);
}

bool CompileSources(v8::Isolate* isolate, const v1::CompileRequest& request, v1::CompileResponse& response) {
  v8::HandleScope handles(isolate);
  v8::Local<v8::Context> context = v8::Context::New(isolate);
  if (context.IsEmpty()) return false;
  v8::Context::Scope scope(context);
  for (int i = 0; i < request.sources_size(); ++i) {
    const v1::CompileRequest::Source& source = request.sources(i);
    v8::HandleScope of_source(isolate);
    TryCatch caught(isolate);
    if (!CompileScript(isolate, context, source.name(), WithoutByteOrderMark(source.source())).IsEmpty()) continue;
    if (caught->HasTerminated()) return false;
    v1::CompileResponse::Problem& problem = *response.add_problems();
    problem.set_source_index(i);
    Describe(isolate, context, caught, problem);
  }
  return true;
}

}  // namespace overlock::executor::js
