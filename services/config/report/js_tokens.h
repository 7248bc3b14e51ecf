// JavaScript source text as tokens.
#ifndef OVERLOCK_SERVICES_CONFIG_REPORT_JS_TOKENS_H_
#define OVERLOCK_SERVICES_CONFIG_REPORT_JS_TOKENS_H_

#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

namespace overlock::config {

struct Token {
  enum class Kind : uint8_t {
    // An identifier or a keyword.
    kName,
    // `#x`
    kPrivateName,
    kPunctuator,
    kNumber,
    kString,
    // A template without `${}`.
    kTemplate,
    // A template's text before, between or after its `${}`, with the backtick, `${` and `}` that bound it.
    kTemplatePart,
    kRegExp,
    // A byte that begins no token.
    kOther,
    // Behind the last one.
    kEnd,
  };
  static constexpr uint32_t kNoPartner = std::numeric_limits<uint32_t>::max();

  Kind kind = Kind::kEnd;
  // Whether a line ends between this token and the one before it.
  bool after_newline = false;
  // Of its first character, from 1; columns count characters.
  uint32_t line = 1;
  uint32_t column = 1;
  // Of a bracket that has one: the index of the other bracket.
  uint32_t partner = kNoPartner;
  // As it stands in the source.
  std::string_view text;

  bool Is(Kind wanted, std::string_view spelling) const { return kind == wanted && text == spelling; }
  bool IsPunctuator(std::string_view spelling) const { return Is(Kind::kPunctuator, spelling); }
  bool IsName(std::string_view spelling) const { return Is(Kind::kName, spelling); }
};

// The tokens of `source`, which they point into, kEnd last; comments are left out. Any bytes give tokens, in time
// proportional to their number. Whether a slash divides or begins a regular expression is told from what stands before
// it, which is right for programs that people write; a wrong guess harms one line.
std::vector<Token> Tokenize(std::string_view source);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_REPORT_JS_TOKENS_H_
