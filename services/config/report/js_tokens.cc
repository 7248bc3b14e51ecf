#include "services/config/report/js_tokens.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"

namespace overlock::config {
namespace {

using Kind = Token::Kind;

// Longest first.
constexpr std::string_view kPunctuators[] = {
    ">>>=", "...", "===", "!==", "**=", "<<=", ">>=", ">>>", "&&=", "||=", "?\?=", "=>", "==", "!=", "<=", ">=", "&&",
    "||",   "??",  "?.",  "++",  "--",  "+=",  "-=",  "*=",  "/=",  "%=",  "&=",   "|=", "^=", "<<", ">>", "**"};
constexpr std::string_view kSingles = "{}()[];,<>+-*/%&|^!~?:=.@";
// Keywords behind which a value begins.
constexpr std::string_view kBeforeValue[] = {"return", "typeof", "instanceof", "in",    "of",    "new",     "delete",
                                             "void",   "throw",  "case",       "await", "yield", "extends", "default"};
// Keywords behind which a statement begins.
constexpr std::string_view kBeforeStatement[] = {"do", "else", "try", "finally"};
// Keywords whose brackets are followed by a statement.
constexpr std::string_view kControl[] = {"if", "while", "for", "with"};
// How many slashes of a line may turn out to begin no regular expression before all are taken as divisions.
constexpr int kFalseRegExpsMax = 16;

template <size_t n>
bool IsOneOf(std::string_view text, const std::string_view (&list)[n]) {
  return std::find(std::begin(list), std::end(list), text) != std::end(list);
}

bool IsNamePart(char c) {
  return absl::ascii_isalnum(c) || c == '_' || c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

// What a bracket that is open means for what follows it.
struct Bracket {
  char opening;
  uint32_t token;
  // Whether a value ends where it closes, so that a slash behind it divides.
  bool ends_value;
  // Of `(`: it holds the parameters of a function, and whether that one is a value.
  bool is_function = false;
  bool is_function_value = false;
  // Of `{`: an object, not a block.
  bool is_object = false;
  // `?` that wait for their `:`.
  int questions = 0;
};

class Tokenizer {
 public:
  explicit Tokenizer(std::string_view source) : source_(source) {}

  std::vector<Token> Run() {
    if (source_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    if (source_.substr(at_).starts_with("#!")) SkipLine();
    for (SkipSpace(); at_ < source_.size(); SkipSpace()) Next();
    Add(Kind::kEnd, at_);
    return std::move(tokens_);
  }

 private:
  char Peek(size_t ahead = 0) const { return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0'; }
  bool StartsWith(std::string_view text) const { return source_.substr(at_, text.size()) == text; }

  // The bytes of the line's end at `at`; 0 if there is none.
  size_t LineEndAt(size_t at) const {
    std::string_view rest = source_.substr(at, 3);
    if (rest.starts_with("\r\n")) return 2;
    if (rest.starts_with('\n') || rest.starts_with('\r')) return 1;
    return rest == "\xE2\x80\xA8" || rest == "\xE2\x80\xA9" ? 3 : 0;
  }

  // The bytes of the white space at `at`, line ends not counted.
  size_t SpaceAt(size_t at) const {
    char c = source_[at];
    if (c == ' ' || c == '\t' || c == '\v' || c == '\f') return 1;
    if (static_cast<unsigned char>(c) < 0x80) return 0;
    if (source_.substr(at, 2) == "\xC2\xA0") return 2;
    std::string_view three = source_.substr(at, 3);
    if (three.size() < 3) return 0;
    bool is_space = three == "\xEF\xBB\xBF" || three == "\xE1\x9A\x80" || three == "\xE2\x80\xAF" ||
                    three == "\xE2\x81\x9F" || three == "\xE3\x80\x80" ||
                    (three.starts_with("\xE2\x80") && static_cast<unsigned char>(three[2]) <= 0x8A);
    return is_space ? 3 : 0;
  }

  void SkipLine() {
    while (at_ < source_.size() && LineEndAt(at_) == 0) ++at_;
  }

  void SkipBlockComment() {
    size_t end = source_.find("*/", at_ + 2);
    end = end == std::string_view::npos ? source_.size() : end + 2;
    for (; at_ < end; ++at_) after_newline_ = after_newline_ || LineEndAt(at_) > 0;
  }

  void SkipSpace() {
    while (at_ < source_.size()) {
      if (size_t bytes = LineEndAt(at_)) {
        at_ += bytes;
        after_newline_ = true;
      } else if (size_t space = SpaceAt(at_)) {
        at_ += space;
      } else if (StartsWith("//") || StartsWith("<!--") || (StartsWith("-->") && (after_newline_ || tokens_.empty()))) {
        SkipLine();
      } else if (StartsWith("/*")) {
        SkipBlockComment();
      } else {
        return;
      }
    }
  }

  void Next() {
    char c = Peek();
    if (absl::ascii_isdigit(c) || (c == '.' && absl::ascii_isdigit(Peek(1)))) return ScanNumber();
    if (c == '"' || c == '\'') return ScanString(c);
    if (c == '`') return ScanTemplate();
    if (c == '#' && (IsNamePart(Peek(1)) || Peek(1) == '\\')) return ScanName(Kind::kPrivateName, 1);
    if (IsNamePart(c) || (c == '\\' && Peek(1) == 'u')) return ScanName(Kind::kName, 0);
    if (c == '/' && !ends_value_ && ScanRegExp()) return;
    ScanPunctuator();
  }

  // The token from at_ to `end`.
  Token& Add(Kind kind, size_t end) {
    Place();
    Token token;
    token.kind = kind;
    token.after_newline = after_newline_;
    token.line = line_;
    token.column = column_;
    token.text = source_.substr(at_, end - at_);
    tokens_.push_back(token);
    at_ = end;
    after_newline_ = false;
    return tokens_.back();
  }

  // Brings line_ and column_ to at_.
  void Place() {
    while (placed_ < at_) {
      if (size_t bytes = LineEndAt(placed_)) {
        placed_ += bytes;
        ++line_;
        column_ = 1;
        false_reg_exps_ = 0;
      } else {
        // The bytes that go on with a character count nothing.
        if ((static_cast<unsigned char>(source_[placed_]) & 0xC0) != 0x80) ++column_;
        ++placed_;
      }
    }
  }

  const Token* Last() const { return tokens_.empty() ? nullptr : &tokens_.back(); }

  bool IsMember() const {
    const Token* last = Last();
    return last != nullptr && (last->IsPunctuator(".") || last->IsPunctuator("?."));
  }

  void ScanNumber() {
    bool is_decimal = !(Peek() == '0' && absl::ascii_isalpha(Peek(1)));
    size_t end = at_;
    while (end < source_.size()) {
      char c = source_[end];
      bool is_sign = (c == '+' || c == '-') && is_decimal && (source_[end - 1] == 'e' || source_[end - 1] == 'E');
      if (!absl::ascii_isalnum(c) && c != '_' && c != '.' && !(end > at_ && is_sign)) break;
      ++end;
    }
    Add(Kind::kNumber, end);
    ends_value_ = true;
  }

  // Ends at its quote, or at the end of the line.
  void ScanString(char quote) {
    size_t end = at_ + 1;
    while (end < source_.size() && source_[end] != quote && source_[end] != '\n' && source_[end] != '\r') {
      if (source_[end] != '\\' || end + 1 == source_.size()) {
        ++end;
      } else {
        end += 1 + std::max<size_t>(LineEndAt(end + 1), 1);
      }
    }
    if (end < source_.size() && source_[end] == quote) ++end;
    Add(Kind::kString, end);
    ends_value_ = true;
  }

  // From a backtick, or from the `}` that ends a `${}`, up to the next `${` or the backtick that ends the template.
  void ScanTemplate() {
    bool is_first = Peek() == '`';
    size_t end = at_ + 1;
    bool goes_on = false;
    while (end < source_.size()) {
      char c = source_[end];
      end += c == '\\' ? 2 : 1;
      goes_on = c == '$' && end < source_.size() && source_[end] == '{';
      if (c == '`' || goes_on) break;
    }
    end = std::min(end + (goes_on ? 1 : 0), source_.size());
    Add(is_first && !goes_on ? Kind::kTemplate : Kind::kTemplatePart, end);
    ends_value_ = !goes_on;
    if (goes_on) Open({'`', static_cast<uint32_t>(tokens_.size() - 1), true});
  }

  void ScanName(Kind kind, size_t prefix) {
    size_t end = at_ + prefix;
    while (end < source_.size()) {
      if (source_[end] == '\\' && end + 1 < source_.size() && source_[end + 1] == 'u') {
        end += 2;
        if (end < source_.size() && source_[end] == '{') {
          ++end;
          while (end < source_.size() && absl::ascii_isxdigit(source_[end])) ++end;
          if (end < source_.size() && source_[end] == '}') ++end;
        }
      } else if (IsNamePart(source_[end]) && SpaceAt(end) == 0 && LineEndAt(end) == 0) {
        ++end;
      } else {
        break;
      }
    }
    bool is_member = IsMember();
    std::string_view text = source_.substr(at_, end - at_);
    bool is_word = kind == Kind::kName && !is_member;
    if (is_word && text == "function") function_is_value_ = !BeginsStatement();
    if (is_word && text == "class") {
      has_class_ = true;
      class_is_value_ = !BeginsStatement();
    }
    ends_value_ = !is_word || (!IsOneOf(text, kBeforeValue) && !IsOneOf(text, kBeforeStatement));
    Add(kind, end);
  }

  // Whether a statement can begin behind the tokens so far, an `async` left out.
  bool BeginsStatement() const {
    size_t count = tokens_.size();
    if (count > 0 && tokens_[count - 1].IsName("async")) --count;
    if (count == 0) return true;
    const Token& before = tokens_[count - 1];
    if (before.kind == Kind::kName) {
      if (IsOneOf(before.text, kBeforeStatement) || before.text == "export") return true;
      return !IsOneOf(before.text, kBeforeValue) || before.text == "default";
    }
    if (before.kind != Kind::kPunctuator) return ends_value_;
    if (before.text == ":") return !last_colon_has_value_;
    if (before.text == "{") return !brackets_.empty() && !brackets_.back().is_object;
    return before.text == ";" || before.text == "}" || before.text == ")" || before.text == "]";
  }

  // False, and nothing is taken, if the line ends before the expression does.
  bool ScanRegExp() {
    Place();
    if (false_reg_exps_ >= kFalseRegExpsMax) return false;
    bool in_class = false;
    size_t end = at_ + 1;
    for (;; ++end) {
      if (end >= source_.size() || LineEndAt(end) > 0) {
        ++false_reg_exps_;
        return false;
      }
      char c = source_[end];
      if (c == '\\' && end + 1 < source_.size() && LineEndAt(end + 1) == 0) ++end;
      if (c == '[') in_class = true;
      if (c == ']') in_class = false;
      if (c == '/' && !in_class) break;
    }
    ++end;
    while (end < source_.size() && absl::ascii_isalpha(source_[end])) ++end;
    Add(Kind::kRegExp, end);
    ends_value_ = true;
    return true;
  }

  void ScanPunctuator() {
    for (std::string_view punctuator : kPunctuators) {
      if (!StartsWith(punctuator)) continue;
      if (punctuator == "?." && absl::ascii_isdigit(Peek(2))) continue;
      Add(Kind::kPunctuator, at_ + punctuator.size());
      // Behind a value they end one, before one they do not.
      if (punctuator != "++" && punctuator != "--") ends_value_ = false;
      return;
    }
    char c = Peek();
    if (kSingles.find(c) == std::string_view::npos) {
      Add(Kind::kOther, at_ + 1);
      return;
    }
    switch (c) {
      case '(':
        return OpenParenthesis();
      case '[':
        return AddAndOpen({'[', 0, true});
      case '{':
        return OpenBrace();
      case ')':
        return Close("(");
      case ']':
        return Close("[");
      case '}':
        return Close("{`");
      default:
        break;
    }
    if (c == '?' && !brackets_.empty()) ++brackets_.back().questions;
    if (c == '?' && brackets_.empty()) ++questions_;
    if (c == ':') last_colon_has_value_ = TakeQuestion() || (!brackets_.empty() && brackets_.back().is_object);
    Add(Kind::kPunctuator, at_ + 1);
    ends_value_ = false;
  }

  // Whether the `:` that follows belongs to a `?`.
  bool TakeQuestion() {
    int& questions = brackets_.empty() ? questions_ : brackets_.back().questions;
    if (questions == 0) return false;
    --questions;
    return true;
  }

  void AddAndOpen(Bracket bracket) {
    bracket.token = static_cast<uint32_t>(tokens_.size());
    Add(Kind::kPunctuator, at_ + 1);
    Open(bracket);
    ends_value_ = false;
  }

  void Open(const Bracket& bracket) {
    brackets_.push_back(bracket);
    ++open_[bracket.opening];
  }

  void OpenParenthesis() {
    const Token* last = Last();
    Bracket bracket{'(', 0, true};
    size_t count = tokens_.size();
    if (last != nullptr && last->kind == Kind::kName) {
      bool is_member = count > 1 && (tokens_[count - 2].IsPunctuator(".") || tokens_[count - 2].IsPunctuator("?."));
      bracket.ends_value = is_member || !IsOneOf(last->text, kControl);
    }
    // `function (`, `function name (`, `function* name (`
    for (size_t back = 1; back <= 3 && back <= count && !bracket.is_function; ++back) {
      const Token& token = tokens_[count - back];
      bracket.is_function = token.IsName("function");
      if (token.kind != Kind::kName && !token.IsPunctuator("*")) break;
    }
    bracket.is_function_value = function_is_value_;
    AddAndOpen(bracket);
  }

  void OpenBrace() {
    Bracket bracket{'{', 0, false};
    const Token* last = Last();
    if (has_class_ && ends_value_) {
      bracket.ends_value = class_is_value_;
      has_class_ = false;
    } else if (last != nullptr && last->IsPunctuator(")")) {
      bracket.ends_value = last_closed_.is_function && last_closed_.is_function_value;
    } else if (!ends_value_ && last != nullptr && BeginsObject(*last)) {
      bracket.ends_value = bracket.is_object = true;
    }
    AddAndOpen(bracket);
  }

  // Whether a `{` behind `last`, which ends no value, begins an object.
  bool BeginsObject(const Token& last) const {
    if (last.kind == Kind::kName) return IsOneOf(last.text, kBeforeValue);
    if (last.kind == Kind::kTemplatePart) return true;
    if (last.text == ":") return last_colon_has_value_;
    return last.text != ";" && last.text != "{" && last.text != "}" && last.text != ")" && last.text != "=>";
  }

  // Closes the innermost bracket that is one of `openings`, and what was left open inside it.
  void Close(std::string_view openings) {
    int fitting = 0;
    for (char opening : openings) fitting += open_[opening];
    while (fitting > 0 && openings.find(brackets_.back().opening) == std::string_view::npos) {
      --open_[brackets_.back().opening];
      brackets_.pop_back();
    }
    if (fitting == 0) {
      Add(Kind::kPunctuator, at_ + 1);
      ends_value_ = openings != "{`";
      return;
    }
    Bracket bracket = brackets_.back();
    brackets_.pop_back();
    --open_[bracket.opening];
    last_closed_ = bracket;
    uint32_t index = static_cast<uint32_t>(tokens_.size());
    tokens_[bracket.token].partner = index;
    if (bracket.opening == '`') {
      ScanTemplate();
      return;
    }
    Add(Kind::kPunctuator, at_ + 1).partner = bracket.token;
    ends_value_ = bracket.ends_value;
  }

  const std::string_view source_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  bool after_newline_ = false;
  size_t placed_ = 0;
  uint32_t line_ = 1;
  uint32_t column_ = 1;
  int false_reg_exps_ = 0;

  // Whether the last token ends a value: a slash behind it divides.
  bool ends_value_ = false;
  std::vector<Bracket> brackets_;
  // How many of `brackets_` are of each kind.
  std::array<int, 128> open_{};
  Bracket last_closed_{};
  int questions_ = 0;
  bool last_colon_has_value_ = false;
  bool function_is_value_ = false;
  bool has_class_ = false;
  bool class_is_value_ = false;
};

}  // namespace

std::vector<Token> Tokenize(std::string_view source) { return Tokenizer(source).Run(); }

}  // namespace overlock::config
