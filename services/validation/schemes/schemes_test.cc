// Stitch's own schemes, and GitHub's.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/crypto/hmac.h"
#include "gtest/gtest.h"
#include "services/validation/schemes/make_scheme.h"

namespace overlock::validation {
namespace {

using Response = v1::ValidateResponse;
using Headers = std::vector<std::pair<std::string, std::string>>;

constexpr Refusal kValid = Response::REFUSAL_UNSPECIFIED;
constexpr Refusal kMissing = Response::REFUSAL_SIGNATURE_MISSING;
constexpr Refusal kMalformed = Response::REFUSAL_SIGNATURE_MALFORMED;
constexpr Refusal kMismatch = Response::REFUSAL_SIGNATURE_MISMATCH;

// A scheme as the configuration asks for it.
class TestedScheme {
 public:
  explicit TestedScheme(std::unique_ptr<const Scheme> scheme) : scheme_(std::move(scheme)) {}
  Refusal Check(const type::v1::HttpRequest& request, std::string_view body) const {
    return scheme_->Check({request, body, absl::UnixEpoch(), ""}).refusal;
  }

 private:
  const std::unique_ptr<const Scheme> scheme_;
};

TestedScheme WebhookScheme(type::v1::ServiceType type, config::v1::ValidationMethod method, const std::string& secret) {
  config::v1::ValidationView::Webhook webhook;
  webhook.set_service_type(type);
  webhook.set_method(method);
  webhook.set_secret(secret);
  return TestedScheme(MakeScheme(webhook));
}

TestedScheme HookSignature(const std::string& secret) {
  return WebhookScheme(type::v1::SERVICE_TYPE_HTTP, config::v1::VALIDATION_METHOD_VERIFY_PAYLOAD, secret);
}

TestedScheme Github(const std::string& secret) {
  return WebhookScheme(type::v1::SERVICE_TYPE_GITHUB, config::v1::VALIDATION_METHOD_GITHUB, secret);
}

TestedScheme QuerySecret(const std::string& secret) {
  return WebhookScheme(type::v1::SERVICE_TYPE_HTTP, config::v1::VALIDATION_METHOD_SECRET_AS_QUERY_PARAM, secret);
}

TestedScheme EndpointSignature(const std::string& secret) {
  config::v1::ValidationView::Endpoint endpoint;
  endpoint.set_method(config::v1::VALIDATION_METHOD_VERIFY_PAYLOAD);
  endpoint.set_secret(secret);
  return TestedScheme(MakeScheme(endpoint));
}

type::v1::HttpRequest RequestWith(const Headers& headers) {
  type::v1::HttpRequest request;
  for (const auto& [name, value] : headers) {
    type::v1::Header* header = request.add_headers();
    header->set_name(name);
    header->set_value(value);
  }
  return request;
}

std::string Flip(std::string text, size_t bit) {
  text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << (bit % 8)));
  return text;
}

// A published signature: spec section 5.2, and docs.github.com "Validating webhook deliveries".
struct Vector {
  std::string secret;
  std::string body;
  std::string digest;
};

const Vector kStitch = {"12345", R"({"message":"MESSAGE"})",
                        "828ee180512eaf8a6229eda7eea72323f68e9c0f0093b11a578b0544c5777862"};
const Vector kAppServices = {"Super5ecr3tPa55w0rd", R"({ "message": "Hello!" })",
                             "d4f0537db4e230d7a6028a6f7c3bb1b57c9d16f39176d78697e559ac333e0b36"};
const Vector kGithub = {"It's a Secret to Everybody", "Hello, World!",
                        "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"};
const Vector kOctokit = {"mysecret", R"({"foo":"bar"})",
                         "4864d2759938a15468b5df9ade20bf161da9b4f737ea61794142f3484236bda3"};

Refusal CheckHook(const std::string& secret, const std::string& body, const std::string& signature) {
  return HookSignature(secret).Check(RequestWith({{"X-Hook-Signature", signature}}), body);
}

class HookSignatureVectors : public ::testing::TestWithParam<Vector> {};

TEST_P(HookSignatureVectors, AcceptsThePublishedSignature) {
  EXPECT_EQ(CheckHook(GetParam().secret, GetParam().body, "sha256=" + GetParam().digest), kValid);
}

