#include "services/config/json_text.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace overlock::config {
namespace {

constexpr size_t kIndent = 4;

JsonValue Make(JsonValue::Kind kind) {
  JsonValue value;
  value.kind = kind;
  return value;
}

void AppendString(std::string_view text, std::string* out) {
  static constexpr char kHex[] = "0123456789abcdef";
  out->push_back('"');
  for (char c : text) {
    switch (c) {
      case '"':
        out->append("\\\"");
        break;
      case '\\':
        out->append("\\\\");
        break;
      case '\n':
        out->append("\\n");
        break;
      case '\r':
        out->append("\\r");
        break;
      case '\t':
        out->append("\\t");
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out->append("\\u00");
          out->push_back(kHex[c >> 4]);
          out->push_back(kHex[c & 15]);
        } else {
          out->push_back(c);
        }
    }
  }
  out->push_back('"');
}

// Writes a value, indented or not.
class Writer {
 public:
  Writer(bool pretty, std::string* out) : pretty_(pretty), out_(out) {}

  void Write(const JsonValue& value) {
    switch (value.kind) {
      case JsonValue::Kind::kNull:
        out_->append("null");
        break;
      case JsonValue::Kind::kBool:
        out_->append(value.boolean ? "true" : "false");
        break;
      case JsonValue::Kind::kNumber:
        out_->append(value.text);
        break;
      case JsonValue::Kind::kString:
        AppendString(value.text, out_);
        break;
      case JsonValue::Kind::kArray:
        WriteItems('[', ']', value.items, [this](const JsonValue& item) { Write(item); });
        break;
      case JsonValue::Kind::kObject:
        WriteItems('{', '}', value.members, [this](const JsonMember& member) {
          AppendString(member.key, out_);
          out_->append(pretty_ ? ": " : ":");
          Write(member.value);
        });
        break;
    }
  }

 private:
  template <class Items, class WriteItem>
  void WriteItems(char open, char close, const Items& items, WriteItem write_item) {
    out_->push_back(open);
    ++depth_;
    std::string_view separator = "";
    for (const auto& item : items) {
      out_->append(std::exchange(separator, ","));
      BreakLine();
      write_item(item);
    }
    --depth_;
    if (!items.empty()) BreakLine();
    out_->push_back(close);
  }
  void BreakLine() {
    if (!pretty_) return;
    out_->push_back('\n');
    out_->append(depth_ * kIndent, ' ');
  }

  const bool pretty_;
  std::string* const out_;
  size_t depth_ = 0;
};

auto FindMember(JsonValue& object, std::string_view key) {
  return std::find_if(object.members.begin(), object.members.end(),
                      [&](const JsonMember& member) { return member.key == key; });
}

}  // namespace

JsonValue MakeObject() { return Make(JsonValue::Kind::kObject); }

JsonValue MakeArray() { return Make(JsonValue::Kind::kArray); }

JsonValue MakeString(std::string_view text) {
  JsonValue value = Make(JsonValue::Kind::kString);
  value.text = text;
  return value;
}

JsonValue MakeBool(bool boolean) {
  JsonValue value = Make(JsonValue::Kind::kBool);
  value.boolean = boolean;
  return value;
}

JsonValue MakeInteger(int64_t integer) {
  JsonValue value = Make(JsonValue::Kind::kNumber);
  value.is_integer = true;
  value.integer = integer;
  value.text = absl::StrCat(integer);
  return value;
}

void SetMember(JsonValue& object, std::string_view key, JsonValue value) {
  auto it = FindMember(object, key);
  if (it == object.members.end()) {
    object.members.push_back({std::string(key), std::move(value)});
  } else {
    it->value = std::move(value);
  }
}

void SetFirstMember(JsonValue& object, std::string_view key, JsonValue value) {
  RemoveMember(object, key);
  object.members.insert(object.members.begin(), {std::string(key), std::move(value)});
}

void RemoveMember(JsonValue& object, std::string_view key) {
  auto it = FindMember(object, key);
  if (it != object.members.end()) object.members.erase(it);
}

std::string ToText(const JsonValue& value) {
  std::string text;
  Writer(false, &text).Write(value);
  return text;
}

std::string ToPrettyText(const JsonValue& value) {
  std::string text;
  Writer(true, &text).Write(value);
  text.push_back('\n');
  return text;
}

}  // namespace overlock::config
