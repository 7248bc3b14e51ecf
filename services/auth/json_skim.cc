#include "services/auth/json_skim.h"

#include <cstdint>

#include "absl/strings/ascii.h"

namespace overlock::auth {
namespace {

// Reads from the front of a text. Every Skip is false when the text is not what is asked for.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool Skip(char c) {
    SkipSpace();
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool AtEnd() {
    SkipSpace();
    return rest_.empty();
  }
  // A string with its quotes.
  bool SkipString(std::string_view* text) {
    SkipSpace();
    std::string_view begin = rest_;
    if (!StepOverString()) return false;
    *text = begin.substr(0, begin.size() - rest_.size());
    return true;
  }
  bool SkipValue(std::string_view* text) {
    SkipSpace();
    std::string_view begin = rest_;
    if (rest_.empty()) return false;
    bool ok = rest_[0] == '"'                      ? StepOverString()
              : rest_[0] == '{' || rest_[0] == '[' ? StepOverBrackets()
                                                   : StepOverScalar();
    *text = begin.substr(0, begin.size() - rest_.size());
    return ok && !text->empty();
  }

 private:
  void SkipSpace() {
    size_t end = rest_.find_first_not_of(" \t\r\n");
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end);
  }
  bool StepOverString() {
    if (rest_.empty() || rest_[0] != '"') return false;
    for (size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == '\\') {
        ++i;
      } else if (rest_[i] == '"') {
        rest_.remove_prefix(i + 1);
        return true;
      }
    }
    return false;
  }
  bool StepOverBrackets() {
    // A counter, not recursion: the sender chooses the depth.
    size_t depth = 0;
    while (!rest_.empty()) {
      size_t next = rest_.find_first_of("\"{}[]");
      if (next == std::string_view::npos) return false;
      rest_.remove_prefix(next);
      char c = rest_[0];
      if (c == '"') {
        if (!StepOverString()) return false;
        continue;
      }
      rest_.remove_prefix(1);
      depth += c == '{' || c == '[' ? 1 : -1;
      if (depth == 0) return true;
    }
    return false;
  }
  bool StepOverScalar() {
    size_t end = rest_.find_first_of(" \t\r\n,}]");
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end);
    return true;
  }

  std::string_view rest_;
};

// Four hexadecimal digits at `text[at]`, or -1.
int32_t FourDigits(std::string_view text, size_t at) {
  if (at + 4 > text.size()) return -1;
  int32_t unit = 0;
  for (char c : text.substr(at, 4)) {
    if (!absl::ascii_isxdigit(c)) return -1;
    unit = unit * 16 + (absl::ascii_isdigit(c) ? c - '0' : absl::ascii_tolower(c) - 'a' + 10);
  }
  return unit;
}

void AppendUtf8(std::string& out, int32_t point) {
  auto byte = [&out](int32_t value) { out.push_back(static_cast<char>(value)); };
  if (point < 0x80) {
    byte(point);
  } else if (point < 0x800) {
    byte(0xC0 | point >> 6);
    byte(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    byte(0xE0 | point >> 12);
    byte(0x80 | (point >> 6 & 0x3F));
    byte(0x80 | (point & 0x3F));
  } else {
    byte(0xF0 | point >> 18);
    byte(0x80 | (point >> 12 & 0x3F));
    byte(0x80 | (point >> 6 & 0x3F));
    byte(0x80 | (point & 0x3F));
  }
}

// Decodes the `\u` escape whose digits begin at `*at`, surrogate pairs too, and moves `*at` behind it.
bool AppendUnicodeEscape(std::string_view text, size_t* at, std::string& out) {
  int32_t point = FourDigits(text, *at);
  if (point < 0) return false;
  *at += 4;
  if (point >= 0xDC00 && point <= 0xDFFF) return false;
  if (point >= 0xD800 && point <= 0xDBFF) {
    if (text.substr(*at, 2) != "\\u") return false;
    int32_t low = FourDigits(text, *at + 2);
    if (low < 0xDC00 || low > 0xDFFF) return false;
    *at += 6;
    point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
  }
  AppendUtf8(out, point);
  return true;
}

}  // namespace

bool SkimObject(std::string_view text, OnMember on_member) {
  Reader reader(text);
  if (!reader.Skip('{')) return false;
  if (reader.Skip('}')) return reader.AtEnd();
  do {
    std::string_view name;
    std::string_view value;
    if (!reader.SkipString(&name) || !reader.Skip(':') || !reader.SkipValue(&value)) return false;
    std::optional<std::string> decoded = DecodeJsonString(name);
    if (!decoded) return false;
    on_member(*decoded, value);
  } while (reader.Skip(','));
  return reader.Skip('}') && reader.AtEnd();
}

std::optional<std::string> DecodeJsonString(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::nullopt;
  text = text.substr(1, text.size() - 2);
  std::string decoded;
  for (size_t i = 0; i < text.size();) {
    char c = text[i++];
    if (c == '"' || static_cast<unsigned char>(c) < 0x20) return std::nullopt;
    if (c != '\\') {
      decoded.push_back(c);
      continue;
    }
    if (i == text.size()) return std::nullopt;
    char escape = text[i++];
    constexpr std::string_view kEscapes = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (size_t known = kEscapes.find(escape); known != std::string_view::npos) {
      decoded.push_back(kMeanings[known]);
    } else if (escape != 'u' || !AppendUnicodeEscape(text, &i, decoded)) {
      return std::nullopt;
    }
  }
  return decoded;
}

}  // namespace overlock::auth