TEST_P(HookSignatureVectors, RefusesABodyThatChangedByOneBit) {
  const Vector& vector = GetParam();
  for (size_t bit = 0; bit < 8 * vector.body.size(); ++bit) {
    EXPECT_EQ(CheckHook(vector.secret, Flip(vector.body, bit), "sha256=" + vector.digest), kMismatch) << bit;
  }
}

TEST_P(HookSignatureVectors, RefusesASecretThatDiffersInOneBit) {
  const Vector& vector = GetParam();
  for (size_t bit = 0; bit < 8 * vector.secret.size(); ++bit) {
    EXPECT_EQ(CheckHook(Flip(vector.secret, bit), vector.body, "sha256=" + vector.digest), kMismatch) << bit;
  }
}

TEST_P(HookSignatureVectors, RefusesADigestThatDiffersInOneBit) {
  const Vector& vector = GetParam();
  std::string digest = absl::HexStringToBytes(vector.digest);
  for (size_t bit = 0; bit < 8 * digest.size(); ++bit) {
    std::string changed = absl::BytesToHexString(Flip(digest, bit));
    EXPECT_EQ(CheckHook(vector.secret, vector.body, "sha256=" + changed), kMismatch) << bit;
  }
}

TEST_P(HookSignatureVectors, RefusesAHeaderThatDiffersInOneBitUnlessItIsADigitsCase) {
  const Vector& vector = GetParam();
  const std::string header = "sha256=" + vector.digest;
  for (size_t bit = 0; bit < 8 * header.size(); ++bit) {
    std::string changed = Flip(header, bit);
    bool same_digest = bit / 8 >= 7 && absl::AsciiStrToLower(changed) == header;
    EXPECT_EQ(CheckHook(vector.secret, vector.body, changed) == kValid, same_digest) << bit;
  }
}

INSTANTIATE_TEST_SUITE_P(OfTheSpec, HookSignatureVectors, ::testing::Values(kStitch, kAppServices));

TEST(HookSignatureTest, AcceptsUpperCaseDigits) {
  EXPECT_EQ(CheckHook(kStitch.secret, kStitch.body, "sha256=" + absl::AsciiStrToUpper(kStitch.digest)), kValid);
}

TEST(HookSignatureTest, FindsTheHeaderInAnyCase) {
  auto request = RequestWith({{"x-hook-signature", "sha256=" + kStitch.digest}});
  EXPECT_EQ(HookSignature(kStitch.secret).Check(request, kStitch.body), kValid);
}

TEST(HookSignatureTest, RefusesARequestWithoutTheHeaderOrWithAnEmptyOne) {
  TestedScheme scheme = HookSignature(kStitch.secret);
  EXPECT_EQ(scheme.Check(RequestWith({}), kStitch.body), kMissing);
  EXPECT_EQ(scheme.Check(RequestWith({{"X-Hook-Signature", ""}}), kStitch.body), kMissing);
  EXPECT_EQ(scheme.Check(RequestWith({{"X-Hub-Signature-256", "sha256=" + kStitch.digest}}), kStitch.body), kMissing);
}

TEST(HookSignatureTest, RefusesTheHeaderTwiceEvenWhenBothAreRight) {
  std::string right = "sha256=" + kStitch.digest;
  auto request = RequestWith({{"X-Hook-Signature", right}, {"X-HOOK-SIGNATURE", right}});
  EXPECT_EQ(HookSignature(kStitch.secret).Check(request, kStitch.body), kMalformed);
}

TEST(HookSignatureTest, RefusesEveryOtherForm) {
  const std::string& digest = kStitch.digest;
  std::string base64 = absl::Base64Escape(absl::HexStringToBytes(digest));
  for (const std::string& header : std::vector<std::string>{digest,
                                                            "sha1=" + digest,
                                                            "SHA256=" + digest,
                                                            "sha256:" + digest,
                                                            "sha256==" + digest,
                                                            "sha256=",
                                                            "=",
                                                            "sha256= " + digest,
                                                            "sha256=" + digest + " ",
                                                            " sha256=" + digest,
                                                            "sha256=" + digest + "\n",
                                                            "sha256=" + digest.substr(0, 63),
                                                            "sha256=" + digest.substr(0, 62),
                                                            "sha256=" + digest.substr(1),
                                                            "sha256=" + digest + "0",
                                                            "sha256=" + digest + "00",
                                                            "sha256=" + digest + ",sha256=" + digest,
                                                            "sha256=0x" + digest.substr(2),
                                                            "sha256=" + digest.substr(0, 63) + "g",
                                                            "sha256=" + base64,
                                                            base64,
                                                            "sha256=" + digest.substr(0, 63) + std::string(1, '\0')}) {
    EXPECT_EQ(CheckHook(kStitch.secret, kStitch.body, header), kMalformed) << absl::CHexEscape(header);
  }
}

