#include "services/validation/schemes/presets.h"

#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/validation/schemes/encoding.h"
#include "services/validation/schemes/template.h"

namespace overlock::validation {
namespace {

using config::v1::SignatureTemplate;
using config::v1::ValidationSettings;
using ::testing::HasSubstr;
using ::testing::Optional;
using ::testing::StartsWith;

std::optional<std::string> CheckGeneric(const SignatureTemplate& signature, std::string_view secret = "") {
  ValidationSettings settings;
  *settings.mutable_signature() = signature;
  return CheckSettings(config::v1::VALIDATION_METHOD_GENERIC_HMAC, settings, secret);
}

SignatureTemplate Template(const std::string& text) {
  SignatureTemplate signature;
  signature.set_header("X-Signature");
  signature.set_template_(text);
  return signature;
}

TEST(PresetsTest, HaveTemplatesThatParseAndNamesOfTheirHeaders) {
  for (int i = 0; i < config::v1::ValidationMethod_ARRAYSIZE; ++i) {
    for (const Preset& preset : PresetsFor(static_cast<config::v1::ValidationMethod>(i))) {
      auto parts = ParseTemplate(preset.signed_parts);
      ASSERT_TRUE(parts.ok()) << preset.name;
      EXPECT_TRUE(HasPart(*parts, Part::Kind::kBody)) << preset.name;
      EXPECT_FALSE(preset.header.empty()) << preset.name;
      EXPECT_NE(preset.kinds[0].algorithm, Algorithm::kNone) << preset.name;
      bool has_time = !preset.timestamp_header.empty() || !preset.timestamp_field.empty();
      EXPECT_EQ(has_time, preset.tolerance_seconds > 0 || preset.name == "paypal") << preset.name;
    }
  }
}

TEST(PresetsTest, CoverEveryMethodThatIsNotStitchs) {
  for (int i = config::v1::VALIDATION_METHOD_GITHUB; i < config::v1::VALIDATION_METHOD_GENERIC_HMAC; ++i) {
    EXPECT_FALSE(PresetsFor(static_cast<config::v1::ValidationMethod>(i)).empty()) << i;
  }
}

TEST(CheckSettingsTest, TakesWhatFits) {
  EXPECT_EQ(CheckGeneric(Template("")), std::nullopt);
  EXPECT_EQ(CheckGeneric(Template("v0:{body}:{url}"), "any secret"), std::nullopt);
  SignatureTemplate full = Template("{id}.{timestamp}.{body}");
  full.set_timestamp_header("X-Time");
  full.set_id_header("X-Id");
  EXPECT_EQ(CheckGeneric(full), std::nullopt);
  EXPECT_EQ(CheckSettings(config::v1::VALIDATION_METHOD_STRIPE, {}, "whsec_abc"), std::nullopt);
  EXPECT_EQ(CheckSettings(config::v1::VALIDATION_METHOD_GITLAB, {}, "any token"), std::nullopt);
  EXPECT_EQ(CheckSettings(config::v1::VALIDATION_METHOD_VERIFY_PAYLOAD, {}, "12345"), std::nullopt);
}

TEST(CheckSettingsTest, SaysWhichFieldIsWrong) {
  EXPECT_THAT(CheckGeneric({}), Optional(StartsWith("signature.header: ")));
  EXPECT_THAT(CheckGeneric(Template("{time}.{body}")), Optional(HasSubstr("`{time}`: only {body}, {timestamp}")));
  EXPECT_THAT(CheckGeneric(Template("{body")), Optional(StartsWith("signature.template: `{body`")));
  EXPECT_THAT(CheckGeneric(Template("}{body}")), Optional(StartsWith("signature.template: `}`")));
  EXPECT_THAT(CheckGeneric(Template("{url}")), Optional(StartsWith("signature.template: needs {body}")));
  EXPECT_THAT(CheckGeneric(Template(std::string(300, 'x'))), Optional(StartsWith("signature.template: has more than")));
  EXPECT_THAT(CheckGeneric(Template("{timestamp}{body}")), Optional(StartsWith("signature.timestamp_header: ")));
  EXPECT_THAT(CheckGeneric(Template("{id}{body}")), Optional(StartsWith("signature.id_header: ")));
  SignatureTemplate bad_header = Template("");
  bad_header.set_header("X Signature");
  EXPECT_THAT(CheckGeneric(bad_header), Optional(StartsWith("signature.header: not a header's name")));
  ValidationSettings settings;
  settings.mutable_tolerance()->set_seconds(86401);
  EXPECT_THAT(CheckSettings(config::v1::VALIDATION_METHOD_SLACK, settings, ""), Optional(StartsWith("tolerance: ")));
  settings.mutable_tolerance()->set_seconds(0);
  EXPECT_THAT(CheckSettings(config::v1::VALIDATION_METHOD_SLACK, settings, ""), Optional(StartsWith("tolerance: ")));
  settings.Clear();
  settings.mutable_signature();
  EXPECT_THAT(CheckSettings(config::v1::VALIDATION_METHOD_SLACK, settings, ""), Optional(StartsWith("signature: ")));
}

TEST(CheckSettingsTest, SaysWhatASecretMustBeWithoutRepeatingIt) {
  for (auto method : {config::v1::VALIDATION_METHOD_SENDGRID, config::v1::VALIDATION_METHOD_DISCORD,
                      config::v1::VALIDATION_METHOD_PAYPAL, config::v1::VALIDATION_METHOD_STANDARD_WEBHOOKS}) {
    auto fault = CheckSettings(method, {}, "not-a-key!");
    ASSERT_TRUE(fault) << method;
    EXPECT_THAT(*fault, StartsWith("secret: "));
    EXPECT_EQ(fault->find("not-a-key"), std::string::npos);
  }
  SignatureTemplate signature = Template("");
  signature.set_secret_encoding(SignatureTemplate::ENCODING_HEX);
  EXPECT_THAT(CheckGeneric(signature, "xyz"), Optional(StartsWith("secret: ")));
  EXPECT_EQ(CheckGeneric(signature, "00ff"), std::nullopt);
}

TEST(EncodingTest, ReadsOneTextForGivenBytes) {
  EXPECT_THAT(Decode(Encoding::kBase64, "AP8="), Optional(std::string("\x00\xff", 2)));
  EXPECT_THAT(Decode(Encoding::kBase64AnyPadding, "AP8"), Optional(std::string("\x00\xff", 2)));
  EXPECT_THAT(Decode(Encoding::kBase64AnyPadding, "AP8="), Optional(std::string("\x00\xff", 2)));
  EXPECT_THAT(Decode(Encoding::kBase64Url, "_-8"), Optional(std::string("\xff\xef")));
  EXPECT_THAT(Decode(Encoding::kBase64Url, "_-8="), Optional(std::string("\xff\xef")));
  for (const char* text : {"AP8", "AP8==", "AP9=", "AP8=\n", " AP8=", "A=8=", "_-8=", "A", "AP8.", "===="}) {
    EXPECT_EQ(Decode(Encoding::kBase64, text), std::nullopt) << text;
  }
  for (const char* text : {"AP8==", "AP9", "A P8", "_-8", "A", "AP8.", "AP8,"}) {
    EXPECT_EQ(Decode(Encoding::kBase64AnyPadding, text), std::nullopt) << text;
  }
  EXPECT_EQ(Decode(Encoding::kBase64Url, "/+8"), std::nullopt);
  EXPECT_THAT(Decode(Encoding::kHex, "00fF"), Optional(std::string("\x00\xff", 2)));
  for (const char* text : {"00fF", "00f", "0g", "0x", " 00"})
    EXPECT_EQ(Decode(Encoding::kHexLower, text), std::nullopt);
}

}  // namespace
}  // namespace overlock::validation
