// What is peculiar to a sender and in no vector.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/crypto/hmac.h"
#include "gtest/gtest.h"
#include "services/validation/schemes/make_scheme.h"

namespace overlock::validation {
namespace {

using Response = v1::ValidateResponse;
using Headers = std::vector<std::pair<std::string, std::string>>;

constexpr Refusal kValid = Response::REFUSAL_UNSPECIFIED;
constexpr Refusal kMismatch = Response::REFUSAL_SIGNATURE_MISMATCH;
constexpr Refusal kMalformed = Response::REFUSAL_SIGNATURE_MALFORMED;
constexpr int64_t kNow = 1700000000;
constexpr char kSecret[] = "a-secret-of-ours";

config::v1::ValidationView::Webhook Hook(config::v1::ValidationMethod method, const std::string& secret = kSecret) {
  config::v1::ValidationView::Webhook hook;
  hook.set_service_type(type::v1::SERVICE_TYPE_HTTP);
  hook.set_method(method);
  hook.set_secret(secret);
  return hook;
}

Outcome Check(const config::v1::ValidationView::Webhook& hook, const Headers& headers, const std::string& body,
              const std::string& url = "", const std::string& query = "") {
  type::v1::HttpRequest request;
  request.set_raw_query_string(query);
  for (const auto& [name, value] : headers) {
    type::v1::Header* header = request.add_headers();
    header->set_name(name);
    header->set_value(value);
  }
  return MakeScheme(hook)->Check({request, body, absl::FromUnixSeconds(kNow), url});
}

std::string Hex(std::string_view message) { return absl::BytesToHexString(crypto::HmacSha256(kSecret, message)); }

// ---- Twilio

constexpr char kUrl[] = "https://example.com/in";
const std::pair<std::string, std::string> kForm = {"Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"};

Refusal CheckTwilio(const std::string& signed_text, const std::pair<std::string, std::string>& type,
                    const std::string& body, const std::string& url = kUrl, const std::string& query = "") {
  std::string signature = absl::Base64Escape(crypto::HmacSha1(kSecret, signed_text));
  return Check(Hook(config::v1::VALIDATION_METHOD_TWILIO), {{"X-Twilio-Signature", signature}, type}, body, url, query)
      .refusal;
}

TEST(TwilioTest, SignsFieldsInTheOrderOfTheirNames) {
  EXPECT_EQ(CheckTwilio(absl::StrCat(kUrl, "A", "1", "B", "b c", "Empty", ""), kForm, "B=b+c&A=%31&Empty="), kValid);
  EXPECT_EQ(CheckTwilio(absl::StrCat(kUrl, "B", "2", "A", "1"), kForm, "B=2&A=1"), kMismatch);
}

TEST(TwilioTest, RefusesABodyThatIsNotCovered) {
  const std::pair<std::string, std::string> json = {"Content-Type", "application/json"};
  EXPECT_EQ(CheckTwilio(kUrl, json, ""), kValid);
  EXPECT_EQ(CheckTwilio(kUrl, json, "{}"), kMismatch);
  EXPECT_EQ(CheckTwilio(kUrl, {"X-Other", ""}, "{}"), kMismatch);
  EXPECT_EQ(CheckTwilio(absl::StrCat(kUrl, "A", "1"), json, "A=1"), kMismatch);
  std::string query = "bodySHA256=" + absl::BytesToHexString(crypto::Sha256("{}"));
  EXPECT_EQ(CheckTwilio(absl::StrCat(kUrl, "?", query), json, "{}", kUrl, query), kValid);
  for (const char* body : {"{ }", "", "&", "="}) {
    EXPECT_EQ(CheckTwilio(absl::StrCat(kUrl, "?", query), json, body, kUrl, query), kMismatch) << body;
    EXPECT_EQ(CheckTwilio(absl::StrCat(kUrl, "?", query), kForm, body, kUrl, query), kMismatch) << body;
  }
  EXPECT_EQ(CheckTwilio(kUrl, kForm, ""), kValid);
  EXPECT_EQ(CheckTwilio(kUrl, kForm, "&"), kMismatch);
  for (const char* bad : {"bodySHA256=", "bodySHA256", "bodySHA256=xyz", "bodysha256=00"}) {
    EXPECT_EQ(CheckTwilio(absl::StrCat(kUrl, "?", bad), json, "{}", kUrl, bad), kMismatch) << bad;
  }
}

TEST(TwilioTest, TakesTheUrlWithItsPortOrWithout) {
  auto check = [](const std::string& configured, const std::string& signed_url) {
    return CheckTwilio(signed_url, {"X-Other", ""}, "", configured);
  };
  EXPECT_EQ(check("https://a.example:8443/x", "https://a.example/x"), kValid);
  EXPECT_EQ(check("https://a.example/x", "https://a.example:443/x"), kValid);
  EXPECT_EQ(check("http://a.example", "http://a.example:80"), kValid);
  EXPECT_EQ(check("https://[2001:db8::1]/x", "https://[2001:db8::1]:443/x"), kValid);
  EXPECT_EQ(check("https://[2001:db8::1]:444/x", "https://[2001:db8::1]/x"), kValid);
  EXPECT_EQ(check("https://u:p@a.example/x", "https://u:p@a.example:443/x"), kValid);
  EXPECT_EQ(check("https://a.example/x:80", "https://a.example:443/x:80"), kValid);
  EXPECT_EQ(check("https://a.example/x", "https://a.example:8443/x"), kMismatch);
  EXPECT_EQ(check("https://a.example/x", "http://a.example/x"), kMismatch);
  EXPECT_EQ(check("no url", "no url"), kValid);
}

TEST(TwilioTest, LimitsTheFieldsOfAForm) {
  std::vector<std::string> pairs(1000, "A=1");
  EXPECT_EQ(CheckTwilio(absl::StrCat(kUrl, "A1"), kForm, absl::StrJoin(pairs, "&")), kValid);
  pairs.push_back("A=1");
  EXPECT_EQ(CheckTwilio(absl::StrCat(kUrl, "A1"), kForm, absl::StrJoin(pairs, "&")), kMismatch);
}

TEST(TwilioTest, ChecksNothingWhereConfigSaysSo) {
  config::v1::ValidationView::Webhook hook = Hook(config::v1::VALIDATION_METHOD_NO_VALIDATION, "");
  hook.set_service_type(type::v1::SERVICE_TYPE_TWILIO);
  EXPECT_EQ(Check(hook, {}, "A=1").refusal, kValid);
  EXPECT_EQ(MakeScheme(hook)->name(), "none");
  hook.set_method(config::v1::VALIDATION_METHOD_TWILIO);
  EXPECT_EQ(Check(hook, {}, "A=1").refusal, Response::REFUSAL_NO_SECRET_CONFIGURED);
  hook.set_secret(kSecret);
  EXPECT_EQ(Check(hook, {}, "A=1").refusal, Response::REFUSAL_SIGNATURE_MISSING);
  EXPECT_EQ(MakeScheme(hook)->name(), "twilio");
}

// ---- Linear: the time is in the body

Outcome CheckLinear(const std::string& body, const Headers& more = {}) {
  Headers headers = {{"Linear-Signature", Hex(body)}};
  headers.insert(headers.end(), more.begin(), more.end());
  return Check(Hook(config::v1::VALIDATION_METHOD_LINEAR), headers, body);
}

TEST(LinearTest, TakesTheTimeFromTheBodyWhateverTheHeaderSays) {
  auto at = [](int64_t seconds) { return absl::StrCat(R"({"webhookTimestamp":)", seconds * 1000, "}"); };
  EXPECT_EQ(CheckLinear(at(kNow)).refusal, kValid);
  EXPECT_EQ(CheckLinear(at(kNow), {{"Linear-Timestamp", "1"}}).refusal, kValid);
  EXPECT_EQ(CheckLinear(at(kNow - 61), {{"Linear-Timestamp", absl::StrCat(kNow * 1000)}}).refusal,
            Response::REFUSAL_TIMESTAMP_TOO_OLD);
  EXPECT_EQ(CheckLinear(at(kNow + 61)).refusal, Response::REFUSAL_TIMESTAMP_IN_FUTURE);
}

TEST(LinearTest, RefusesABodyWithoutAReadableTime) {
  EXPECT_EQ(CheckLinear("{}").refusal, Response::REFUSAL_TIMESTAMP_MISSING);
  EXPECT_EQ(CheckLinear("no JSON").refusal, Response::REFUSAL_TIMESTAMP_MISSING);
  for (const char* time : {"-1", "\"1700000000000\"", "1.7e12", "null", "99999999999999999999", "1e400", "true"}) {
    std::string body = absl::StrCat(R"({"webhookTimestamp":)", time, "}");
    EXPECT_NE(CheckLinear(body).refusal, kValid) << time;
    EXPECT_NE(CheckLinear(body).refusal, kMismatch) << time;
  }
}

// ---- Headers with several signatures

TEST(FieldsTest, IgnoresWhatItDoesNotKnowAndLimitsTheRest) {
  std::string right = absl::StrCat("v1=", Hex(absl::StrCat(kNow, ".{}")));
  auto check = [](const std::string& header) {
    return Check(Hook(config::v1::VALIDATION_METHOD_STRIPE), {{"Stripe-Signature", header}}, "{}").refusal;
  };
  std::string time = absl::StrCat("t=", kNow);
  EXPECT_EQ(check(absl::StrCat(time, ",", right)), kValid);
  EXPECT_EQ(check(absl::StrCat(right, ",", time)), kValid);
  EXPECT_EQ(check(absl::StrCat(time, ",v0=zz,v2=,x=y=z,", right)), kValid);
  EXPECT_EQ(check(absl::StrCat(time, ",v1=00,", right)), kValid);
  for (const std::string& other :
       {time, absl::StrCat(time, ","), absl::StrCat(time, ",v1=00"), absl::StrCat(time, ",v0", right.substr(2)),
        absl::StrCat(time, ",,", right), absl::StrCat(time, ";", right), absl::StrCat(time, ", ", right),
        absl::StrCat(time, ",", right, std::string(4096, 'x')),
        absl::StrCat(time, absl::StrJoin(std::vector<std::string>(9, right), ",")),
        absl::StrCat(time, ",", absl::StrJoin(std::vector<std::string>(9, right), ",")),
        absl::StrCat(time, ",", absl::StrJoin(std::vector<std::string>(40, "v0=1"), ","), ",", right)}) {
    EXPECT_NE(check(other), kValid) << other.substr(0, 100);
    EXPECT_NE(check(other), kMismatch) << other.substr(0, 100);
  }
}

TEST(ListTest, RefusesAnIdThatMovesTheBordersOfWhatIsSigned) {
  std::string message = absl::StrCat("a.", kNow, ".", kNow, ".{}");
  std::string signature = absl::Base64Escape(crypto::HmacSha256("key", message));
  auto check = [&](const std::string& id, const std::string& body) {
    return Check(Hook(config::v1::VALIDATION_METHOD_STANDARD_WEBHOOKS, "whsec_a2V5"),
                 {{"webhook-signature", "v1," + signature},
                  {"webhook-timestamp", absl::StrCat(kNow)},
                  {"webhook-id", id}},
                 body)
        .refusal;
  };
  EXPECT_EQ(check("a", absl::StrCat(kNow, ".{}")), kValid);
  EXPECT_EQ(check(absl::StrCat("a.", kNow), "{}"), Response::REFUSAL_DELIVERY_ID_MISSING);
}

TEST(GitlabTest, LetsTheSignatureDecideAloneWhereThereIsOne) {
  auto hook = Hook(config::v1::VALIDATION_METHOD_GITLAB);
  EXPECT_EQ(Check(hook, {{"X-Gitlab-Token", kSecret}}, "{}").refusal, kValid);
  EXPECT_EQ(Check(hook, {{"X-Gitlab-Token", std::string(kSecret) + "x"}}, "{}").refusal, kMismatch);
  EXPECT_EQ(Check(hook, {{"X-Gitlab-Token", kSecret}, {"webhook-signature", ""}}, "{}").refusal,
            Response::REFUSAL_MISCONFIGURED);
  EXPECT_EQ(Check(hook, {}, "{}").refusal, Response::REFUSAL_SIGNATURE_MISSING);
}

// ---- GENERIC_HMAC and settings

TEST(GenericTest, RefusesEverythingWhereItsSettingsDoNotFit) {
  for (const char* bad : {"{body", "{time}{body}", "{url}", "{timestamp}{body}", "{id}{body}"}) {
    auto hook = Hook(config::v1::VALIDATION_METHOD_GENERIC_HMAC);
    hook.mutable_settings()->mutable_signature()->set_header("X-Signature");
    hook.mutable_settings()->mutable_signature()->set_template_(bad);
    EXPECT_EQ(Check(hook, {{"X-Signature", Hex("{}")}}, "{}").refusal, Response::REFUSAL_MISCONFIGURED) << bad;
  }
  EXPECT_EQ(Check(Hook(config::v1::VALIDATION_METHOD_GENERIC_HMAC), {}, "{}").refusal, Response::REFUSAL_MISCONFIGURED);
}

TEST(SettingsTest, NamesTheHeaderOfTheDeliverysId) {
  for (auto [method, header] : {std::pair(config::v1::VALIDATION_METHOD_VERIFY_PAYLOAD, "X-Hook-Signature"),
                                std::pair(config::v1::VALIDATION_METHOD_GITHUB, "X-Hub-Signature-256")}) {
    auto hook = Hook(method);
    hook.mutable_settings()->set_delivery_id_header("X-My-Id");
    Headers headers = {{header, "sha256=" + Hex("{}")}, {"X-My-Id", "7"}, {"X-GitHub-Delivery", "8"}};
    EXPECT_EQ(Check(hook, headers, "{}").delivery_id, "7");
    headers.push_back({"X-My-Id", "9"});
    EXPECT_EQ(Check(hook, headers, "{}").delivery_id, "");
    headers[0].second += "00";
    EXPECT_EQ(Check(hook, headers, "{}").delivery_id, "");
    EXPECT_EQ(Check(hook, headers, "{}").refusal, kMalformed);
  }
}

TEST(SettingsTest, ReportsWhichSecretMatched) {
  auto hook = Hook(config::v1::VALIDATION_METHOD_SECRET_AS_QUERY_PARAM, "first");
  hook.mutable_settings()->add_secrets()->set_value("");
  hook.mutable_settings()->add_secrets()->set_value("third");
  auto* expired = hook.mutable_settings()->add_secrets();
  expired->set_value("fourth");
  expired->mutable_expires_at()->set_seconds(kNow);
  EXPECT_EQ(Check(hook, {}, "", "", "secret=first").secret, 0);
  EXPECT_EQ(Check(hook, {}, "", "", "secret=third").secret, 2);
  EXPECT_EQ(Check(hook, {}, "", "", "secret=").refusal, Response::REFUSAL_SECRET_MISMATCH);
  EXPECT_EQ(Check(hook, {}, "", "", "secret=fourth").refusal, Response::REFUSAL_SECRET_MISMATCH);
  EXPECT_EQ(Check(hook, {}, "", "", "secret=other").secret, -1);
}

TEST(MakeSchemeTest, GivesEveryMethodASchemeWithANameOfItsOwn) {
  std::vector<std::string_view> names = SchemeNames();
  for (int i = config::v1::VALIDATION_METHOD_NO_VALIDATION; i < config::v1::ValidationMethod_ARRAYSIZE; ++i) {
    auto scheme = MakeScheme(Hook(static_cast<config::v1::ValidationMethod>(i)));
    EXPECT_NE(scheme->name(), "unknown") << i;
    EXPECT_EQ(std::count(names.begin(), names.end(), scheme->name()), 1) << scheme->name();
    config::v1::ValidationView::Endpoint endpoint;
    endpoint.set_method(static_cast<config::v1::ValidationMethod>(i));
    EXPECT_EQ(std::count(names.begin(), names.end(), MakeScheme(endpoint)->name()), 1) << i;
  }
}

}  // namespace
}  // namespace overlock::validation