TEST(HookSignatureTest, ChecksTheExactBytesAndNotWhatTheyMean) {
  for (const std::string& body : std::vector<std::string>{
           R"({"message": "MESSAGE"})", "{\"message\":\"MESSAGE\"}\n", R"({"message":"\u004dESSAGE"})",
           "{\"message\":\"MESSAGE\"}\r\n", "\xEF\xBB\xBF{\"message\":\"MESSAGE\"}", ""}) {
    EXPECT_EQ(CheckHook(kStitch.secret, body, "sha256=" + kStitch.digest), kMismatch) << body;
  }
}

TEST(HookSignatureTest, SignsBodiesThatAreEmptyOrNotText) {
  for (const std::string& body : {std::string(), std::string("\xff\x00\xfe", 3), std::string(1 << 20, '\0')}) {
    std::string digest = absl::BytesToHexString(crypto::HmacSha256("secret", body));
    EXPECT_EQ(CheckHook("secret", body, "sha256=" + digest), kValid) << body.size();
    EXPECT_EQ(CheckHook("secret", body + "x", "sha256=" + digest), kMismatch) << body.size();
  }
}

TEST(HookSignatureTest, RefusesEverythingWithoutASecret) {
  std::string digest = absl::BytesToHexString(crypto::HmacSha256("", "body"));
  EXPECT_EQ(CheckHook("", "body", "sha256=" + digest), Response::REFUSAL_NO_SECRET_CONFIGURED);
}

Refusal CheckGithub(const Vector& vector, const Headers& headers) {
  return Github(vector.secret).Check(RequestWith(headers), vector.body);
}

std::string Sha1Header(const Vector& vector) {
  return "sha1=" + absl::BytesToHexString(crypto::HmacSha1(vector.secret, vector.body));
}

TEST(GithubTest, AcceptsThePublishedSignatures) {
  EXPECT_EQ(CheckGithub(kGithub, {{"X-Hub-Signature-256", "sha256=" + kGithub.digest}}), kValid);
  EXPECT_EQ(CheckGithub(kOctokit, {{"X-Hub-Signature-256", "sha256=" + kOctokit.digest}}), kValid);
}

TEST(GithubTest, RefusesADigestOfEitherKindThatDiffersInOneBit) {
  std::string sha256 = absl::HexStringToBytes(kGithub.digest);
  for (size_t bit = 0; bit < 8 * sha256.size(); ++bit) {
    std::string changed = "sha256=" + absl::BytesToHexString(Flip(sha256, bit));
    EXPECT_EQ(CheckGithub(kGithub, {{"X-Hub-Signature-256", changed}}), kMismatch) << bit;
  }
  std::string sha1 = crypto::HmacSha1(kGithub.secret, kGithub.body);
  for (size_t bit = 0; bit < 8 * sha1.size(); ++bit) {
    std::string changed = "sha1=" + absl::BytesToHexString(Flip(sha1, bit));
    EXPECT_EQ(CheckGithub(kGithub, {{"X-Hub-Signature", changed}}), kMismatch) << bit;
  }
}

TEST(GithubTest, AcceptsTheOlderSignatureWhereTheNewerIsMissing) {
  EXPECT_EQ(CheckGithub(kGithub, {{"X-Hub-Signature", Sha1Header(kGithub)}}), kValid);
}

TEST(GithubTest, LetsTheNewerSignatureDecideAlone) {
  std::string right = "sha256=" + kGithub.digest;
  EXPECT_EQ(CheckGithub(kGithub, {{"X-Hub-Signature", "sha1=00"}, {"X-Hub-Signature-256", right}}), kValid);
  std::string wrong = "sha256=" + std::string(64, '0');
  EXPECT_EQ(CheckGithub(kGithub, {{"X-Hub-Signature", Sha1Header(kGithub)}, {"X-Hub-Signature-256", wrong}}),
            kMismatch);
  EXPECT_EQ(CheckGithub(kGithub, {{"X-Hub-Signature", Sha1Header(kGithub)}, {"X-Hub-Signature-256", ""}}), kMissing);
}

