// Runs every vector of tests/conformance/signatures, and what must be refused that can be made of it.
#include <google/protobuf/util/json_util.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/ejson/parse.h"
#include "common/ejson/serialize.h"
#include "gtest/gtest.h"
#include "services/validation/schemes/make_scheme.h"
#include "services/validation/schemes/presets.h"
#include "services/validation/schemes/signature_header.h"

namespace overlock::validation {
namespace {

using ejson::Value;
using Response = v1::ValidateResponse;

struct Vector {
  std::string name;
  config::v1::ValidationView::Webhook hook;
  bool endpoint = false;
  std::string other_secret;
  type::v1::HttpRequest request;
  std::string body;
  std::string url;
  absl::Time now;
  std::string delivery_id;
  Refusal refusal = Response::REFUSAL_UNSPECIFIED;
};

void PrintTo(const Vector& vector, std::ostream* stream) { *stream << vector.name; }

std::string StringIn(const Value& document, std::string_view member) {
  const Value* value = document.Find(member);
  return value == nullptr ? "" : value->as_string();
}

Vector ReadVector(const Value& content) {
  Vector vector;
  vector.name = StringIn(content, "name");
  config::v1::ValidationMethod method;
  EXPECT_TRUE(ValidationMethod_Parse("VALIDATION_METHOD_" + StringIn(content, "method"), &method)) << vector.name;
  vector.hook.set_method(method);
  vector.hook.set_service_type(type::v1::SERVICE_TYPE_HTTP);
  if (StringIn(content, "service_type") == "GITHUB") vector.hook.set_service_type(type::v1::SERVICE_TYPE_GITHUB);
  if (StringIn(content, "service_type") == "TWILIO") vector.hook.set_service_type(type::v1::SERVICE_TYPE_TWILIO);
  vector.hook.set_secret(StringIn(content, "secret"));
  if (const Value* settings = content.Find("settings")) {
    std::string json = ejson::ToCanonicalJson(*settings);
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json, vector.hook.mutable_settings()).ok()) << json;
  }
  // Ids that stand in the body are looked for only where they are used.
  vector.hook.mutable_settings()->mutable_deduplicate_for()->set_seconds(60);
  vector.endpoint = content.Find("endpoint") != nullptr;
  vector.other_secret = StringIn(content, "other_secret");
  for (const Value& header : content.Find("headers")->items()) {
    type::v1::Header* line = vector.request.add_headers();
    line->set_name(header.items()[0].as_string());
    line->set_value(header.items()[1].as_string());
  }
  vector.request.set_raw_query_string(StringIn(content, "query"));
  vector.body = StringIn(content, "body");
  vector.url = StringIn(content, "url");
  vector.now = absl::FromUnixSeconds(content.Find("now")->as_int32());
  vector.delivery_id = StringIn(content, "delivery_id");
  std::string refusal = StringIn(content, "refusal");
  if (!refusal.empty()) EXPECT_TRUE(Response::Refusal_Parse("REFUSAL_" + refusal, &vector.refusal)) << refusal;
  return vector;
}

std::vector<Vector> LoadVectors() {
  std::ifstream stream(OVERLOCK_SIGNATURE_VECTORS);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  auto content = ejson::Parse(text);
  std::vector<Vector> vectors;
  if (!content.ok()) return vectors;
  for (const Value& vector : content->Find("vectors")->items()) vectors.push_back(ReadVector(vector));
  return vectors;
}

Outcome Check(const Vector& vector) {
  Input input{vector.request, vector.body, vector.now, vector.url};
  if (!vector.endpoint) return MakeScheme(vector.hook)->Check(input);
  config::v1::ValidationView::Endpoint endpoint;
  endpoint.set_method(vector.hook.method());
  endpoint.set_secret(vector.hook.secret());
  *endpoint.mutable_settings() = vector.hook.settings();
  return MakeScheme(endpoint)->Check(input);
}

// The header's line, or null.
type::v1::Header* Line(Vector& vector, std::string_view name) {
  for (type::v1::Header& line : *vector.request.mutable_headers()) {
    if (absl::EqualsIgnoreCase(line.name(), name)) return &line;
  }
  return nullptr;
}

