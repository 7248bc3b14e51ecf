#include "services/config/report/js_tokens.h"

#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/config/report/js_text.h"

namespace overlock::config {
namespace {

using Kind = Token::Kind;

char LetterOf(Kind kind) {
  switch (kind) {
    case Kind::kName:
      return 'n';
    case Kind::kPrivateName:
      return '#';
    case Kind::kPunctuator:
      return 'p';
    case Kind::kNumber:
      return '1';
    case Kind::kString:
      return 's';
    case Kind::kTemplate:
      return 't';
    case Kind::kTemplatePart:
      return 'T';
    case Kind::kRegExp:
      return 'r';
    case Kind::kOther:
      return 'o';
    case Kind::kEnd:
      return '.';
  }
  return '?';
}

// `n:a p:= 1:1` for `a = 1`
std::string Shown(std::string_view source) {
  std::string shown;
  for (const Token& token : Tokenize(source)) {
    if (token.kind == Kind::kEnd) break;
    absl::StrAppend(&shown, shown.empty() ? "" : " ", std::string(1, LetterOf(token.kind)), ":", token.text);
  }
  return shown;
}

struct TokenCase {
  std::string_view source;
  std::string_view tokens;
};

class JsTokens : public ::testing::TestWithParam<TokenCase> {};

TEST_P(JsTokens, AreTold) { EXPECT_EQ(Shown(GetParam().source), GetParam().tokens); }

INSTANTIATE_TEST_SUITE_P(Comments, JsTokens,
                         ::testing::Values(TokenCase{"a// b\nc", "n:a n:c"}, TokenCase{"a/* b\n */c", "n:a n:c"},
                                           TokenCase{"a /* never closed", "n:a"}, TokenCase{"#!node\na", "n:a"},
                                           TokenCase{"a\n<!-- old\n--> old\nb", "n:a n:b"},
                                           TokenCase{"a --> b", "n:a p:-- p:> n:b"},
                                           TokenCase{"\xEF\xBB\xBF"
                                                     "a\xC2\xA0+\xE3\x80\x80"
                                                     "b",
                                                     "n:a p:+ n:b"},
                                           TokenCase{"'//' + \"/*\"", "s:'//' p:+ s:\"/*\""}));

INSTANTIATE_TEST_SUITE_P(Strings, JsTokens,
                         ::testing::Values(TokenCase{R"('a\'b' "c\"d")", R"(s:'a\'b' s:"c\"d")"},
                                           TokenCase{"'a\\\nb' c", "s:'a\\\nb' n:c"},
                                           TokenCase{"'never\nb'", "s:'never n:b s:'"}, TokenCase{"'a\\", "s:'a\\"},
                                           TokenCase{"``", "t:``"}, TokenCase{"`a\\`b`", "t:`a\\`b`"},
                                           TokenCase{"`a$b{c`", "t:`a$b{c`"}));

INSTANTIATE_TEST_SUITE_P(
    Templates, JsTokens,
    ::testing::Values(TokenCase{"`a${b}c`", "T:`a${ n:b T:}c`"}, TokenCase{"`${a}${b}`", "T:`${ n:a T:}${ n:b T:}`"},
                      TokenCase{"`a${`b${c}d`}e` / 2", "T:`a${ T:`b${ n:c T:}d` T:}e` p:/ 1:2"},
                      TokenCase{"`${ {a: 1}.a }` + b", "T:`${ p:{ n:a p:: 1:1 p:} p:. n:a T:}` p:+ n:b"},
                      TokenCase{"`${ /}`/ }`", "T:`${ r:/}`/ T:}`"}, TokenCase{"`${ (a }` b", "T:`${ p:( n:a T:}` n:b"},
                      TokenCase{"`a ${ b", "T:`a ${ n:b"}, TokenCase{"} a", "p:} n:a"}));

INSTANTIATE_TEST_SUITE_P(
    RegularExpressions, JsTokens,
    ::testing::Values(TokenCase{"a = /b/g", "n:a p:= r:/b/g"}, TokenCase{"a / b / c", "n:a p:/ n:b p:/ n:c"},
                      TokenCase{"(a) / b / c", "p:( n:a p:) p:/ n:b p:/ n:c"},
                      TokenCase{"if (a) /b/.test(c)", "n:if p:( n:a p:) r:/b/ p:. n:test p:( n:c p:)"},
                      TokenCase{"a.if (b) / c / d", "n:a p:. n:if p:( n:b p:) p:/ n:c p:/ n:d"},
                      TokenCase{"return /a[/]b\\/c/u", "n:return r:/a[/]b\\/c/u"},
                      TokenCase{"x.return / a / b", "n:x p:. n:return p:/ n:a p:/ n:b"},
                      TokenCase{"a[0] / b / c", "n:a p:[ 1:0 p:] p:/ n:b p:/ n:c"},
                      TokenCase{"a++ / b / c", "n:a p:++ p:/ n:b p:/ n:c"},
                      TokenCase{"{ a } /b/.c", "p:{ n:a p:} r:/b/ p:. n:c"},
                      TokenCase{"x = { a } / b / c", "n:x p:= p:{ n:a p:} p:/ n:b p:/ n:c"},
                      TokenCase{"f({a: {}} / b / c)", "n:f p:( p:{ n:a p:: p:{ p:} p:} p:/ n:b p:/ n:c p:)"},
                      TokenCase{"function f() {} /a/.b", "n:function n:f p:( p:) p:{ p:} r:/a/ p:. n:b"},
                      TokenCase{"x = function() {} / a / b", "n:x p:= n:function p:( p:) p:{ p:} p:/ n:a p:/ n:b"},
                      TokenCase{"a => {}\n/b/.c", "n:a p:=> p:{ p:} r:/b/ p:. n:c"},
                      TokenCase{"class A {}\n/b/.c", "n:class n:A p:{ p:} r:/b/ p:. n:c"},
                      TokenCase{"a ? {} / b / c : d", "n:a p:? p:{ p:} p:/ n:b p:/ n:c p:: n:d"},
                      TokenCase{"switch (a) { case b: {} /c/.d }",
                                "n:switch p:( n:a p:) p:{ n:case n:b p:: p:{ p:} r:/c/ p:. n:d p:}"},
                      TokenCase{"a = b\n/c/d", "n:a p:= n:b p:/ n:c p:/ n:d"},
                      TokenCase{"= /never\nb/c", "p:= p:/ n:never n:b p:/ n:c"},
                      TokenCase{"typeof /a/", "n:typeof r:/a/"}, TokenCase{"a /= b", "n:a p:/= n:b"}));

INSTANTIATE_TEST_SUITE_P(Others, JsTokens,
                         ::testing::Values(TokenCase{"a?.b ?? c?.5:1", "n:a p:?. n:b p:?? n:c p:? 1:.5 p:: 1:1"},
                                           TokenCase{"1e+5-0x1e-2n", "1:1e+5 p:- 1:0x1e p:- 1:2n"},
                                           TokenCase{"...a", "p:... n:a"},
                                           TokenCase{"a>>>=b**c", "n:a p:>>>= n:b p:** n:c"},
                                           TokenCase{"this.#x", "n:this p:. #:#x"},
                                           TokenCase{"gr\xC3\xB6\xC3\x9F"
                                                     "e = 1",
                                                     "n:gr\xC3\xB6\xC3\x9F"
                                                     "e p:= 1:1"},
                                           TokenCase{"\\u0061b \\u{63}", "n:\\u0061b n:\\u{63}"},
                                           TokenCase{"a \x01 \\ #", "n:a o:\x01 o:\\ o:#"}));

TEST(JsTokensOf, KnowTheirPlace) {
  std::vector<Token> tokens = Tokenize("a\r\n  \xC3\xB6 = `x\n` + b\xE2\x80\xA8 c");
  std::vector<std::string> places;
  for (const Token& token : tokens) {
    places.push_back(absl::StrCat(token.line, ":", token.column, token.after_newline ? "!" : ""));
  }
  EXPECT_THAT(places, ::testing::ElementsAre("1:1", "2:3!", "2:5", "2:7", "3:3", "3:5", "4:2!", "4:3"));
}

TEST(JsTokensOf, KnowTheOtherBracket) {
  std::vector<Token> tokens = Tokenize("f(a[`${b}`], {)}");
  EXPECT_EQ(tokens[1].partner, 10u);
  EXPECT_EQ(tokens[10].partner, 1u);
  EXPECT_EQ(tokens[3].partner, 7u);
  EXPECT_EQ(tokens[9].partner, Token::kNoPartner);
  EXPECT_EQ(tokens[11].partner, Token::kNoPartner);
}

TEST(JsTokensOf, GiveNamesAndTextsWithoutEscapes) {
  std::vector<Token> tokens = Tokenize(R"(\u0061\u{62}c '\x41\u0042\n\'\
d\u{1F600}' `e\`` 5)");
  EXPECT_EQ(NameOf(tokens[0]), "abc");
  EXPECT_EQ(TextOf(tokens[1]), "AB\n'd\xF0\x9F\x98\x80");
  EXPECT_EQ(TextOf(tokens[1], 2), "AB");
  EXPECT_EQ(TextOf(tokens[2]), "e`");
  EXPECT_EQ(TextOf(tokens[3]), std::nullopt);
}

// No bytes are lost, none are doubled, and the end is reached.
void CheckTokens(std::string_view source) {
  std::vector<Token> tokens = Tokenize(source);
  ASSERT_FALSE(tokens.empty());
  const char* at = source.data();
  for (const Token& token : tokens) {
    ASSERT_GE(token.text.data(), at);
    at = token.text.data() + token.text.size();
    ASSERT_LE(at, source.data() + source.size());
    ASSERT_EQ(token.text.empty(), token.kind == Kind::kEnd);
  }
  ASSERT_EQ(tokens.back().kind, Kind::kEnd);
}

TEST(JsTokensOf, ComeOfAnyBytes) {
  constexpr std::string_view kPieces[] = {"`",
                                          "${",
                                          "}",
                                          "{",
                                          "(",
                                          ")",
                                          "[",
                                          "]",
                                          "/",
                                          "*",
                                          "\\",
                                          "'",
                                          "\"",
                                          "\n",
                                          "a",
                                          "#",
                                          "\xE2\x80\xA8",
                                          "\xE2",
                                          "\xC2\xA0",
                                          "<!--",
                                          "u{",
                                          "0e",
                                          "?.",
                                          "=>",
                                          "function ",
                                          "class ",
                                          ":",
                                          "?",
                                          "\0"};
  std::mt19937 random(11);
  for (int i = 0; i < 20000; ++i) {
    std::string source;
    for (unsigned pieces = random() % 40; pieces > 0; --pieces) source += kPieces[random() % std::size(kPieces)];
    CheckTokens(source);
  }
}

// Each would take hours if the work grew with the square of the length.
TEST(JsTokensOf, ComeInTimeForLongLines) {
  for (std::string_view piece : {"=/[", "=/a", "`${", "((((", "{{}", "}}}}", "/*/", "'\\", "`$", "\xE2\x80", "<!--"}) {
    std::string source;
    while (source.size() < 1024 * 1024) source += piece;
    CheckTokens(source);
  }
  CheckTokens(std::string(1024 * 1024, '(') + std::string(1024 * 1024, '}'));
}

}  // namespace
}  // namespace overlock::config
