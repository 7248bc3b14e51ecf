#include "services/auth/credentials.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/auth/json_skim.h"

namespace overlock::auth {
namespace {

using Response = v1::AuthenticateResponse;
using Headers = std::vector<std::pair<std::string, std::string>>;
using ::testing::ElementsAre;

// What was read, as text: `email:...`, `key:...`, `jwt:...` or the reason's name.
std::string Read(const Headers& headers, const std::string& body = "") {
  type::v1::HttpRequest request;
  for (const auto& [name, value] : headers) {
    type::v1::Header* header = request.add_headers();
    header->set_name(name);
    header->set_value(value);
  }
  auto read = ReadCredentials(request, body);
  if (auto* reason = std::get_if<Reason>(&read)) return Response::Reason_Name(*reason);
  auto& credentials = std::get<Credentials>(read);
  if (auto* key = std::get_if<ApiKey>(&credentials)) return "key:" + key->key;
  if (auto* token = std::get_if<CustomToken>(&credentials)) return "jwt:" + token->jwt;
  auto& login = std::get<EmailPassword>(credentials);
  return absl::StrCat("email:", login.email, "/", login.password);
}

TEST(CredentialsTest, AreReadFromHeadersWhoseNamesAreInAnyCase) {
  EXPECT_EQ(Read({{"Email", "a@b.c"}, {"Password", "p"}}), "email:a@b.c/p");
  EXPECT_EQ(Read({{"Api-Key", "k"}}), "key:k");
  EXPECT_EQ(Read({{"Apikey", "k"}}), "key:k");
  EXPECT_EQ(Read({{"Jwttokenstring", "t"}}), "jwt:t");
}

TEST(CredentialsTest, AreReadFromTheTopLevelOfTheBody) {
  EXPECT_EQ(Read({}, R"({"email": "a@b.c", "password": "p", "x": {"api-key": "no"}})"), "email:a@b.c/p");
  EXPECT_EQ(Read({}, R"({"x":["}", "\""], "api-key":"k"})"), "key:k");
  EXPECT_EQ(Read({}, R"({"apiKey":"k"})"), "key:k");
  EXPECT_EQ(Read({}, R"( {"jwtTokenString" : "t"} )"), "jwt:t");
  EXPECT_EQ(Read({}, R"({"Email":"a@b.c","password":"p"})"), "REASON_CREDENTIALS_INCOMPLETE");
}

TEST(CredentialsTest, AreMissingWhereThereAreNone) {
  for (const char* body : {"", "{}", "[]", "null", "x", "email=a&password=b", R"({"a":1})", R"("email")"}) {
    EXPECT_EQ(Read({{"Content-Type", "application/json"}}, body), "REASON_CREDENTIALS_MISSING") << body;
  }
  EXPECT_EQ(Read({{"Email", ""}, {"Password", ""}}), "REASON_CREDENTIALS_MISSING");
}

TEST(CredentialsTest, AreNotReadFromABodyThatIsNotJson) {
  for (const char* body :
       {R"({"api-key":"k"},)", R"({"api-key":"k")", R"({"api-key":"k"}x)", R"({"api-key":"k",})", R"({"api-key" "k"})",
        R"({api-key:"k"})", R"({"a":,"api-key":"k"})", R"({"a":[,"api-key":"k"})"}) {
    EXPECT_EQ(Read({}, body), "REASON_CREDENTIALS_MISSING") << body;
  }
}

TEST(CredentialsTest, AreIncompleteInParts) {
  EXPECT_EQ(Read({{"Email", "a@b.c"}}), "REASON_CREDENTIALS_INCOMPLETE");
  EXPECT_EQ(Read({}, R"({"password":"p"})"), "REASON_CREDENTIALS_INCOMPLETE");
  EXPECT_EQ(Read({{"Email", "a@b.c"}}, R"({"password":"p"})"), "REASON_CREDENTIALS_INCOMPLETE");
  EXPECT_EQ(Read({}, R"({"email":"a@b.c","password":5})"), "REASON_CREDENTIALS_INCOMPLETE");
}

