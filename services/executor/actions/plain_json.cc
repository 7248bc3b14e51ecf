#include "services/executor/actions/plain_json.h"

#include <charconv>
#include <cmath>

#include "common/ejson/serialize.h"

namespace overlock::executor {
namespace {

using ejson::Value;

void Write(const Value& value, std::string& out);

// Strings are written the same in Extended JSON.
void WriteText(const std::string& text, std::string& out) { out += ejson::ToCanonicalJson(Value::String(text)); }

void WriteDouble(double number, std::string& out) {
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  char buffer[32];
  out.append(buffer, std::to_chars(buffer, buffer + sizeof(buffer), number).ptr);
}

void WriteArray(const Value& value, std::string& out) {
  out += '[';
  bool first = true;
  for (const Value& item : value.items()) {
    if (!first) out += ',';
    first = false;
    if (item.is(Value::Type::kUndefined)) {
      out += "null";
    } else {
      Write(item, out);
    }
  }
  out += ']';
}

void WriteDocument(const Value& value, std::string& out) {
  out += '{';
  bool first = true;
  for (const ejson::Member& member : value.members()) {
    if (member.value.is(Value::Type::kUndefined)) continue;
    if (!first) out += ',';
    first = false;
    WriteText(member.key, out);
    out += ':';
    Write(member.value, out);
  }
  out += '}';
}

void Write(const Value& value, std::string& out) {
  switch (value.type()) {
    case Value::Type::kInt32:
      out += std::to_string(value.as_int32());
      return;
    case Value::Type::kInt64:
      out += std::to_string(value.as_int64());
      return;
    case Value::Type::kDouble:
      return WriteDouble(value.as_double(), out);
    case Value::Type::kArray:
      return WriteArray(value, out);
    case Value::Type::kDocument:
      return WriteDocument(value, out);
    default:
      out += ejson::ToCanonicalJson(value);
  }
}

}  // namespace

std::string ToPlainJson(const Value& value) {
  std::string out;
  Write(value, out);
  return out;
}

}  // namespace overlock::executor