TEST(GithubTest, RefusesSignaturesInEachOthersHeader) {
  EXPECT_EQ(CheckGithub(kGithub, {{"X-Hub-Signature", "sha256=" + kGithub.digest}}), kMalformed);
  EXPECT_EQ(CheckGithub(kGithub, {{"X-Hub-Signature-256", Sha1Header(kGithub)}}), kMalformed);
  EXPECT_EQ(CheckGithub(kGithub, {{"X-Hook-Signature", "sha256=" + kGithub.digest}}), kMissing);
}

TEST(GithubTest, RefusesAnotherHooksSecretAndNone) {
  Vector other = kGithub;
  other.secret = kOctokit.secret;
  EXPECT_EQ(CheckGithub(other, {{"X-Hub-Signature-256", "sha256=" + kGithub.digest}}), kMismatch);
  other.secret = "";
  EXPECT_EQ(CheckGithub(other, {{"X-Hub-Signature", Sha1Header(other)}}), Response::REFUSAL_NO_SECRET_CONFIGURED);
}

Refusal CheckQuery(const std::string& secret, const std::string& query) {
  type::v1::HttpRequest request;
  request.set_raw_query_string(query);
  return QuerySecret(secret).Check(request, "");
}

TEST(QuerySecretTest, AcceptsTheSecretWhereverItStands) {
  for (const char* query : {"secret=open-sesame", "a=1&secret=open-sesame", "secret=open-sesame&a=1",
                            "&&secret=open-sesame&&", "Secret=x&secret=open-sesame", "a=secret&secret=open-sesame"}) {
    EXPECT_EQ(CheckQuery("open-sesame", query), kValid) << query;
  }
}

TEST(QuerySecretTest, DecodesNameAndValue) {
  EXPECT_EQ(CheckQuery("open-sesame", "secret=open%2Dsesame"), kValid);
  EXPECT_EQ(CheckQuery("open-sesame", "%73ecret=open%2dsesame"), kValid);
  EXPECT_EQ(CheckQuery("open sesame&=", "secret=open+sesame%26%3d"), kValid);
  EXPECT_EQ(CheckQuery("a+b", "secret=a%2Bb"), kValid);
  EXPECT_EQ(CheckQuery("a=b", "secret=a=b"), kValid);
  EXPECT_EQ(CheckQuery("gr\xC3\xBC\xC3\x9F", "secret=gr%C3%BC%C3%9F"), kValid);
  EXPECT_EQ(CheckQuery(std::string("a\0b", 3), "secret=a%00b"), kValid);
}

TEST(QuerySecretTest, LeavesAPercentSignWithoutTwoDigitsAsItIs) {
  EXPECT_EQ(CheckQuery("100%", "secret=100%"), kValid);
  EXPECT_EQ(CheckQuery("%zz%4", "secret=%zz%4"), kValid);
}

TEST(QuerySecretTest, RefusesASecretThatDiffersInOneBit) {
  const std::string secret = "open-sesame";
  for (size_t bit = 0; bit < 8 * secret.size(); ++bit) {
    EXPECT_NE(CheckQuery(secret, "secret=" + Flip(secret, bit)), kValid) << bit;
    EXPECT_EQ(CheckQuery(Flip(secret, bit), "secret=" + secret), Response::REFUSAL_SECRET_MISMATCH) << bit;
  }
}

TEST(QuerySecretTest, RefusesPartsAndMoreThanTheSecret) {
  for (const char* query : {"secret=", "secret", "secret=open", "secret=open-sesam", "secret=open-sesame-",
                            "secret=OPEN-SESAME", "secret=+open-sesame", "secret=open-sesame%00"}) {
    EXPECT_EQ(CheckQuery("open-sesame", query), Response::REFUSAL_SECRET_MISMATCH) << query;
  }
}

TEST(QuerySecretTest, RefusesAQueryWithoutTheParameter) {
  for (const char* query : {"", "a=1", "SECRET=open-sesame", "secrets=open-sesame", "a=secret=open-sesame", "&",
                            "=open-sesame", "secret%3Dopen-sesame"}) {
    EXPECT_EQ(CheckQuery("open-sesame", query), Response::REFUSAL_SECRET_MISSING) << query;
  }
}

TEST(QuerySecretTest, RefusesTheParameterTwiceEvenWhenBothAreRight) {
  EXPECT_EQ(CheckQuery("x", "secret=x&secret=x"), Response::REFUSAL_SECRET_REPEATED);
  EXPECT_EQ(CheckQuery("x", "secret=x&%73ecret=y"), Response::REFUSAL_SECRET_REPEATED);
}

