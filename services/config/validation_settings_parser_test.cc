// Webhooks and endpoints with our own methods and settings, read with their application.
#include "services/config/validation_settings_parser.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "services/config/app_parser.h"
#include "services/config/validation_methods.h"
#include "services/validation/schemes/presets.h"

namespace overlock::config {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using Files = std::map<std::string, std::string>;

constexpr char kHook[] = "services/s/incoming_webhooks/w/config.json";

// The application's secrets: `current`, `next`, `key`, of which the last is no public key.
constexpr char kService[] = R"({"name": "s", "type": "%", "secret_config": {"a": "current", "b": "next", "c": "key"}})";
constexpr char kSecrets[] = R"({"services": {"s": {"a": "hush-current", "b": "hush-next", "c": "hush-key"}}})";

std::string ServiceOf(const std::string& type) {
  std::string text = kService;
  return text.replace(text.find('%'), 1, type);
}

Files HookApp(const std::string& webhook, const std::string& type = "http") {
  return {{"stitch.json", R"({"app_id": "app-abcde", "name": "app"})"},
          {"services/s/config.json", ServiceOf(type)},
          {"secrets.json", kSecrets},
          {kHook, webhook},
          {"services/s/incoming_webhooks/w/source.js", "exports = 1;"}};
}

Files EndpointApp(const std::string& endpoint) {
  return {{"realm_config.json", R"({"app_id": "app-abcde", "config_version": 20210101, "name": "app"})"},
          {"services/s/config.json", ServiceOf("aws")},
          {"secrets.json", kSecrets},
          {"http_endpoints/config.json", absl::StrCat("[", endpoint, "]")},
          {"functions/config.json", R"([{"name": "f"}])"},
          {"functions/f.js", "exports = 1;"}};
}

ParsedApp Parse(const Files& files) {
  v1::ImportAppRequest request;
  for (const auto& [path, content] : files) {
    auto& file = *request.add_files();
    file.set_path(path);
    file.set_content(content);
  }
  absl::StatusOr<ParsedApp> parsed = ParseApp(request, {nullptr, &validation::CheckSettings});
  EXPECT_THAT(parsed, IsOk());
  return parsed.ok() ? *std::move(parsed) : ParsedApp();
}

std::vector<std::string> Lines(const ParsedApp& parsed) {
  std::vector<std::string> lines;
  for (const auto& problem : parsed.problems) {
    lines.push_back(absl::StrCat(problem.severity() == v1::ImportProblem::SEVERITY_ERROR ? "error " : "warning ",
                                 problem.file(), ": ", problem.field(), ": ", problem.message()));
  }
  return lines;
}

std::string Hook(const std::string& options) {
  return absl::StrCat(R"({"name": "w", "respond_result": true, "options": {"httpMethod": "POST", )", options, "}}");
}

// With a method of each kind, and these settings.
ParsedApp ParseHook(const std::string& method, const std::string& settings, const std::string& secret = "hush") {
  return Parse(HookApp(Hook(
      absl::StrCat(R"("validationMethod": ")", method, R"(", "secret": ")", secret, R"(", "overlock": )", settings))));
}

std::string Endpoint(const std::string& fields) {
  return absl::StrCat(R"({"route": "/r", "http_method": "POST", "function_name": "f", )", fields, "}");
}

const v1::Webhook& OnlyWebhook(const ParsedApp& parsed) { return parsed.application.services(0).webhooks(0); }

constexpr char kEverySetting[] = R"({
  "secrets": [{"name": "next"}, {"name": "current", "expiresAt": "2026-12-01T00:00:00.5Z"}],
  "toleranceSeconds": 120,
  "observeOnly": true,
  "allowedAddresses": ["192.0.2.7", "10.0.0.0/8", "2001:db8::/32"],
  "publicUrl": "https://hooks.example.com/shop",
  "deduplicateForSeconds": 3600,
  "deliveryIdHeader": "X-Shop-Id",
  "signature": {"header": "X-Shop-Signature", "prefix": "v2=", "algorithm": "SHA512", "encoding": "BASE64",
                "template": "{timestamp}.{id}.{body}", "timestampHeader": "X-Shop-Time", "idHeader": "X-Shop-Delivery",
                "secretEncoding": "HEX"}})";
