#include "services/config/report/source_names.h"

#include <algorithm>

#include "services/config/report/js_text.h"

namespace overlock::config {
namespace {

// How many tokens of a pattern or of parameters are looked at: nested ones are looked at again.
constexpr size_t kPatternTokensMax = 256;

using Counts = absl::flat_hash_map<std::string, int>;

bool IsPlainName(const std::vector<Token>& tokens, size_t index) {
  return tokens[index].kind == Token::Kind::kName && !IsMember(tokens, index) && !IsKey(tokens, index);
}

// The names between the brackets: of `{a, b: c, d = 1}` also what defaults mention, which does no harm.
void AddPattern(const std::vector<Token>& tokens, size_t open, Counts& names) {
  size_t end = std::min<size_t>({tokens[open].partner, tokens.size(), open + kPatternTokensMax});
  for (size_t i = open + 1; i < end; ++i) {
    if (IsPlainName(tokens, i)) ++names[NameOf(tokens[i])];
  }
}

// Whether the parenthesis holds parameters: `=>` or a function's body follows.
bool HoldsParameters(const std::vector<Token>& tokens, size_t open) {
  size_t close = tokens[open].partner;
  if (close == Token::kNoPartner) return false;
  const Token& next = tokens[close + 1];
  if (next.IsPunctuator("=>")) return true;
  if (!next.IsPunctuator("{") || open == 0) return false;
  const Token& before = tokens[open - 1];
  for (std::string_view word : {"if", "while", "for", "switch", "with"}) {
    if (before.IsName(word)) return false;
  }
  return before.kind == Token::Kind::kName || before.IsPunctuator("*");
}

}  // namespace

bool IsMember(const std::vector<Token>& tokens, size_t index) {
  return index > 0 && (tokens[index - 1].IsPunctuator(".") || tokens[index - 1].IsPunctuator("?."));
}

bool IsKey(const std::vector<Token>& tokens, size_t index) {
  if (index == 0 || !tokens[index + 1].IsPunctuator(":")) return false;
  return tokens[index - 1].IsPunctuator("{") || tokens[index - 1].IsPunctuator(",");
}

Counts DeclaredNames(const std::vector<Token>& tokens) {
  Counts names;
  for (size_t i = 0; i + 1 < tokens.size(); ++i) {
    const Token& token = tokens[i];
    const Token& next = tokens[i + 1];
    if (token.IsPunctuator("(") && HoldsParameters(tokens, i)) AddPattern(tokens, i, names);
    if (token.kind != Token::Kind::kName || IsMember(tokens, i)) continue;
    bool declares = token.text == "const" || token.text == "let" || token.text == "var";
    if (declares && (next.IsPunctuator("{") || next.IsPunctuator("["))) AddPattern(tokens, i + 1, names);
    bool names_next = declares || token.text == "function" || token.text == "class";
    if (names_next && next.kind == Token::Kind::kName) ++names[NameOf(next)];
    if (next.IsPunctuator("=")) names.try_emplace(NameOf(token), 0);
    if (next.IsPunctuator("=>")) ++names[NameOf(token)];
  }
  return names;
}

absl::flat_hash_set<std::string> ProbedNames(const std::vector<Token>& tokens) {
  absl::flat_hash_set<std::string> names;
  for (size_t i = 0; i + 1 < tokens.size(); ++i) {
    if (tokens[i].IsName("typeof") && tokens[i + 1].kind == Token::Kind::kName) names.insert(NameOf(tokens[i + 1]));
  }
  return names;
}

bool AssignsExports(const std::vector<Token>& tokens) {
  for (size_t i = 0; i + 1 < tokens.size(); ++i) {
    if (!tokens[i].IsName("exports")) continue;
    const Token& next = tokens[i + 1];
    bool is_set = next.IsPunctuator("=") || next.IsPunctuator("||=") || next.IsPunctuator("?\?=");
    if (is_set && (!IsMember(tokens, i) || (i > 1 && !tokens[i - 2].IsName("module")))) return true;
    if (i > 0 && (tokens[i - 1].IsName("function") || tokens[i - 1].IsPunctuator("*"))) return true;
  }
  return false;
}

}  // namespace overlock::config
