#include "services/config/report/js_text.h"

#include <cstdint>

#include "absl/strings/ascii.h"

namespace overlock::config {
namespace {

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
    out.push_back(static_cast<char>(0xF0 | (code >> 18 & 0x07)));
    out.push_back(static_cast<char>(0x80 | (code >> 12 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (code >> 6 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
  }
}

// Takes at most `max` hexadecimal digits off the front.
uint32_t TakeHex(std::string_view& text, size_t max) {
  uint32_t value = 0;
  size_t count = 0;
  for (; count < max && count < text.size() && absl::ascii_isxdigit(text[count]); ++count) {
    char c = absl::ascii_tolower(text[count]);
    value = value << 4 | static_cast<uint32_t>(absl::ascii_isdigit(c) ? c - '0' : c - 'a' + 10);
  }
  text.remove_prefix(count);
  return value;
}

// Takes what follows `\u` off the front.
uint32_t TakeUnicodeEscape(std::string_view& text) {
  if (!text.starts_with('{')) return TakeHex(text, 4);
  text.remove_prefix(1);
  uint32_t value = TakeHex(text, 6);
  if (text.starts_with('}')) text.remove_prefix(1);
  return value;
}

// Takes an escape, without its backslash, off the front.
void AppendEscape(std::string_view& text, std::string& out) {
  char c = text.front();
  text.remove_prefix(1);
  switch (c) {
    case 'n':
      out.push_back('\n');
      return;
    case 't':
      out.push_back('\t');
      return;
    case 'r':
      out.push_back('\r');
      return;
    case 'b':
      out.push_back('\b');
      return;
    case 'f':
      out.push_back('\f');
      return;
    case 'v':
      out.push_back('\v');
      return;
    case '0':
      out.push_back('\0');
      return;
    case 'x':
      AppendUtf8(TakeHex(text, 2), out);
      return;
    case 'u':
      AppendUtf8(TakeUnicodeEscape(text), out);
      return;
    // The string goes on in the next line.
    case '\n':
      return;
    case '\r':
      if (text.starts_with('\n')) text.remove_prefix(1);
      return;
    default:
      out.push_back(c);
  }
}

std::string Unescaped(std::string_view text, size_t bytes_max) {
  std::string out;
  while (!text.empty() && out.size() < bytes_max) {
    char c = text.front();
    text.remove_prefix(1);
    if (c == '\\' && !text.empty()) {
      AppendEscape(text, out);
    } else {
      out.push_back(c);
    }
  }
  return out;
}

}  // namespace

std::string NameOf(const Token& token) {
  if (token.text.find('\\') == std::string_view::npos) return std::string(token.text);
  return Unescaped(token.text, token.text.size());
}

std::optional<std::string> TextOf(const Token& token, size_t bytes_max) {
  if (token.kind != Token::Kind::kString && token.kind != Token::Kind::kTemplate) return std::nullopt;
  std::string_view text = token.text.substr(1);
  if (text.ends_with(token.text.front())) text.remove_suffix(1);
  return Unescaped(text, bytes_max);
}

}  // namespace overlock::config
