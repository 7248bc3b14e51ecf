// Tokens, keys and sets of keys, and what must be refused of them.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/jwt/jwk_set.h"
#include "common/jwt/key.h"
#include "common/jwt/test_keys.h"
#include "common/jwt/token.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace overlock::jwt {
namespace {

constexpr char kSecret[] = "a secret of more than thirty-two bytes";
constexpr char kClaims[] = R"({"sub":"ada","exp":2000000000,"aud":"app"})";
const absl::Time kNow = absl::FromUnixSeconds(1'600'000'000);

Token Parsed(const std::string& text) {
  absl::StatusOr<Token> token = Token::Parse(text);
  EXPECT_TRUE(token.ok()) << token.status();
  return token.ok() ? *std::move(token) : *Token::Parse(Hs256Token(kSecret, "{}"));
}

bool IsRefused(const std::string& text) {
  absl::StatusOr<Token> token = Token::Parse(text);
  if (token.ok()) return false;
  EXPECT_EQ(token.status().code(), absl::StatusCode::kInvalidArgument);
  return true;
}

absl::Status ClaimsOf(const std::string& claims) { return Parsed(Hs256Token(kSecret, claims)).CheckClaims(kNow); }

TEST(Jwt, VerifiesEveryAlgorithmWithItsKeyAndNoOther) {
  struct Case {
    const char* name;
    Signer signer;
    const EVP_MD* digest;
  };
  const std::vector<Case> cases = {{"RS256", Signer::Rsa(), EVP_sha256()},
                                   {"RS384", Signer::Rsa(), EVP_sha384()},
                                   {"RS512", Signer::Rsa(), EVP_sha512()},
                                   {"ES256", Signer::Curve("P-256"), EVP_sha256()},
                                   {"ES384", Signer::Curve("P-384"), EVP_sha384()},
                                   {"ES512", Signer::Curve("P-521"), EVP_sha512()},
                                   {"EdDSA", Signer::Ed25519(), nullptr}};
  for (const Case& signing : cases) {
    std::string text =
        SignedToken(signing.signer, signing.digest, absl::StrCat(R"({"alg":")", signing.name, R"("})"), kClaims);
    Token token = Parsed(text);
    for (const Case& verifying : cases) {
      absl::StatusOr<Key> key = Key::FromPem(verifying.signer.PublicPem());
      ASSERT_TRUE(key.ok()) << key.status();
      EXPECT_EQ(token.SignedBy(*key), &signing == &verifying) << signing.name << " " << verifying.name;
    }
    EXPECT_FALSE(token.SignedBy(*Key::FromSecret(kSecret)));
    // A bit of the claims, and one of the signature.
    std::string changed = text;
    size_t middle = text.find('.') + 5;
    changed[middle] = changed[middle] == 'A' ? 'B' : 'A';
    if (absl::StatusOr<Token> other = Token::Parse(changed); other.ok()) {
      EXPECT_FALSE(other->SignedBy(*Key::FromPem(signing.signer.PublicPem()))) << signing.name;
    }
    changed = text;
    size_t in_signature = text.rfind('.') + 9;
    changed[in_signature] = changed[in_signature] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(Parsed(changed).SignedBy(*Key::FromPem(signing.signer.PublicPem()))) << signing.name;
  }
}

TEST(Jwt, VerifiesSharedSecrets) {
  Token token = Parsed(Hs256Token(kSecret, kClaims));
  EXPECT_TRUE(token.SignedBy(*Key::FromSecret(kSecret)));
  EXPECT_FALSE(token.SignedBy(*Key::FromSecret("another secret of thirty-two bytes")));
  EXPECT_EQ(token.subject(), "ada");
  EXPECT_THAT(token.CheckClaims(kNow), IsOk());
}

TEST(Jwt, VerifiesThePublishedVectorOfRfc7515) {
  // Appendix A.1.
  Token token = Parsed(
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
      "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
  std::optional<std::string> secret =
      DecodeBase64Url("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
  EXPECT_TRUE(token.SignedBy(*Key::FromSecret(*secret)));
}

TEST(Jwt, RefusesNoneAndAlgorithmsThatAreNotOurs) {
  for (const char* name : {"none", "None", "NONE", "nOnE", "", "hs256", "HS256 ", "PS256", "RS1", "HS1"}) {
    EXPECT_TRUE(IsRefused(Hs256Token(kSecret, kClaims, absl::StrCat(R"({"alg":")", name, R"("})")))) << name;
  }
  for (const char* header : {"{}", R"({"alg":null})", R"({"alg":["HS256"]})", R"({"alg":1})", R"({"alg":{"a":1}})"}) {
    EXPECT_TRUE(IsRefused(Hs256Token(kSecret, kClaims, header))) << header;
  }
  EXPECT_TRUE(IsRefused(absl::StrCat(Join(R"({"alg":"none"})", kClaims), ".")));
  EXPECT_TRUE(IsRefused(absl::StrCat(Join(R"({"alg":"HS256"})", kClaims), ".")));
}

TEST(Jwt, NeverTakesAPublicKeyForASecret) {
  Signer signer = Signer::Rsa();
  const std::string pem = signer.PublicPem();
  EXPECT_THAT(Key::FromSecret(pem), StatusIs(absl::StatusCode::kInvalidArgument, "BAD_KEY"));
  Token forged = Parsed(Hs256Token(pem, kClaims));
  EXPECT_FALSE(forged.SignedBy(*Key::FromPem(pem)));
  absl::StatusOr<JwkSet> set = JwkSet::Parse(absl::StrCat(R"({"keys":[)", signer.Jwk(), "]}"));
  ASSERT_TRUE(set.ok());
  EXPECT_FALSE(set->HasSigned(forged));
}

TEST(Jwt, LooksAtNoKeyThatTheTokenBringsAlong) {
  Signer stranger = Signer::Rsa();
  std::string header = absl::StrCat(R"({"alg":"RS256","jwk":)", stranger.Jwk(), R"(,"jku":"https://evil.example"})");
  Token token = Parsed(SignedToken(stranger, EVP_sha256(), header, kClaims));
  EXPECT_FALSE(token.SignedBy(*Key::FromPem(Signer::Rsa().PublicPem())));
}

TEST(Jwt, RefusesWhatIsNotThreePartsOfStrictBase64url) {
  const std::string good = Hs256Token(kSecret, kClaims);
  for (const std::string& text :
       {std::string(), std::string("."), std::string(".."), std::string("a.b"), good + ".", "." + good, good + "=",
        good + "\n", " " + good, good.substr(0, good.rfind('.')), std::string("{}.{}.{}"),
        good.substr(0, 10) + "+" + good.substr(11), good.substr(0, 10) + "/" + good.substr(11)}) {
    EXPECT_TRUE(IsRefused(text)) << text;
  }
  EXPECT_FALSE(Parsed(good + "A").SignedBy(*Key::FromSecret(kSecret)));
  // The last character has bits that stand for nothing.
  std::string loose = good;
  loose.back() = static_cast<char>(loose.back() + 1);
  absl::StatusOr<Token> token = Token::Parse(loose);
  EXPECT_TRUE(!token.ok() || !token->SignedBy(*Key::FromSecret(kSecret)));
}

TEST(Jwt, RefusesNamesThatComeTwice) {
  EXPECT_TRUE(IsRefused(Hs256Token(kSecret, kClaims, R"({"alg":"HS256","alg":"HS256"})")));
  EXPECT_TRUE(IsRefused(Hs256Token(kSecret, kClaims, R"({"alg":"none","\u0061lg":"HS256"})")));
  EXPECT_TRUE(IsRefused(Hs256Token(kSecret, R"({"sub":"ada","exp":2000000000,"sub":"eve"})")));
  EXPECT_TRUE(IsRefused(Hs256Token(kSecret, R"({"sub":"ada","exp":2000000000,"\u0073ub":"eve"})")));
}

TEST(Jwt, RefusesCriticalExtensionsHugeTokensAndWhatIsNoObject) {
  EXPECT_TRUE(IsRefused(Hs256Token(kSecret, kClaims, R"({"alg":"HS256","crit":["b64"],"b64":false})")));
  EXPECT_TRUE(IsRefused(Hs256Token(kSecret, kClaims, R"({"alg":"HS256","crit":[]})")));
  EXPECT_TRUE(IsRefused(Hs256Token(kSecret, kClaims, R"({"alg":"HS256","kid":7})")));
  EXPECT_TRUE(IsRefused(Hs256Token(kSecret, absl::StrCat(R"({"sub":")", std::string(20'000, 'a'), R"("})"))));
  EXPECT_TRUE(IsRefused(Hs256Token(kSecret, std::string(200, '['))));
  for (const char* claims : {"", "[]", "null", "\"ada\"", "{", "{}}", "\xff", "{\"sub\":\"\xff\"}"}) {
    EXPECT_TRUE(IsRefused(Hs256Token(kSecret, claims))) << claims;
  }
}

TEST(Jwt, ChecksTheTimesWithAMinuteOfSkew) {
  EXPECT_THAT(ClaimsOf(R"({"sub":"a","exp":1600000000})"), IsOk());
  EXPECT_THAT(ClaimsOf(R"({"sub":"a","exp":1599999941})"), IsOk());
  EXPECT_THAT(ClaimsOf(R"({"sub":"a","exp":1599999940})"), StatusIs(absl::StatusCode::kInvalidArgument, "BAD_TOKEN"));
  EXPECT_THAT(ClaimsOf(R"({"sub":"a","exp":1600000000.5})"), IsOk());
  EXPECT_THAT(ClaimsOf(R"({"sub":"a","exp":2000000000,"nbf":1600000060})"), IsOk());
  EXPECT_FALSE(ClaimsOf(R"({"sub":"a","exp":2000000000,"nbf":1600000061})").ok());
}

TEST(Jwt, RefusesClaimsThatAreMissingOrOfAnotherType) {
  for (const char* claims :
       {R"({"sub":"a"})", R"({"exp":2000000000})", R"({"sub":"","exp":2000000000})", R"({"sub":1,"exp":2000000000})",
        R"({"sub":"a","exp":"2000000000"})", R"({"sub":"a","exp":null})", R"({"sub":"a","exp":-1})",
        R"({"sub":"a","exp":1e300})", R"({"sub":"a","exp":{"$date":"2040-01-01T00:00:00Z"}})",
        R"({"sub":"a","exp":2000000000,"nbf":"x"})", R"({"sub":["a"],"exp":2000000000})",
        R"({"sub":"a","exp":true})"}) {
    EXPECT_FALSE(ClaimsOf(claims).ok()) << claims;
  }
}

TEST(Jwt, ComparesAudiences) {
  auto audience = [](const char* aud) { return Parsed(Hs256Token(kSecret, absl::StrCat(R"({"aud":)", aud, "}"))); };
  EXPECT_TRUE(audience(R"("app")").IsFor({"app"}, false));
  EXPECT_TRUE(audience(R"(["x","app"])").IsFor({"app"}, false));
  EXPECT_FALSE(audience(R"(["x","app"])").IsFor({"app", "y"}, false));
  EXPECT_TRUE(audience(R"(["x","app"])").IsFor({"app", "y"}, true));
  EXPECT_FALSE(audience(R"("application")").IsFor({"app"}, true));
  EXPECT_FALSE(audience(R"([["app"]])").IsFor({"app"}, true));
  EXPECT_FALSE(audience(R"({"app":1})").IsFor({"app"}, true));
  EXPECT_FALSE(audience("[]").IsFor({"app"}, true));
  EXPECT_FALSE(audience(R"("app")").IsFor({}, false));
  EXPECT_FALSE(Parsed(Hs256Token(kSecret, "{}")).IsFor({"app"}, false));
}

TEST(Jwt, RefusesSignaturesOfCurvesThatAreTooEasy) {
  Signer signer = Signer::Curve();
  Key key = *Key::FromPem(signer.PublicPem());
  const std::string message = Join(R"({"alg":"ES256"})", kClaims);
  // R and S of zero ("psychic signatures"), of the group's order, DER instead of the two side by side, too short.
  const std::string order =
      "\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2"
      "\xfc\x63\x25\x51";
  for (const std::string& signature :
       {std::string(64, '\0'), std::string(64, '\xff'), std::string(63, '\1'), std::string(65, '\1'),
        std::string("\x30\x06\x02\x01\x01\x02\x01\x01", 8), std::string(order + order)}) {
    EXPECT_FALSE(key.Verify(Algorithm::kEs256, message, signature));
  }
  EXPECT_TRUE(key.Verify(Algorithm::kEs256, message, signer.Sign(message, EVP_sha256())));
}

TEST(Jwt, RefusesKeysThatAreTooShortOrNone) {
  EXPECT_FALSE(Key::FromSecret("short").ok());
  EXPECT_FALSE(Key::FromPem(Signer::Rsa(1024).PublicPem()).ok());
  EXPECT_FALSE(Key::FromPem(Signer::Curve("secp256k1").PublicPem()).ok());
  EXPECT_FALSE(Key::FromPem("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n").ok());
  EXPECT_FALSE(Key::FromPem("").ok());
  EXPECT_FALSE(Key::FromCurve("P-256", std::string(32, '\1'), std::string(32, '\1')).ok());
  EXPECT_FALSE(Key::FromEd25519("short").ok());
}

TEST(JwkSet, FindsTheKeyByIdAndLeavesOutWhatCannotBeUsed) {
  Signer rsa = Signer::Rsa(), curve = Signer::Curve(), edwards = Signer::Ed25519(), other = Signer::Rsa();
  absl::StatusOr<JwkSet> set = JwkSet::Parse(absl::StrCat(
      R"({"keys":[)", rsa.Jwk(R"(,"kid":"r","use":"sig","alg":"RS256")"), ",", curve.Jwk(R"(,"kid":"c")"), ",",
      edwards.Jwk(R"(,"kid":"e","key_ops":["verify"])"), ",", other.Jwk(R"(,"kid":"x","use":"enc")"), ",",
      other.Jwk(R"(,"kid":"y","key_ops":["encrypt"])"), ",", other.Jwk(R"(,"kid":"z","alg":"HS256")"),
      R"(,{"kty":"oct","k":"c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IHNlY3JldA","kid":"o"},{"kty":"new"},7]})"));
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(set->size(), 3u);
  auto token = [](const Signer& signer, const EVP_MD* digest, const char* header) {
    return Parsed(SignedToken(signer, digest, header, kClaims));
  };
  EXPECT_TRUE(set->HasSigned(token(rsa, EVP_sha256(), R"({"alg":"RS256","kid":"r"})")));
  EXPECT_TRUE(set->HasSigned(token(rsa, EVP_sha256(), R"({"alg":"RS256"})")));
  EXPECT_FALSE(set->HasSigned(token(rsa, EVP_sha256(), R"({"alg":"RS256","kid":"c"})")));
  EXPECT_FALSE(set->HasSigned(token(rsa, EVP_sha512(), R"({"alg":"RS512","kid":"r"})")));
  EXPECT_TRUE(set->HasSigned(token(curve, EVP_sha256(), R"({"alg":"ES256","kid":"c"})")));
  EXPECT_TRUE(set->HasSigned(token(edwards, nullptr, R"({"alg":"EdDSA","kid":"e"})")));
  EXPECT_FALSE(set->HasSigned(token(other, EVP_sha256(), R"({"alg":"RS256","kid":"x"})")));
}

TEST(JwkSet, RefusesWhatIsNoSet) {
  for (const std::string& text : {std::string(), std::string("{}"), std::string("[]"), std::string(R"({"keys":{}})"),
                                  std::string(R"({"keys":[],"keys":[]})"), std::string(kJwkSetBytesMax + 1, ' '),
                                  R"({"keys":[1)" + std::string(300, ' ') + "]"}) {
    EXPECT_THAT(JwkSet::Parse(text), StatusIs(absl::StatusCode::kInvalidArgument, "BAD_JWK_SET"));
  }
}

}  // namespace
}  // namespace overlock::jwt