void Remove(Vector& vector, std::string_view name) {
  if (type::v1::Header* line = Line(vector, name)) line->set_name("X-Nothing");
}

void Repeat(Vector& vector, std::string_view name) {
  type::v1::Header copy = *Line(vector, name);
  *vector.request.add_headers() = copy;
}

// The preset that a vector is signed with.
Preset PresetOf(Vector& vector) {
  absl::Span<const Preset> presets = PresetsFor(vector.hook.method());
  switch (vector.hook.method()) {
    case config::v1::VALIDATION_METHOD_VERIFY_PAYLOAD:
      presets = vector.endpoint ? EndpointSignaturePresets() : HookSignaturePresets();
      break;
    case config::v1::VALIDATION_METHOD_GENERIC_HMAC:
      return GenericPreset(vector.hook.settings().signature());
    default:
      break;
  }
  for (const Preset& preset : presets) {
    if (Line(vector, preset.header) != nullptr) return preset;
  }
  ADD_FAILURE() << vector.name << " has no signature";
  return presets.front();
}

class Signatures : public ::testing::TestWithParam<Vector> {
 protected:
  // A vector that is valid, or the test is skipped.
  void SetUp() override {
    if (vector_.refusal != Response::REFUSAL_UNSPECIFIED) GTEST_SKIP() << "is refused as it is";
    preset_ = PresetOf(vector_);
    SignatureHeader header;
    ASSERT_EQ(ReadSignatures(preset_, vector_.request, header), Response::REFUSAL_UNSPECIFIED);
    single_ = header.signatures.size() == 1;
    if (single_) kind_ = preset_.kinds[header.signatures[0].kind];
  }

  std::string& SignatureOf(Vector& vector) { return *Line(vector, preset_.header)->mutable_value(); }

  // The signature as it is written, without what stands around it.
  std::string Written() {
    std::string value = SignatureOf(vector_);
    if (preset_.layout == Layout::kWhole) return value.substr(kind_.prefix.size());
    std::string mark = absl::StrCat(kind_.prefix, preset_.layout == Layout::kFields ? "=" : ",");
    size_t begin = value.find(mark) + mark.size();
    return value.substr(begin, value.find(preset_.layout == Layout::kFields ? preset_.separator : ' ', begin) - begin);
  }
  Refusal WithWritten(const std::string& text) {
    Vector changed = vector_;
    std::string& value = SignatureOf(changed);
    std::string written = Written();
    value.replace(value.find(written), written.size(), text);
    return Check(changed).refusal;
  }

  Refusal WithTimestamp(const std::string& text) {
    Vector changed = vector_;
    if (preset_.timestamp_field.empty()) {
      Line(changed, preset_.timestamp_header)->set_value(text);
    } else {
      std::string& value = SignatureOf(changed);
      size_t begin = value.find('=') + 1;
      value.replace(begin, value.find(preset_.separator) - begin, text);
    }
    return Check(changed).refusal;
  }
  bool TimeIsInBody() const { return vector_.name == "linear"; }
  bool HasTime() const {
    return !TimeIsInBody() && (!preset_.timestamp_header.empty() || !preset_.timestamp_field.empty());
  }
  Refusal WithBody(const std::string& body) {
    Vector changed = vector_;
    changed.body = body;
    return Check(changed).refusal;
  }
  Outcome WithSecrets(const std::string& first, const std::string& second, absl::Time expires_at) {
    Vector changed = vector_;
    changed.hook.set_secret(first);
    auto* secret = changed.hook.mutable_settings()->add_secrets();
    secret->set_value(second);
    secret->mutable_expires_at()->set_seconds(absl::ToUnixSeconds(expires_at));
    return Check(changed);
  }
  std::string OtherSecret() const {
    if (!vector_.other_secret.empty()) return vector_.other_secret;
    return vector_.hook.secret().starts_with("whsec_") ? "whsec_b3RoZXI=" : "b3RoZXI=";
  }
  bool SignsBody() const { return kind_.algorithm != Algorithm::kEquality; }
  bool IsPublicKey() const { return !vector_.other_secret.empty(); }