TEST(CredentialsTest, AreAmbiguousInBothPlacesInTwoKindsAndTwiceInTheHeaders) {
  EXPECT_EQ(Read({{"Api-Key", "k"}}, R"({"api-key":"k"})"), "REASON_CREDENTIALS_AMBIGUOUS");
  EXPECT_EQ(Read({{"Api-Key", "k"}}, R"({"email":"a@b.c","password":"p"})"), "REASON_CREDENTIALS_AMBIGUOUS");
  EXPECT_EQ(Read({{"Api-Key", "k"}, {"Jwttokenstring", "t"}}), "REASON_CREDENTIALS_AMBIGUOUS");
  EXPECT_EQ(Read({{"Api-Key", "k"}, {"Api-Key", "l"}}), "REASON_CREDENTIALS_AMBIGUOUS");
  EXPECT_EQ(Read({{"Api-Key", "k"}, {"Apikey", "l"}}), "REASON_CREDENTIALS_AMBIGUOUS");
}

TEST(CredentialsTest, AreNotDisturbedByAStrayPart) {
  EXPECT_EQ(Read({{"Api-Key", "k"}}, R"({"email":"the.customer@b.c"})"), "key:k");
  EXPECT_EQ(Read({{"Email", "x"}}, R"({"api-key":"k"})"), "key:k");
}

TEST(CredentialsTest, AreTheLastOfSeveralMembersWithOneName) {
  EXPECT_EQ(Read({}, R"({"api-key":"first","api-key":"last"})"), "key:last");
  EXPECT_EQ(Read({}, R"({"api-key":"first","api-key":null})"), "REASON_CREDENTIALS_MISSING");
}

TEST(CredentialsTest, KnowAnAccessTokenByItsScheme) {
  auto has = [](const std::string& name, const std::string& value) {
    type::v1::HttpRequest request;
    type::v1::Header* header = request.add_headers();
    header->set_name(name);
    header->set_value(value);
    return HasAccessToken(request);
  };
  EXPECT_TRUE(has("Authorization", "Bearer abc.def.ghi"));
  EXPECT_TRUE(has("authorization", "bearer x"));
  EXPECT_FALSE(has("Authorization", "Basic YTpi"));
  EXPECT_FALSE(has("Authorization", "Bearer"));
  EXPECT_FALSE(has("Authorization", ""));
  EXPECT_FALSE(has("X-Authorization", "Bearer x"));
  EXPECT_FALSE(HasAccessToken({}));
}

TEST(JsonSkimTest, StepsOverADeepBodyWithoutRecursion) {
  std::string deep(1'000'000, '[');
  EXPECT_EQ(Read({}, R"({"x":)" + deep + std::string(1'000'000, ']') + R"(,"api-key":"k"})"), "key:k");
  EXPECT_EQ(Read({}, R"({"api-key":"k","x":)" + deep), "REASON_CREDENTIALS_MISSING");
}

TEST(JsonSkimTest, GivesEachMembersOwnText) {
  std::vector<std::string> seen;
  EXPECT_TRUE(SkimObject(
      R"({ "a" : true , "b":[1, {"c": "]"}],"\u0064":"x\"y" , "e":-1.5e3})",
      [&seen](std::string_view name, std::string_view value) { seen.push_back(absl::StrCat(name, "=", value)); }));
  EXPECT_THAT(seen, ElementsAre("a=true", R"(b=[1, {"c": "]"}])", R"(d="x\"y")", "e=-1.5e3"));
}

TEST(JsonSkimTest, DecodesStrings) {
  EXPECT_EQ(DecodeJsonString(R"("a\"\\\/\b\f\n\r\tz")"), "a\"\\/\b\f\n\r\tz");
  EXPECT_EQ(DecodeJsonString(R"("\u00e9\u20AC\ud83d\ude00")"), "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
  EXPECT_EQ(DecodeJsonString(R"("\u0000")"), std::string(1, '\0'));
  EXPECT_EQ(DecodeJsonString(R"("")"), "");
}

TEST(JsonSkimTest, RefusesWhatIsNoString) {
  for (const char* text : {"", "\"", "a", "1", "null", R"("\x")", R"("\u12")", R"("\u12g4")", R"("\ud83d")",
                           R"("\ud83d\u0041")", R"("\ude00")", R"("a"b")", R"("\")", "\"a\nb\""}) {
    EXPECT_EQ(DecodeJsonString(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace overlock::auth
