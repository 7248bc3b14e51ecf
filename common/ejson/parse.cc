#include "common/ejson/parse.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/ejson/wrapper.h"
#include "common/status/status.h"

namespace overlock::ejson {
namespace {

// Below this a walk over the members is faster than a set of their keys.
constexpr size_t kFewMembers = 16;

void AppendUtf8(uint32_t code, std::string& out) {
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xC0 | code >> 6));
    out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
  } else if (code < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | code >> 12));
    out.push_back(static_cast<char>(0x80 | (code >> 6 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
  } else {
    out.push_back(static_cast<char>(0xF0 | code >> 18));
    out.push_back(static_cast<char>(0x80 | (code >> 12 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (code >> 6 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
  }
}

// Reads by recursive descent; its depth is bounded by the limit. Each Read function returns false after a fault, which
// is then in `error_`.
class Reader {
 public:
  Reader(std::string_view text, ParseLimits limits) : text_(text), limits_(limits) {}

  absl::StatusOr<Value> Read() {
    if (text_.size() > limits_.text_bytes_max) {
      position_ = limits_.text_bytes_max;
      Fault(absl::StrCat("longer than ", limits_.text_bytes_max, " bytes"));
      return error_;
    }
    Value value;
    SkipSpace();
    if (!ReadValue(value, 0)) return error_;
    SkipSpace();
    if (position_ != text_.size()) {
      Fault("something follows the value");
      return error_;
    }
    return value;
  }

 private:
  bool Fault(std::string_view what) { return FaultAt(position_, what); }
  bool FaultAt(size_t offset, std::string_view what) {
    error_ = Error(absl::StatusCode::kInvalidArgument, "BAD_EJSON", absl::StrCat("offset ", offset, ": ", what));
    return false;
  }

  bool AtEnd() const { return position_ >= text_.size(); }
  char Peek() const { return AtEnd() ? '\0' : text_[position_]; }
  bool Take(char c) {
    if (AtEnd() || text_[position_] != c) return false;
    ++position_;
    return true;
  }
  void SkipSpace() {
    while (!AtEnd() && std::string_view(" \t\r\n").find(text_[position_]) != std::string_view::npos) ++position_;
  }

  bool ReadValue(Value& value, int depth) {
    switch (Peek()) {
      case '{':
        return ReadObject(value, depth + 1);
      case '[':
        return ReadArray(value, depth + 1);
      case '"': {
        std::string text;
        if (!ReadString(text)) return false;
        value = Value::String(std::move(text));
        return true;
      }
      case 't':
        value = Value::Bool(true);
        return ReadWord("true");
      case 'f':
        value = Value::Bool(false);
        return ReadWord("false");
      case 'n':
        value = Value::Null();
        return ReadWord("null");
      default:
        return ReadNumber(value);
    }
  }

  bool ReadWord(std::string_view word) {
    if (text_.substr(position_, word.size()) != word) return Fault("expected a JSON value");
    position_ += word.size();
    return true;
  }

  bool ReadArray(Value& value, int depth) {
    if (depth > limits_.depth_max) return Fault(absl::StrCat("nested deeper than ", limits_.depth_max));
    ++position_;
    std::vector<Value> items;
    SkipSpace();
    if (!Take(']')) {
      do {
        SkipSpace();
        if (!ReadValue(items.emplace_back(), depth)) return false;
        SkipSpace();
      } while (Take(','));
      if (!Take(']')) return Fault("expected ',' or ']'");
    }
    value = Value::Array(std::move(items));
    return true;
  }

  bool ReadObject(Value& value, int depth) {
    if (depth > limits_.depth_max) return Fault(absl::StrCat("nested deeper than ", limits_.depth_max));
    size_t begin = position_++;
    std::vector<Member> members;
    SkipSpace();
    if (!Take('}')) {
      absl::flat_hash_set<std::string> keys;
      do {
        SkipSpace();
        size_t key_begin = position_;
        Member member;
        if (Peek() != '"') return Fault("expected a key in quotes");
        if (!ReadString(member.key)) return false;
        if (!IsNew(member.key, members, keys)) {
          return FaultAt(key_begin, absl::StrCat("the key \"", member.key, "\" stands twice in one object"));
        }
        SkipSpace();
        if (!Take(':')) return Fault("expected ':'");
        SkipSpace();
        if (!ReadValue(member.value, depth)) return false;
        members.push_back(std::move(member));
        SkipSpace();
      } while (Take(','));
      if (!Take('}')) return Fault("expected ',' or '}'");
    }
    return Finish(begin, std::move(members), value);
  }

  static bool IsNew(const std::string& key, const std::vector<Member>& members,
                    absl::flat_hash_set<std::string>& keys) {
    if (members.size() < kFewMembers) {
      for (const Member& member : members) {
        if (member.key == key) return false;
      }
      return true;
    }
    if (keys.empty()) {
      for (const Member& member : members) keys.insert(member.key);
    }
    return keys.insert(key).second;
  }

  bool Finish(size_t begin, std::vector<Member> members, Value& value) {
    Unwrapped unwrapped = Unwrap(members);
    switch (unwrapped.kind) {
      case Unwrapped::Kind::kFault:
        return FaultAt(begin, unwrapped.fault);
      case Unwrapped::Kind::kValue:
        value = std::move(unwrapped.value);
        return true;
      case Unwrapped::Kind::kDocument:
        break;
    }
    value = Value::Document(std::move(members));
    return true;
  }

  bool ReadNumber(Value& value) {
    size_t begin = position_;
    bool integer = true;
    Take('-');
    if (!Take('0') && !TakeDigits()) {
      position_ = begin;
      return Fault(AtEnd() ? "the text ends too early" : "expected a JSON value");
    }
    if (Take('.')) {
      integer = false;
      if (!TakeDigits()) return Fault("expected a digit after '.'");
    }
    if (Take('e') || Take('E')) {
      integer = false;
      if (!Take('+')) Take('-');
      if (!TakeDigits()) return Fault("expected a digit in the exponent");
    }
    std::string_view token = text_.substr(begin, position_ - begin);
    value = NumberFrom(token, integer);
    return true;
  }

  bool TakeDigits() {
    size_t begin = position_;
    while (!AtEnd() && absl::ascii_isdigit(static_cast<unsigned char>(text_[position_]))) ++position_;
    return position_ != begin;
  }

  static Value NumberFrom(std::string_view token, bool integer) {
    int32_t small;
    int64_t large;
    double real = 0;
    if (integer && token != "-0") {
      if (absl::SimpleAtoi(token, &small)) return Value::Int32(small);
      if (absl::SimpleAtoi(token, &large)) return Value::Int64(large);
    }
    // Cannot fail: the syntax has been checked, and what is too large becomes infinite, as in JavaScript.
    (void)absl::SimpleAtod(token, &real);
    return Value::Double(real);
  }

  bool ReadString(std::string& out) {
    size_t begin = position_++;
    while (true) {
      size_t plain = position_;
      while (!AtEnd() && text_[position_] != '"' && text_[position_] != '\\' &&
             static_cast<unsigned char>(text_[position_]) >= 0x20) {
        ++position_;
      }
      out.append(text_.substr(plain, position_ - plain));
      if (AtEnd()) return Fault("the string does not end");
      if (Take('"')) break;
      if (!Take('\\')) return Fault("a control character in a string must be escaped");
      if (!ReadEscape(out)) return false;
    }
    return IsUtf8(out) || FaultAt(begin, "the string is not UTF-8");
  }

  bool ReadEscape(std::string& out) {
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (size_t name = AtEnd() ? std::string_view::npos : kNames.find(text_[position_]);
        name != std::string_view::npos) {
      out.push_back(kMeanings[name]);
      ++position_;
      return true;
    }
    uint32_t code;
    if (!Take('u') || !ReadHex4(code)) return Fault("bad escape in a string");
    // Half a surrogate pair has no place in UTF-8.
    constexpr uint32_t kReplacement = 0xFFFD;
    if (code >= 0xD800 && code < 0xDC00) {
      size_t after = position_;
      uint32_t low = 0;
      if (Take('\\') && Take('u') && ReadHex4(low) && low >= 0xDC00 && low < 0xE000) {
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      } else {
        position_ = after;
        code = kReplacement;
      }
    } else if (code >= 0xDC00 && code < 0xE000) {
      code = kReplacement;
    }
    AppendUtf8(code, out);
    return true;
  }

  bool ReadHex4(uint32_t& code) {
    std::string_view digits = text_.substr(position_, 4);
    if (digits.size() != 4) return false;
    code = 0;
    for (char c : digits) {
      if (!absl::ascii_isxdigit(static_cast<unsigned char>(c))) return false;
      code = code * 16 + static_cast<uint32_t>(absl::ascii_isdigit(static_cast<unsigned char>(c))
                                                   ? c - '0'
                                                   : absl::ascii_tolower(static_cast<unsigned char>(c)) - 'a' + 10);
    }
    position_ += 4;
    return true;
  }

  const std::string_view text_;
  const ParseLimits limits_;
  size_t position_ = 0;
  absl::Status error_;
};

}  // namespace

absl::StatusOr<Value> Parse(std::string_view text, ParseLimits limits) { return Reader(text, limits).Read(); }

}  // namespace overlock::ejson