  Vector vector_ = GetParam();
  Preset preset_;
  // Whether the vector has one signature; if so, of which kind.
  bool single_ = false;
  SignatureKind kind_;
};

constexpr Refusal kValid = Response::REFUSAL_UNSPECIFIED;
constexpr Refusal kMissing = Response::REFUSAL_SIGNATURE_MISSING;
constexpr Refusal kMalformed = Response::REFUSAL_SIGNATURE_MALFORMED;
constexpr Refusal kMismatch = Response::REFUSAL_SIGNATURE_MISMATCH;

class PublishedSignatures : public ::testing::TestWithParam<Vector> {};

TEST_P(PublishedSignatures, AreAsTheVectorSays) {
  Outcome outcome = Check(GetParam());
  EXPECT_EQ(outcome.refusal, GetParam().refusal) << Response::Refusal_Name(outcome.refusal);
  EXPECT_EQ(outcome.secret, GetParam().refusal == kValid ? 0 : -1);
  EXPECT_EQ(outcome.delivery_id, GetParam().delivery_id);
  EXPECT_FALSE(outcome.handshake.has_value());
}

TEST_P(Signatures, AreRefusedWithoutTheirHeaderOrWithItTwice) {
  Vector missing = vector_;
  Remove(missing, preset_.header);
  EXPECT_EQ(Check(missing).refusal, kMissing);
  Vector empty = vector_;
  SignatureOf(empty) = "";
  EXPECT_EQ(Check(empty).refusal, kMissing);
  Vector twice = vector_;
  Repeat(twice, preset_.header);
  EXPECT_EQ(Check(twice).refusal, kMalformed);
}

TEST_P(Signatures, AreRefusedWithAnotherPrefix) {
  if (!single_ || !SignsBody()) GTEST_SKIP();
  for (const char* prefix : {"x", "md5=", " ", "="}) {
    Vector changed = vector_;
    std::string& value = SignatureOf(changed);
    value = prefix + value;
    Refusal refusal = Check(changed).refusal;
    EXPECT_TRUE(refusal == kMalformed || refusal == Response::REFUSAL_TIMESTAMP_MISSING) << prefix << refusal;
  }
}

TEST_P(Signatures, AreRefusedCutShortOrWithMoreBytes) {
  if (!single_ || !SignsBody()) GTEST_SKIP();
  bool hex = kind_.encoding == Encoding::kHex || kind_.encoding == Encoding::kHexLower;
  std::string bytes = *Decode(kind_.encoding, Written());
  auto write = [&](const std::string& raw) {
    if (kind_.encoding == Encoding::kBase64Url) return absl::WebSafeBase64Escape(raw);
    return hex ? absl::BytesToHexString(raw) : absl::Base64Escape(raw);
  };
  ASSERT_EQ(WithWritten(write(bytes)), kValid);
  // DER can have more lengths than one.
  Refusal expected =
      kind_.algorithm == Algorithm::kEcdsaP256 || kind_.algorithm == Algorithm::kRsaSha256 ? kMismatch : kMalformed;
  Refusal shorter = WithWritten(write(bytes.substr(0, bytes.size() - 1)));
  EXPECT_TRUE(shorter == expected || shorter == kMalformed) << shorter;
  EXPECT_EQ(WithWritten(write(bytes + '\0')), expected);
  EXPECT_EQ(WithWritten(""), Written() == SignatureOf(vector_) ? kMissing : kMalformed);
  for (size_t bit : {size_t{0}, 8 * bytes.size() - 1}) {
    std::string changed = bytes;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(WithWritten(write(changed)), kMismatch) << bit;
  }
}

