// What the settings of a webhook change, and what its owner is told.
#include <string>

#include "services/validation/schemes/make_scheme.h"
#include "services/validation/validation_fixture.h"

namespace overlock::validation {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int64_t kNow = 1'600'000'000;

class SettingsTest : public ValidationTest {
 protected:
  // Asks, and returns the line that was logged.
  std::string LoggedFor(v1::ValidateRequest request) {
    ::testing::internal::CaptureStderr();
    Ask(std::move(request));
    return ::testing::internal::GetCapturedStderr();
  }
  void AddSecret(const std::string& name, const std::string& value, int64_t expires_at = 0) {
    auto* secret = settings_.add_secrets();
    secret->set_name(name);
    secret->set_value(value);
    if (expires_at != 0) secret->mutable_expires_at()->set_seconds(expires_at);
  }
  static v1::ValidateRequest SlackRequest(v1::ValidateRequest request, const std::string& time,
                                          std::string body = "body") {
    std::string digest = absl::BytesToHexString(crypto::HmacSha256("hunter2", absl::StrCat("v0:", time, ":", body)));
    return With(With(std::move(request), "X-Slack-Signature", "v0=" + digest), "X-Slack-Request-Timestamp", time);
  }

  config::v1::ValidationSettings settings_;
};

TEST_F(SettingsTest, LetsWhatItWouldRefuseThroughWhileItObserves) {
  settings_.set_observe_only(true);
  Configure(settings_);
  Response response = Ask(Request());
  EXPECT_TRUE(response.valid());
  EXPECT_EQ(response.refusal(), Response::REFUSAL_SIGNATURE_MISSING);
  EXPECT_EQ(Ask(Signed(Request())).refusal(), Response::REFUSAL_UNSPECIFIED);
  EXPECT_THAT(
      metrics_.Serialize(),
      AllOf(HasSubstr(R"(overlock_validation_verdicts_total{scheme="github",verdict="signature_missing"} 1)"),
            HasSubstr(R"(overlock_validation_let_through_total{scheme="github",verdict="signature_missing"} 1)"),
            HasSubstr(R"(overlock_validation_verdicts_total{scheme="github",verdict="valid"} 1)")));
}

TEST_F(SettingsTest, LogsWhatItLetsThrough) {
  settings_.set_observe_only(true);
  Configure(settings_);
  EXPECT_THAT(LoggedFor(Request()),
              AllOf(HasSubstr("let a request through that would be refused"), HasSubstr("signature_missing")));
}

TEST_F(SettingsTest, ObservesAddressesToo) {
  settings_.set_observe_only(true);
  settings_.add_allowed_addresses("198.51.100.0/24");
  Configure(settings_);
  Response response = Ask(Signed(Request()));
  EXPECT_TRUE(response.valid());
  EXPECT_EQ(response.refusal(), Response::REFUSAL_ADDRESS_NOT_ALLOWED);
}

TEST_F(SettingsTest, TakesNoDeliveryOfWhatItOnlyLetsThrough) {
  settings_.set_observe_only(true);
  settings_.mutable_deduplicate_for()->set_seconds(60);
  Configure(settings_);
  auto forged = With(Request(), "X-GitHub-Delivery", "id");
  EXPECT_EQ(Ask(forged, "first").delivery(), "");
  EXPECT_FALSE(Ask(forged, "second").duplicate());
  EXPECT_NE(Ask(Delivery("id"), "third").delivery(), "");
}

TEST_F(SettingsTest, TakesRequestsFromTheAddressesAllowed) {
  settings_.add_allowed_addresses("192.0.2.0/24");
  settings_.add_allowed_addresses("2001:db8::/32");
  Configure(settings_);
  auto from = [&](const std::string& address) {
    v1::ValidateRequest request = Signed(Request());
    request.mutable_request()->set_remote_ip_address(address);
    return Ask(std::move(request)).refusal();
  };
  EXPECT_EQ(from("192.0.2.7"), Response::REFUSAL_UNSPECIFIED);
  EXPECT_EQ(from("2001:db8::7"), Response::REFUSAL_UNSPECIFIED);
  for (const char* address : {"192.0.3.7", "2001:db9::7", "", "unknown"}) {
    EXPECT_EQ(from(address), Response::REFUSAL_ADDRESS_NOT_ALLOWED) << address;
  }
}

TEST_F(SettingsTest, CountsTheMatchesOfEachSecretByItsName) {
  AddSecret("new-secret", "sesame");
  AddSecret("expired", "old", kNow);
  Configure(settings_);
  EXPECT_TRUE(Ask(Signed(Request())).valid());
  EXPECT_TRUE(Ask(Signed(Request(), "sesame")).valid());
  EXPECT_TRUE(Ask(Signed(Request(), "sesame")).valid());
  EXPECT_FALSE(Ask(Signed(Request(), "old")).valid());
  std::string text = metrics_.Serialize();
  auto matches = [](const std::string& secret) {
    return absl::StrCat(R"(overlock_validation_secret_matches_total{app="app-abcde",hook="s/w",secret=")", secret,
                        "\"}");
  };
  EXPECT_THAT(text, AllOf(HasSubstr(matches("") + " 1\n"), HasSubstr(matches("new-secret") + " 2\n"),
                          HasSubstr(matches("expired") + " 0\n"), HasSubstr(R"(hook="POST /w")")));
  EXPECT_THAT(text, AllOf(Not(HasSubstr("sesame")), Not(HasSubstr("hunter2"))));
}