constexpr char kAsMessage[] = R"(
  secrets { name: "next" }
  secrets { name: "current" expires_at { seconds: 1796083200 nanos: 500000000 } }
  tolerance { seconds: 120 }
  observe_only: true
  allowed_addresses: ["192.0.2.7", "10.0.0.0/8", "2001:db8::/32"]
  public_url: "https://hooks.example.com/shop"
  deduplicate_for { seconds: 3600 }
  delivery_id_header: "X-Shop-Id"
  signature {
    header: "X-Shop-Signature" prefix: "v2=" algorithm: ALGORITHM_SHA512 encoding: ENCODING_BASE64
    template: "{timestamp}.{id}.{body}" timestamp_header: "X-Shop-Time" id_header: "X-Shop-Delivery"
    secret_encoding: ENCODING_HEX
  })";

TEST(ValidationSettingsParserTest, ReadsEverySettingOfWebhooksAndEndpoints) {
  v1::ValidationSettings wanted;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(kAsMessage, &wanted));
  const google::protobuf::Descriptor& fields = *v1::ValidationSettings::descriptor();
  for (int i = 0; i < fields.field_count(); ++i) {
    ASSERT_TRUE(fields.field(i)->is_repeated() ? wanted.GetReflection()->FieldSize(wanted, fields.field(i)) > 0
                                               : wanted.GetReflection()->HasField(wanted, fields.field(i)))
        << "a field that this test forgets: " << fields.field(i)->name();
  }
  ParsedApp hook = ParseHook("GENERIC_HMAC", kEverySetting, "00ff");
  EXPECT_FALSE(hook.has_errors) << absl::StrJoin(Lines(hook), "\n");
  EXPECT_EQ(OnlyWebhook(hook).validation_method(), v1::VALIDATION_METHOD_GENERIC_HMAC);
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(OnlyWebhook(hook).validation(), wanted))
      << OnlyWebhook(hook).validation().DebugString();
  ParsedApp endpoint = Parse(EndpointApp(Endpoint(
      absl::StrCat(R"("validation_method": "GENERIC_HMAC", "secret_name": "current", "overlock": )", kEverySetting))));
  EXPECT_FALSE(endpoint.has_errors) << absl::StrJoin(Lines(endpoint), "\n");
  EXPECT_EQ(endpoint.application.endpoints(0).validation_method(), v1::VALIDATION_METHOD_GENERIC_HMAC);
  EXPECT_TRUE(
      google::protobuf::util::MessageDifferencer::Equals(endpoint.application.endpoints(0).validation(), wanted));
}

TEST(ValidationSettingsParserTest, KnowsWhereThereAreNoSettings) {
  ParsedApp parsed = Parse(HookApp(Hook(R"("validationMethod": "NO_VALIDATION", "overlock": null)")));
  EXPECT_THAT(Lines(parsed), IsEmpty());
  EXPECT_FALSE(OnlyWebhook(parsed).has_validation());
}

struct FieldCase {
  const char* settings;
  // What follows `options.overlock` in an error.
  const char* wanted;
};