TEST_P(Signatures, AreRefusedInAnotherSpelling) {
  if (!single_ || !SignsBody()) GTEST_SKIP();
  std::string written = Written();
  for (const std::string& changed : {written + " ", " " + written, written + "\n", written + "\r",
                                     written.substr(0, 4) + " " + written.substr(4), written + std::string(1, '\0')}) {
    EXPECT_EQ(WithWritten(changed), kMalformed) << absl::CHexEscape(changed);
  }
  std::string upper = absl::AsciiStrToUpper(written);
  std::string bare = written.substr(0, written.find('='));
  switch (kind_.encoding) {
    case Encoding::kHexLower:
      EXPECT_EQ(WithWritten(upper), kMalformed);
      EXPECT_EQ(WithWritten(written.substr(1)), kMalformed);
      break;
    case Encoding::kHex:
      EXPECT_EQ(WithWritten(upper), kValid);
      EXPECT_EQ(WithWritten(written.substr(1)), kMalformed);
      break;
    case Encoding::kBase64: {
      if (bare != written) EXPECT_EQ(WithWritten(bare), kMalformed);
      EXPECT_EQ(WithWritten(written + "="), kMalformed);
      std::string url = absl::StrReplaceAll(written, {{"+", "-"}, {"/", "_"}});
      if (url != written) EXPECT_EQ(WithWritten(url), kMalformed);
      break;
    }
    default:
      EXPECT_EQ(WithWritten(written + "===="), kMalformed);
  }
}

TEST_P(Signatures, AreRefusedWithoutAReadableTime) {
  if (!HasTime()) GTEST_SKIP();
  if (preset_.timestamp_field.empty()) {
    Vector missing = vector_;
    Remove(missing, preset_.timestamp_header);
    EXPECT_EQ(Check(missing).refusal, Response::REFUSAL_TIMESTAMP_MISSING);
    Vector twice = vector_;
    Repeat(twice, preset_.timestamp_header);
    EXPECT_NE(Check(twice).refusal, kValid);
    EXPECT_EQ(WithTimestamp(""), Response::REFUSAL_TIMESTAMP_MISSING);
  } else {
    Vector missing = vector_;
    std::string& value = SignatureOf(missing);
    value = value.substr(value.find(preset_.separator) + 1);
    EXPECT_EQ(Check(missing).refusal, Response::REFUSAL_TIMESTAMP_MISSING);
    EXPECT_EQ(WithTimestamp(""), Response::REFUSAL_TIMESTAMP_MALFORMED);
    EXPECT_EQ(WithTimestamp(absl::StrCat("1", std::string(1, preset_.separator), preset_.timestamp_field, "=1")),
              Response::REFUSAL_TIMESTAMP_MALFORMED);
  }
  for (const char* text :
       {"now", "Infinity", "infinite-future", "-1", "+1700000000", " 1700000000", "1700000000 ", "1.7e9",
        "1700000000.5", "0x6553f100", "9223372036854775808", "18446744075409551616", "99999999999999999999999999"}) {
    EXPECT_EQ(WithTimestamp(text), Response::REFUSAL_TIMESTAMP_MALFORMED) << text;
  }
}

TEST_P(Signatures, AreRefusedFarFromTheirTime) {
  int tolerance = preset_.tolerance_seconds;
  if (tolerance == 0) GTEST_SKIP();
  auto at = [&](absl::Duration from_then) {
    Vector changed = vector_;
    changed.now += from_then;
    return Check(changed).refusal;
  };
  EXPECT_EQ(at(absl::Seconds(tolerance)), kValid);
  EXPECT_EQ(at(absl::Milliseconds(200) - absl::Seconds(tolerance)), kValid);
  EXPECT_EQ(at(absl::Seconds(tolerance + 1)), Response::REFUSAL_TIMESTAMP_TOO_OLD);
  EXPECT_EQ(at(-absl::Seconds(tolerance + 1)), Response::REFUSAL_TIMESTAMP_IN_FUTURE);
  EXPECT_EQ(at(absl::Hours(24 * 365)), Response::REFUSAL_TIMESTAMP_TOO_OLD);
  vector_.hook.mutable_settings()->mutable_tolerance()->set_seconds(tolerance + 60);
  EXPECT_EQ(at(absl::Seconds(tolerance + 60)), kValid);
  EXPECT_EQ(at(absl::Seconds(tolerance + 61)), Response::REFUSAL_TIMESTAMP_TOO_OLD);
}