TEST_F(SettingsTest, CountsNoMatchesOfASingleSecret) {
  Configure(settings_);
  EXPECT_TRUE(Ask(Signed(Request())).valid());
  EXPECT_THAT(metrics_.Serialize(), Not(HasSubstr("overlock_validation_secret_matches_total{")));
}

TEST_F(SettingsTest, CountsVerdictsOfEveryScheme) {
  std::string text = metrics_.Serialize();
  for (std::string_view name : SchemeNames()) {
    EXPECT_THAT(text, HasSubstr(absl::StrCat("overlock_validation_verdicts_total{scheme=\"", name,
                                             "\",verdict=\"handshake_malformed\"} 0")));
  }
}

TEST_F(SettingsTest, AnswersAHandshakeAndTakesNoDeliveryOfIt) {
  settings_.set_delivery_id_header("X-Id");
  settings_.mutable_deduplicate_for()->set_seconds(60);
  Configure(settings_, "hunter2", config::v1::VALIDATION_METHOD_SLACK);
  std::string body = R"({"type":"url_verification","challenge":"abc"})";
  auto request = With(SlackRequest(Request(), absl::StrCat(kNow), body), "X-Id", "id");
  for (int i = 0; i < 2; ++i) {
    auto response = BlockOn(validator_.Validate(request, Body(body), CallContext()));
    ASSERT_THAT(response, IsOk());
    EXPECT_TRUE(response->valid());
    EXPECT_EQ(response->handshake().body(), R"({"challenge":"abc"})");
    EXPECT_EQ(response->delivery(), "");
    EXPECT_FALSE(response->duplicate());
  }
}

TEST_F(SettingsTest, TellsTheOwnerWhatWasExpected) {
  Configure(settings_);
  EXPECT_THAT(LoggedFor(Request()), HasSubstr("expected header X-Hub-Signature-256, which is missing or empty"));
  EXPECT_THAT(LoggedFor(With(Request(), "X-Hub-Signature-256", "sha256=zz")),
              AllOf(HasSubstr("header X-Hub-Signature-256 occurs twice, or is not written as github asks for"),
                    Not(HasSubstr("zz"))));
  Configure(settings_, "");
  EXPECT_THAT(LoggedFor(Request()), HasSubstr("there is no secret to check with"));
  settings_.add_allowed_addresses("198.51.100.0/24");
  Configure(settings_);
  EXPECT_THAT(LoggedFor(Signed(Request())),
              AllOf(HasSubstr("not in the list of those allowed"), HasSubstr("192.0.2.1")));
}

TEST_F(SettingsTest, TellsTheOwnerHowManySecretsWereTried) {
  AddSecret("new", "sesame");
  AddSecret("expired", "old", kNow - 1);
  Configure(settings_);
  std::string line = LoggedFor(Signed(Request(), "wrong"));
  EXPECT_THAT(line, HasSubstr("the signature is that of none of 2 secrets that count (1 expired)"));
  std::string digest = absl::BytesToHexString(crypto::HmacSha256("wrong", "body"));
  EXPECT_THAT(line, AllOf(Not(HasSubstr(digest)), Not(HasSubstr("sesame")), Not(HasSubstr("hunter2"))));
}

TEST_F(SettingsTest, TellsTheOwnerByHowMuchATimeIsOff) {
  Configure(settings_, "hunter2", config::v1::VALIDATION_METHOD_SLACK);
  EXPECT_THAT(LoggedFor(SlackRequest(Request(), absl::StrCat(kNow - 412))),
              HasSubstr("the sender's time is 412 s ago; allowed: 300 s"));
  EXPECT_THAT(LoggedFor(SlackRequest(Request(), absl::StrCat(kNow + 301))),
              HasSubstr("the sender's time is 301 s ahead of ours; allowed: 300 s"));
  EXPECT_THAT(LoggedFor(With(Request(), "X-Slack-Signature", "v0=" + std::string(64, 'a'))),
              HasSubstr("expected a time: header X-Slack-Request-Timestamp, which is missing or empty"));
}

}  // namespace
}  // namespace overlock::validation