TEST(QuerySecretTest, RefusesEverythingWithoutASecret) {
  EXPECT_EQ(CheckQuery("", "secret="), Response::REFUSAL_NO_SECRET_CONFIGURED);
}

TEST(UnknownMethodTest, RefusesEverything) {
  auto request = RequestWith({{"X-Hook-Signature", "sha256=" + kStitch.digest}});
  for (auto method : {config::v1::VALIDATION_METHOD_UNSPECIFIED, static_cast<config::v1::ValidationMethod>(1000)}) {
    TestedScheme scheme = WebhookScheme(type::v1::SERVICE_TYPE_HTTP, method, kStitch.secret);
    EXPECT_EQ(scheme.Check(request, kStitch.body), Response::REFUSAL_METHOD_UNKNOWN);
  }
}

// ---- Endpoint-Signature

constexpr char kEndpointBody[] = R"({ "message": "Hello!" })";
constexpr char kEndpointSecret[] = "Super5ecr3tPa55w0rd";
constexpr char kEndpointSignature[] = "sha256=d4f0537db4e230d7a6028a6f7c3bb1b57c9d16f39176d78697e559ac333e0b36";

TEST(EndpointSignatureTest, AcceptsTheDocumentedExampleUnderEitherName) {
  TestedScheme scheme = EndpointSignature(kEndpointSecret);
  for (const char* name : {"Endpoint-Signature", "endpoint-signature", "X-Hook-Signature"}) {
    EXPECT_EQ(scheme.Check(RequestWith({{name, kEndpointSignature}}), kEndpointBody), kValid) << name;
  }
  EXPECT_EQ(scheme.Check(RequestWith({{"X-Hub-Signature-256", kEndpointSignature}}), kEndpointBody), kMissing);
}

TEST(EndpointSignatureTest, RefusesABodyOrASignatureThatChangedByOneBit) {
  TestedScheme scheme = EndpointSignature(kEndpointSecret);
  for (size_t bit = 0; bit < sizeof kEndpointBody * 8 - 8; ++bit) {
    EXPECT_EQ(scheme.Check(RequestWith({{"Endpoint-Signature", kEndpointSignature}}), Flip(kEndpointBody, bit)),
              kMismatch);
  }
  std::string other = kEndpointSignature;
  other.back() = '7';
  EXPECT_EQ(scheme.Check(RequestWith({{"Endpoint-Signature", other}}), kEndpointBody), kMismatch);
}

TEST(EndpointSignatureTest, LetsItsOwnHeaderDecideAlone) {
  TestedScheme scheme = EndpointSignature(kEndpointSecret);
  for (const char* own : {"", "sha256=00"}) {
    EXPECT_NE(scheme.Check(RequestWith({{"Endpoint-Signature", own}, {"X-Hook-Signature", kEndpointSignature}}),
                           kEndpointBody),
              kValid)
        << own;
  }
  EXPECT_EQ(scheme.Check(RequestWith({{"X-Hook-Signature", "sha256=00"}, {"Endpoint-Signature", kEndpointSignature}}),
                         kEndpointBody),
            kValid);
}

TEST(EndpointSignatureTest, RefusesWhatIsMissingMalformedOrTwice) {
  TestedScheme scheme = EndpointSignature(kEndpointSecret);
  std::string digest = std::string(kEndpointSignature).substr(7);
  EXPECT_EQ(scheme.Check(RequestWith({}), kEndpointBody), kMissing);
  EXPECT_EQ(scheme.Check(RequestWith({{"Endpoint-Signature", digest}}), kEndpointBody), kMalformed);
  EXPECT_EQ(scheme.Check(RequestWith({{"Endpoint-Signature", ":sha256=" + digest}}), kEndpointBody), kMalformed);
  EXPECT_EQ(scheme.Check(
                RequestWith({{"Endpoint-Signature", kEndpointSignature}, {"Endpoint-Signature", kEndpointSignature}}),
                kEndpointBody),
            kMalformed);
}

TEST(EndpointSignatureTest, RefusesEverythingWithoutASecret) {
  std::string signature = "sha256=" + absl::BytesToHexString(crypto::HmacSha256("", kEndpointBody));
  EXPECT_EQ(EndpointSignature("").Check(RequestWith({{"Endpoint-Signature", signature}}), kEndpointBody),
            Response::REFUSAL_NO_SECRET_CONFIGURED);
}

}  // namespace
}  // namespace overlock::validation