const FieldCase kFieldCases[] = {
    {"7", ": must be an object, not the number 7"},
    {R"({"secret": "hush"})",
     ".secret: is not known here; allowed: allowedAddresses, deduplicateForSeconds, deliveryIdHeader, observeOnly, "
     "publicUrl, secrets, signature, toleranceSeconds"},
    {R"({"tolerance_seconds": 5})", ".tolerance_seconds: is not known here; allowed: "},
    {R"({"observeOnly": true, "observeOnly": true})", ".observeOnly: stands here twice"},
    {R"({"secrets": {}})", ".secrets: must be an array, not an object"},
    {R"({"secrets": ["hush"]})",
     ".secrets[0]: must be an object with `name`, a secret of the application, not a string"},
    {R"({"secrets": [{}]})", ".secrets[0].name: is required"},
    {R"({"secrets": [{"name": ""}]})", ".secrets[0].name: must not be empty"},
    {R"({"secrets": [{"name": 7}]})", ".secrets[0].name: must be a string, not the number 7"},
    {R"({"secrets": [{"name": "next"}, {"name": "next"}]})", ".secrets[1].name: names the same secret"},
    {R"({"secrets": [{"name": "next", "value": "hush"}]})",
     ".secrets[0].value: is not known here; allowed: expiresAt, name"},
    {R"({"secrets": [{"name": "next", "expiresAt": 1796083200}]})", ".secrets[0].expiresAt: must be a string"},
    {R"({"secrets": [{"name": "next", "expiresAt": "soon"}]})",
     ".secrets[0].expiresAt: must be a time as in RFC 3339: 2026-12-01T00:00:00Z"},
    {R"({"secrets": [{"name": "next", "expiresAt": "2026-12-01"}]})", ".secrets[0].expiresAt: must be a time"},
    {R"({"secrets": [{"name": "next", "expiresAt": "infinite-future"}]})", ".secrets[0].expiresAt: must be a time"},
    {R"({"secrets": [{"name": "next", "expiresAt": "10000-01-01T00:00:00Z"}]})",
     ".secrets[0].expiresAt: must be a time"},
    {R"({"secrets": [{"name":"a"},{"name":"b"},{"name":"c"},{"name":"d"},{"name":"e"},{"name":"f"},{"name":"g"},
                     {"name":"h"},{"name":"i"}]})",
     ".secrets: has 9 entries; at most 8"},
    {R"({"toleranceSeconds": "5"})", ".toleranceSeconds: must be a number, not a string"},
    {R"({"toleranceSeconds": 0})", ".toleranceSeconds: must be a whole number from 1 to 86400, not 0"},
    {R"({"toleranceSeconds": 86401})", ".toleranceSeconds: must be a whole number from 1 to 86400, not 86401"},
    {R"({"toleranceSeconds": 1.5})", ".toleranceSeconds: must be a whole number from 1 to 86400, not 1.5"},
    {R"({"observeOnly": 1})", ".observeOnly: must be true or false"},
    {R"({"allowedAddresses": "10.0.0.1"})", ".allowedAddresses: must be an array, not a string"},
    {R"({"allowedAddresses": []})", ".allowedAddresses: must not be empty; leave it out to allow all"},
    {R"({"allowedAddresses": [7]})", ".allowedAddresses[0]: must be a string, not the number 7"},
    {R"({"allowedAddresses": ["10.0.0.1", "10.0.0.1/8"]})", ".allowedAddresses[1]: '10.0.0.1/8' is not an address"},
    {R"({"allowedAddresses": ["example.com"]})", ".allowedAddresses[0]: 'example.com' is not an address"},
    {R"({"publicUrl": 7})", ".publicUrl: must be a string"},
    {R"({"publicUrl": "hooks.example.com"})",
     ".publicUrl: must be a URL as the sender was told it, http:// or https://"},
    {R"({"publicUrl": "https://"})", ".publicUrl: must be a URL"},
    {R"({"publicUrl": "https:///path"})", ".publicUrl: must be a URL"},
    {R"({"publicUrl": "https://a.b/?x=1"})", ".publicUrl: must be a URL"},
    {R"({"publicUrl": "https://a.b/#x"})", ".publicUrl: must be a URL"},
    {R"({"publicUrl": "https://a b/"})", ".publicUrl: must be a URL"},
    {R"({"deduplicateForSeconds": true})", ".deduplicateForSeconds: must be a number"},
    {R"({"deduplicateForSeconds": 0})", ".deduplicateForSeconds: must be a whole number from 1 to 604800, not 0"},
    {R"({"deduplicateForSeconds": 604801})", ".deduplicateForSeconds: must be a whole number from 1 to 604800"},
    {R"({"deliveryIdHeader": ["X-Id"]})", ".deliveryIdHeader: must be a string, not an array"},
    {R"({"deliveryIdHeader": "X Id"})", ".deliveryIdHeader: not a header's name of at most 128 characters"},
    {R"({})", ".signature.header: the header that holds the signature is needed"},
    {R"({"signature": "X-Signature"})", ".signature: must be an object, not a string"},
    {R"({"signature": {}})", ".signature.header: is required"},
    {R"({"signature": {"header": 7}})", ".signature.header: must be a string"},
    {R"({"signature": {"header": "X:Y"}})", ".signature.header: not a header's name"},
    {R"({"signature": {"header": "X", "prefix": 7}})", ".signature.prefix: must be a string"},
    {R"({"signature": {"header": "X", "algorithm": "MD5"}})",
     ".signature.algorithm: 'MD5' is not allowed; allowed: SHA1, SHA256, SHA384, SHA512"},
    {R"({"signature": {"header": "X", "algorithm": 256}})", ".signature.algorithm: must be a string"},
    {R"({"signature": {"header": "X", "encoding": "hex"}})",
     ".signature.encoding: 'hex' is not allowed; allowed: HEX, BASE64, BASE64URL"},
    {R"({"signature": {"header": "X", "secretEncoding": "BASE32"}})",
     ".signature.secretEncoding: 'BASE32' is not allowed; allowed: HEX, BASE64, BASE64URL"},
    {R"({"signature": {"header": "X", "template": 7}})", ".signature.template: must be a string"},
    {R"({"signature": {"header": "X", "template": "{boddy}"}})",
     ".signature.template: `{boddy}`: only {body}, {timestamp}, {id} and {url} can stand in braces"},
    {R"({"signature": {"header": "X", "template": "{url}"}})", ".signature.template: needs {body}"},
    {R"({"signature": {"header": "X", "template": "{timestamp}{body}"}})",
     ".signature.timestampHeader: needed for {timestamp}"},
    {R"({"signature": {"header": "X", "template": "{id}{body}"}})", ".signature.idHeader: needed for {id}"},
    {R"({"signature": {"header": "X", "timestampHeader": false}})", ".signature.timestampHeader: must be a string"},
    {R"({"signature": {"header": "X", "timestampHeader": "a b"}})", ".signature.timestampHeader: not a header's name"},
    {R"({"signature": {"header": "X", "idHeader": 1}})", ".signature.idHeader: must be a string"},
    {R"({"signature": {"header": "X", "timestamp_header": "Y"}})",
     ".signature.timestamp_header: is not known here; allowed: algorithm, encoding, header, idHeader, prefix, "
     "secretEncoding, template, timestampHeader"},
    {R"({"signature": {"header": "X"}, "deduplicateForSeconds": 5})",
     ".deduplicateForSeconds: needs deliveryIdHeader beside it: with GENERIC_HMAC a delivery has no id of its own"},
};

TEST(ValidationSettingsParserTest, NamesFileAndFieldOfEveryError) {
  for (const FieldCase& c : kFieldCases) {
    ParsedApp hook = ParseHook("GENERIC_HMAC", c.settings);
    EXPECT_TRUE(hook.has_errors) << c.settings;
    EXPECT_THAT(Lines(hook), Contains(HasSubstr(absl::StrCat("error ", kHook, ": options.overlock", c.wanted))))
        << c.settings << "\n"
        << absl::StrJoin(Lines(hook), "\n");
    ParsedApp endpoint = Parse(EndpointApp(Endpoint(
        absl::StrCat(R"("validation_method": "GENERIC_HMAC", "secret_name": "current", "overlock": )", c.settings))));
    EXPECT_TRUE(endpoint.has_errors) << c.settings;
    EXPECT_THAT(Lines(endpoint),
                Contains(HasSubstr(absl::StrCat("error http_endpoints/config.json: [0].overlock", c.wanted))))
        << c.settings << "\n"
        << absl::StrJoin(Lines(endpoint), "\n");
    for (const std::string& line : Lines(hook)) EXPECT_THAT(line, Not(HasSubstr("hush"))) << c.settings;
  }
}

TEST(ValidationSettingsParserTest, ReadsEveryMethod) {
  for (std::string_view name : ValidationMethodNames()) {
    // Public keys, base64 and so on are the schemes' tests'.
    ParsedApp parsed = Parse(HookApp(
        Hook(absl::StrCat(R"("validationMethod": ")", name, R"(", "overlock": {"secrets": [{"name": "current"}])",
                          name == "GENERIC_HMAC" ? R"(, "signature": {"header": "X"})" : "", "}"))));
    EXPECT_FALSE(parsed.has_errors) << name << "\n" << absl::StrJoin(Lines(parsed), "\n");
    EXPECT_EQ(OnlyWebhook(parsed).validation_method(), ValidationMethodOf(name)) << name;
    EXPECT_NE(ValidationMethodOf(name), v1::VALIDATION_METHOD_UNSPECIFIED) << name;
  }
  EXPECT_EQ(ValidationMethodNames().size(), v1::ValidationMethod_ARRAYSIZE) << "all but UNSPECIFIED, and SVIX";
  EXPECT_EQ(ValidationMethodOf("SVIX"), v1::VALIDATION_METHOD_STANDARD_WEBHOOKS);
  EXPECT_EQ(ValidationMethodOf("UNSPECIFIED"), v1::VALIDATION_METHOD_UNSPECIFIED);
  EXPECT_EQ(ValidationMethodOf("github"), v1::VALIDATION_METHOD_UNSPECIFIED);
}

TEST(ValidationSettingsParserTest, RefusesAnUnknownMethodAndSaysWhatThereIs) {
  const std::string allowed =
      "is not allowed; allowed: NO_VALIDATION, VERIFY_PAYLOAD, SECRET_AS_QUERY_PARAM, GITHUB, GITLAB, BITBUCKET, "
      "STRIPE, SLACK, SHOPIFY, TWILIO, STANDARD_WEBHOOKS, SQUARE, SENDGRID, DISCORD, ZOOM, LINEAR, PADDLE, PAYPAL, "
      "HOOKDECK, GENERIC_HMAC, SVIX";
  for (const char* name : {"stripe", "MAYBE", "UNSPECIFIED", ""}) {
    EXPECT_THAT(Lines(Parse(HookApp(Hook(absl::StrCat(R"("secret": "x", "validationMethod": ")", name, "\""))))),
                Contains(absl::StrCat("error ", kHook, ": options.validationMethod: '", name, "' ", allowed)));
    EXPECT_THAT(
        Lines(Parse(EndpointApp(Endpoint(absl::StrCat(R"("validation_method": ")", name, "\""))))),
        Contains(absl::StrCat("error http_endpoints/config.json: [0].validation_method: '", name, "' ", allowed)));
  }
}

TEST(ValidationSettingsParserTest, AsksForASecretOfOneKindOrTheOther) {
  EXPECT_THAT(Lines(Parse(HookApp(Hook(R"("validationMethod": "STRIPE")")))),
              ElementsAre(HasSubstr("options.secret: is required")));
  EXPECT_THAT(Lines(Parse(EndpointApp(Endpoint(R"("validation_method": "STRIPE")")))),
              ElementsAre(HasSubstr("[0].secret_name: is required")));
  EXPECT_THAT(Lines(Parse(EndpointApp(
                  Endpoint(R"("validation_method": "STRIPE", "overlock": {"secrets": [{"name": "next"}]})")))),
              IsEmpty());
  ParsedApp without_method = Parse(HookApp(Hook(R"("overlock": {"secrets": [{"name": "next"}]})")));
  EXPECT_THAT(Lines(without_method), ElementsAre(HasSubstr("VERIFY_PAYLOAD is assumed")));
  EXPECT_EQ(OnlyWebhook(without_method).validation_method(), v1::VALIDATION_METHOD_VERIFY_PAYLOAD);
}

TEST(ValidationSettingsParserTest, SaysWhichSecretsMatchNothing) {
  // In a file: the owner can mend it there. Kept by the server: it may be set later.
  EXPECT_THAT(
      Lines(ParseHook("DISCORD", "{}", "hush")),
      ElementsAre(HasSubstr("error " + std::string(kHook) + ": options.secret: must be an Ed25519 public key")));
  EXPECT_THAT(Lines(Parse(HookApp(Hook(
                  R"("validationMethod": "DISCORD", "overlock": {"secrets": [{"name": "key"}, {"name": "gone"}]})")))),
              ElementsAre(HasSubstr("warning " + std::string(kHook) +
                                    ": options.overlock.secrets[0].name: no request matches it: the secret 'key' must "
                                    "be an Ed25519 public key"),
                          HasSubstr("options.overlock.secrets[1].name: no request matches it until the secret 'gone' "
                                    "is set")));
  EXPECT_THAT(Lines(Parse(EndpointApp(Endpoint(R"("validation_method": "DISCORD", "secret_name": "key")")))),
              ElementsAre(HasSubstr("warning http_endpoints/config.json: [0].secret_name: no request matches it: the "
                                    "secret must be an Ed25519 public key")));
  EXPECT_THAT(Lines(ParseHook("GENERIC_HMAC", R"({"signature": {"header": "X", "secretEncoding": "HEX"}})")),
              ElementsAre(HasSubstr("options.secret: is not written as `signature.secretEncoding` says")));
}

TEST(ValidationSettingsParserTest, TakesASignatureOnlyWithTheMethodThatHasOne) {
  EXPECT_THAT(Lines(ParseHook("STRIPE", R"({"signature": {"header": "X"}})")),
              ElementsAre(HasSubstr("options.overlock.signature: only GENERIC_HMAC has one")));
}

// What the parser says of ids is what validation's table has.
TEST(ValidationSettingsParserTest, KnowsWhoseDeliveriesHaveIds) {
  for (int value = 1; value < v1::ValidationMethod_ARRAYSIZE; ++value) {
    const auto method = static_cast<v1::ValidationMethod>(value);
    if (method == v1::VALIDATION_METHOD_GENERIC_HMAC) continue;
    bool has_id = false;
    for (const validation::Preset& preset : validation::PresetsFor(method)) {
      has_id |= !preset.delivery_id_header.empty() || !preset.delivery_id_member.empty() || !preset.id_header.empty();
    }
    const std::string hook =
        absl::StrCat(R"("validationMethod": ")", ValidationMethodName(method),
                     R"(", "overlock": {"deduplicateForSeconds": 60, "secrets": [{"name": "next"}])");
    EXPECT_EQ(Parse(HookApp(Hook(hook + "}"))).has_errors, !has_id) << ValidationMethodName(method);
    EXPECT_FALSE(Parse(HookApp(Hook(hook + R"(, "deliveryIdHeader": "X-Id"})"))).has_errors);
  }
}

TEST(ValidationSettingsParserTest, TellsWhatGitHubAndTwilioServicesDoWithoutASecret) {
  const std::string hook = R"({"name": "w", "respond_result": false, "options": {%}})";
  auto lines = [&](const char* type, const char* options) {
    std::string text = hook;
    return Lines(Parse(HookApp(text.replace(text.find('%'), 1, options), type)));
  };
  constexpr char kRotated[] = R"("overlock": {"secrets": [{"name": "next"}]})";
  EXPECT_THAT(lines("github", ""), ElementsAre(HasSubstr("options.secret: is missing: requests are accepted")));
  EXPECT_THAT(lines("github", kRotated), IsEmpty());
  EXPECT_THAT(lines("twilio", ""), ElementsAre(HasSubstr("the auth_token of service 's' is not set")));
  EXPECT_THAT(lines("twilio", kRotated), IsEmpty());
  EXPECT_THAT(lines("twilio", R"("overlock": {"toleranceSeconds": 0}, "validationMethod": "STRIPE")"),
              Contains(HasSubstr("options.overlock.toleranceSeconds: must be a whole number")));
}

// Each block of JSON on the page is a webhook's config.json or an endpoint.
TEST(ValidationSettingsParserTest, ImportsEveryExampleOfItsPage) {
  const char* source_dir = std::getenv("OVERLOCK_SOURCE_DIR");
  ASSERT_NE(source_dir, nullptr) << "run by ctest, or set it to the checkout";
  std::ifstream stream(absl::StrCat(source_dir, "/docs/validation.md"));
  const std::string page(std::istreambuf_iterator<char>(stream), {});
  constexpr std::string_view kBegin = "```json\n";
  int examples = 0;
  for (size_t at = page.find(kBegin); at != std::string::npos; at = page.find(kBegin, at + 1)) {
    const size_t begin = at + kBegin.size();
    const std::string example = page.substr(begin, page.find("```", begin) - begin);
    const bool is_endpoint = example.find("\"route\"") != std::string::npos;
    ParsedApp parsed = Parse(is_endpoint ? EndpointApp(example) : HookApp(example));
    EXPECT_FALSE(parsed.has_errors) << example << absl::StrJoin(Lines(parsed), "\n");
    EXPECT_TRUE(is_endpoint ? parsed.application.endpoints(0).has_validation() : OnlyWebhook(parsed).has_validation())
        << example;
    ++examples;
  }
  EXPECT_GE(examples, 4);
}

}  // namespace
}  // namespace overlock::config