TEST_P(Signatures, AreRefusedWithAnotherBody) {
  if (!SignsBody()) GTEST_SKIP();
  const std::string& body = vector_.body;
  for (const std::string& changed :
       {std::string(), body + " ", body + "\n", body + "\r\n", body + std::string(1, '\0'), " " + body,
        "\xEF\xBB\xBF" + body, body + "\xff\xfe", body + body, body.substr(1), body.substr(0, body.size() - 1)}) {
    EXPECT_EQ(WithBody(changed), kMismatch) << absl::CHexEscape(changed);
  }
  for (auto [from, to] : {std::pair(":", " : "), std::pair(": ", ":"), std::pair("\n", "\r\n"),
                          std::pair("a", "\\u0061"), std::pair("\\u003e", ">"), std::pair("\",\"", "\", \"")}) {
    std::string changed = absl::StrReplaceAll(body, {{from, to}});
    if (changed != body) EXPECT_EQ(WithBody(changed), kMismatch) << changed;
  }
  // In a form, different bytes can mean the same fields.
  if (preset_.name == "twilio") return;
  for (size_t bit = 0; bit < 8 * body.size(); bit += 3) {
    std::string changed = body;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(WithBody(changed), kMismatch) << bit;
  }
}

TEST_P(Signatures, AreRefusedWithAnotherSecretOrOneThatHasExpired) {
  Vector changed = vector_;
  changed.hook.set_secret(OtherSecret());
  EXPECT_EQ(Check(changed).refusal, kMismatch);
  std::string secret = vector_.hook.secret();
  EXPECT_EQ(WithSecrets(OtherSecret(), secret, vector_.now).refusal, kMismatch);
  EXPECT_EQ(WithSecrets(OtherSecret(), secret, vector_.now - absl::Hours(1)).refusal, kMismatch);
  Outcome rotated = WithSecrets(OtherSecret(), secret, vector_.now + absl::Seconds(1));
  EXPECT_EQ(rotated.refusal, kValid);
  EXPECT_EQ(rotated.secret, 1);
  EXPECT_EQ(WithSecrets(secret, OtherSecret(), vector_.now + absl::Seconds(1)).secret, 0);
  EXPECT_EQ(WithSecrets("", secret, vector_.now + absl::Seconds(1)).secret, 0);
}

TEST_P(Signatures, AreRefusedWithoutASecretOrWithAKeyThatIsNone) {
  Vector changed = vector_;
  changed.hook.set_secret("");
  EXPECT_EQ(Check(changed).refusal, Response::REFUSAL_NO_SECRET_CONFIGURED);
  if (!IsPublicKey()) return;
  for (const char* secret : {"nonsense", "AAAA", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"}) {
    changed.hook.set_secret(absl::StrCat(preset_.name == "paypal" ? "X:" : kind_.secret_prefix, secret));
    EXPECT_EQ(Check(changed).refusal, Response::REFUSAL_MISCONFIGURED) << secret;
  }
}

TEST_P(Signatures, AreRefusedWhereASignedIdOrTheUrlIsAnother) {
  if (!preset_.id_header.empty()) {
    Vector missing = vector_;
    Remove(missing, preset_.id_header);
    EXPECT_EQ(Check(missing).refusal, Response::REFUSAL_DELIVERY_ID_MISSING);
    Vector other = vector_;
    Line(other, preset_.id_header)->mutable_value()->append("x");
    EXPECT_EQ(Check(other).refusal, kMismatch);
    Vector twice = vector_;
    Repeat(twice, preset_.id_header);
    EXPECT_EQ(Check(twice).refusal, Response::REFUSAL_DELIVERY_ID_MISSING);
  }
  if (vector_.url.empty()) return;
  Vector other = vector_;
  other.url += "x";
  EXPECT_EQ(Check(other).refusal, kMismatch);
  other = vector_;
  other.request.set_raw_query_string("q=" + vector_.request.raw_query_string());
  EXPECT_EQ(Check(other).refusal, kMismatch);
}

std::string NameOf(const ::testing::TestParamInfo<Vector>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Vectors, PublishedSignatures, ::testing::ValuesIn(LoadVectors()), NameOf);
INSTANTIATE_TEST_SUITE_P(Vectors, Signatures, ::testing::ValuesIn(LoadVectors()), NameOf);

TEST(SignatureVectors, AreThere) { EXPECT_GE(LoadVectors().size(), 45u) << "in " << OVERLOCK_SIGNATURE_VECTORS; }

}  // namespace
}  // namespace overlock::validation
