#include "common/telemetry/otlp_json.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <map>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/ejson/parse.h"

namespace overlock {
namespace {

using ejson::Value;

// Of a span's `flags`, beside those of the trace: whether the parent is in another process is known, and it is.
constexpr uint32_t kRemoteKnown = 0x100;
constexpr uint32_t kRemote = 0x200;
constexpr int kStatusError = 2;
constexpr std::string_view kReplacement = "\xef\xbf\xbd";

// The bytes of the character at the start; 0 if they are not UTF-8 (RFC 3629).
size_t CharacterBytes(std::string_view text) {
  const auto at = [text](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto continues = [&at](size_t i) { return (at(i) & 0xc0) == 0x80; };
  const unsigned first = at(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return continues(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    if (!continues(1) || !continues(2)) return 0;
    const bool overlong = first == 0xe0 && at(1) < 0xa0;
    const bool surrogate = first == 0xed && at(1) > 0x9f;
    return overlong || surrogate ? 0 : 3;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    const bool overlong = first == 0xf0 && at(1) < 0x90;
    const bool beyond = first == 0xf4 && at(1) > 0x8f;
    return overlong || beyond ? 0 : 4;
  }
  return 0;
}

void AppendString(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const size_t bytes = CharacterBytes(text);
    const char c = text[0];
    if (bytes == 0) {
      out += kReplacement;
    } else if (bytes > 1) {
      out += text.substr(0, bytes);
    } else if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", c);
      out += escaped;
    } else {
      out += c;
    }
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
  out += '"';
}

template <size_t N>
std::string Hex(const std::array<uint8_t, N>& bytes) {
  return absl::BytesToHexString(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

void AppendAttribute(std::string& out, const SpanAttribute& attribute) {
  out += "{\"key\":";
  AppendString(out, attribute.key);
  out += ",\"value\":{";
  if (const auto* text = std::get_if<std::string>(&attribute.value)) {
    out += "\"stringValue\":";
    AppendString(out, *text);
  } else if (const auto* integer = std::get_if<int64_t>(&attribute.value)) {
    absl::StrAppend(&out, "\"intValue\":\"", *integer, "\"");
  } else if (const auto* number = std::get_if<double>(&attribute.value)) {
    if (std::isfinite(*number)) {
      absl::StrAppend(&out, "\"doubleValue\":", *number);
    } else {
      out += "\"stringValue\":\"not finite\"";
    }
  } else {
    absl::StrAppend(&out, "\"boolValue\":", std::get<bool>(attribute.value) ? "true" : "false");
  }
  out += "}}";
}

void AppendAttributes(std::string& out, const std::vector<SpanAttribute>& attributes) {
  out += "\"attributes\":[";
  for (const SpanAttribute& attribute : attributes) {
    if (out.back() != '[') out += ',';
    AppendAttribute(out, attribute);
  }
  out += ']';
}

void AppendSpan(std::string& out, const SpanData& span) {
  absl::StrAppend(&out, "{\"traceId\":\"", span.context.TraceIdHex(), "\",\"spanId\":\"", Hex(span.context.span_id),
                  "\"");
  if (span.parent_span_id != decltype(span.parent_span_id){}) {
    absl::StrAppend(&out, ",\"parentSpanId\":\"", Hex(span.parent_span_id), "\"");
  }
  const uint32_t flags = span.context.flags | kRemoteKnown | (span.parent_is_remote ? kRemote : 0);
  absl::StrAppend(&out, ",\"flags\":", flags, ",\"name\":");
  AppendString(out, span.name);
  absl::StrAppend(&out, ",\"kind\":", static_cast<int>(span.kind), ",\"startTimeUnixNano\":\"",
                  absl::ToUnixNanos(span.start), "\",\"endTimeUnixNano\":\"", absl::ToUnixNanos(span.end), "\",");
  AppendAttributes(out, span.attributes);
  if (span.failed) absl::StrAppend(&out, ",\"status\":{\"code\":", kStatusError, "}");
  out += '}';
}

}  // namespace

std::string ToOtlpJson(const SpanResource& resource, const std::vector<std::unique_ptr<SpanData>>& spans) {
  std::map<std::string_view, std::vector<const SpanData*>> scopes;
  for (const auto& span : spans) scopes[span->scope].push_back(span.get());
  std::vector<SpanAttribute> attributes;
  for (const auto& [key, value] : resource) attributes.push_back({key, value});
  std::string out = "{\"resourceSpans\":[{\"resource\":{";
  AppendAttributes(out, attributes);
  out += "},\"scopeSpans\":[";
  for (const auto& [scope, members] : scopes) {
    if (out.back() != '[') out += ',';
    out += "{\"scope\":{\"name\":";
    AppendString(out, scope);
    out += "},\"spans\":[";
    for (const SpanData* span : members) {
      if (out.back() != '[') out += ',';
      AppendSpan(out, *span);
    }
    out += "]}";
  }
  out += "]}]}";
  return out;
}

int64_t RejectedSpans(std::string_view response_json) {
  absl::StatusOr<Value> response = ejson::Parse(response_json);
  if (!response.ok() || !response->is(Value::Type::kDocument)) return 0;
  const Value* partial = response->Find("partialSuccess");
  const Value* rejected =
      partial == nullptr || !partial->is(Value::Type::kDocument) ? nullptr : partial->Find("rejectedSpans");
  if (rejected == nullptr) return 0;
  if (rejected->is(Value::Type::kInt32)) return rejected->as_int32();
  int64_t count = 0;
  if (rejected->is(Value::Type::kString) && absl::SimpleAtoi(rejected->as_string(), &count)) return count;
  return 0;
}

}  // namespace overlock
