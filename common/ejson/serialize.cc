#include "common/ejson/serialize.h"

#include <charconv>
#include <cmath>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/ejson/decimal.h"
#include "common/ejson/hex.h"

namespace overlock::ejson {
namespace {

using Type = Value::Type;

void AppendString(std::string_view text, std::string& out) {
  constexpr char kHex[] = "0123456789abcdef";
  out.push_back('"');
  for (char c : text) {
    switch (c) {
      case '"':
        out.append("\\\"");
        break;
      case '\\':
        out.append("\\\\");
        break;
      case '\n':
        out.append("\\n");
        break;
      case '\r':
        out.append("\\r");
        break;
      case '\t':
        out.append("\\t");
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out.append("\\u00");
          out.push_back(kHex[c >> 4]);
          out.push_back(kHex[c & 15]);
        } else {
          out.push_back(c);
        }
    }
  }
  out.push_back('"');
}

std::string DoubleText(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  char text[32];
  // The shortest text that reads back to the same bits.
  char* end = std::to_chars(text, text + sizeof(text), value).ptr;
  std::string result(text, end);
  if (result.find_first_of(".e") == std::string::npos) result.append(".0");
  return result;
}

void AppendBinary(const Binary& binary, std::string& out) {
  constexpr char kHex[] = "0123456789abcdef";
  absl::StrAppend(&out, "{\"$binary\":{\"base64\":\"", absl::Base64Escape(binary.bytes), "\",\"subType\":\"");
  out.push_back(kHex[binary.subtype >> 4]);
  out.push_back(kHex[binary.subtype & 15]);
  out.append("\"}}");
}

void Append(const Value& value, std::string& out);

void AppendArray(const std::vector<Value>& items, std::string& out) {
  out.push_back('[');
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out.push_back(',');
    Append(items[i], out);
  }
  out.push_back(']');
}

void AppendDocument(const std::vector<Member>& members, std::string& out) {
  out.push_back('{');
  for (size_t i = 0; i < members.size(); ++i) {
    if (i > 0) out.push_back(',');
    AppendString(members[i].key, out);
    out.push_back(':');
    Append(members[i].value, out);
  }
  out.push_back('}');
}

void AppendRegex(const Regex& regex, std::string& out) {
  out.append("{\"$regularExpression\":{\"pattern\":");
  AppendString(regex.pattern, out);
  out.append(",\"options\":");
  AppendString(regex.options, out);
  out.append("}}");
}

void Append(const Value& value, std::string& out) {
  switch (value.type()) {
    case Type::kUndefined:
      out.append("{\"$undefined\":true}");
      break;
    case Type::kNull:
      out.append("null");
      break;
    case Type::kMinKey:
      out.append("{\"$minKey\":1}");
      break;
    case Type::kMaxKey:
      out.append("{\"$maxKey\":1}");
      break;
    case Type::kBool:
      out.append(value.as_bool() ? "true" : "false");
      break;
    case Type::kInt32:
      absl::StrAppend(&out, "{\"$numberInt\":\"", value.as_int32(), "\"}");
      break;
    case Type::kInt64:
      absl::StrAppend(&out, "{\"$numberLong\":\"", value.as_int64(), "\"}");
      break;
    case Type::kDouble:
      absl::StrAppend(&out, "{\"$numberDouble\":\"", DoubleText(value.as_double()), "\"}");
      break;
    case Type::kDecimal128:
      absl::StrAppend(&out, "{\"$numberDecimal\":\"", DecimalToText(value.as_decimal128()), "\"}");
      break;
    case Type::kDate:
      absl::StrAppend(&out, "{\"$date\":{\"$numberLong\":\"", value.as_date().milliseconds, "\"}}");
      break;
    case Type::kTimestamp:
      absl::StrAppend(&out, "{\"$timestamp\":{\"t\":", value.as_timestamp().seconds,
                      ",\"i\":", value.as_timestamp().increment, "}}");
      break;
    case Type::kObjectId:
      absl::StrAppend(&out, "{\"$oid\":\"", ToHex(value.as_object_id().bytes), "\"}");
      break;
    case Type::kString:
      AppendString(value.as_string(), out);
      break;
    case Type::kBinary:
      AppendBinary(value.as_binary(), out);
      break;
    case Type::kRegex:
      AppendRegex(value.as_regex(), out);
      break;
    case Type::kArray:
      AppendArray(value.items(), out);
      break;
    case Type::kDocument:
      AppendDocument(value.members(), out);
      break;
  }
}

}  // namespace

std::string ToCanonicalJson(const Value& value) {
  std::string out;
  Append(value, out);
  return out;
}

}  // namespace overlock::ejson
