#include "services/validation/schemes/handshake.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/crypto/hmac.h"
#include "gtest/gtest.h"
#include "services/validation/schemes/make_scheme.h"

namespace overlock::validation {
namespace {

using Response = v1::ValidateResponse;

constexpr char kSecret[] = "a-secret-of-ours";
constexpr int64_t kNow = 1700000000;

Outcome Answer(HandshakeKind kind, std::string_view body) {
  Outcome outcome{.secret = 0};
  AnswerHandshake(
      kind, body, [](std::string_view text) { return crypto::HmacSha256(kSecret, text); }, outcome);
  return outcome;
}

std::string SlackBody(std::string_view challenge) {
  return absl::StrCat(R"({"token":"t","challenge":")", challenge, R"(","type":"url_verification"})");
}

std::string ZoomBody(std::string_view token) {
  return absl::StrCat(R"({"event":"endpoint.url_validation","payload":{"plainToken":")", token, R"("},"event_ts":1})");
}

TEST(HandshakeTest, RepeatsSlacksChallenge) {
  Outcome outcome = Answer(HandshakeKind::kSlack, SlackBody("3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"));
  ASSERT_TRUE(outcome.handshake);
  EXPECT_EQ(outcome.handshake->content_type(), "application/json");
  EXPECT_EQ(outcome.handshake->body(), R"({"challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"})");
  EXPECT_EQ(outcome.refusal, Response::REFUSAL_UNSPECIFIED);
}

TEST(HandshakeTest, AnswersDiscordsPing) {
  Outcome outcome = Answer(HandshakeKind::kDiscord, R"({"id":"1","type":1,"version":1})");
  ASSERT_TRUE(outcome.handshake);
  EXPECT_EQ(outcome.handshake->body(), R"({"type":1})");
}

TEST(HandshakeTest, SignsZoomsToken) {
  Outcome outcome = Answer(HandshakeKind::kZoom, ZoomBody("qgg8vlvZRS6UYooatFL8Aw"));
  ASSERT_TRUE(outcome.handshake);
  EXPECT_EQ(outcome.handshake->body(),
            absl::StrCat(R"({"plainToken":"qgg8vlvZRS6UYooatFL8Aw","encryptedToken":")",
                         absl::BytesToHexString(crypto::HmacSha256(kSecret, "qgg8vlvZRS6UYooatFL8Aw")), R"("})"));
}

TEST(HandshakeTest, RefusesAChallengeOfAnotherForm) {
  for (const std::string& text :
       {std::string(), std::string(129, 'a'), std::string("v0:1700000000:{}"), std::string("a b"),
        std::string("<script>"), std::string("a\\\"b"), std::string("\\u003a"), std::string("\xC3\xBC")}) {
    for (const Outcome& outcome :
         {Answer(HandshakeKind::kSlack, SlackBody(text)), Answer(HandshakeKind::kZoom, ZoomBody(text))}) {
      EXPECT_EQ(outcome.refusal, Response::REFUSAL_HANDSHAKE_MALFORMED) << text;
      EXPECT_FALSE(outcome.handshake);
      EXPECT_EQ(outcome.secret, -1);
    }
  }
  EXPECT_EQ(Answer(HandshakeKind::kSlack, R"({"type":"url_verification","challenge":1})").refusal,
            Response::REFUSAL_HANDSHAKE_MALFORMED);
  EXPECT_EQ(Answer(HandshakeKind::kZoom, R"({"event":"endpoint.url_validation","payload":[]})").refusal,
            Response::REFUSAL_HANDSHAKE_MALFORMED);
}

TEST(HandshakeTest, LeavesOtherRequestsToTheFunction) {
  for (const std::string& body :
       {std::string(R"({"type":"event_callback","challenge":"abc"})"), std::string(R"({"type":2})"),
        std::string(R"({"type":"1"})"), std::string(R"({"event":"meeting.started"})"), std::string("[1]"),
        std::string("{"), std::string(), std::string("type=url_verification&challenge=abc"),
        absl::StrCat(R"({"type":1,"x":")", std::string(20000, 'x'), R"("})")}) {
    for (auto kind : {HandshakeKind::kNone, HandshakeKind::kSlack, HandshakeKind::kDiscord, HandshakeKind::kZoom}) {
      Outcome outcome = Answer(kind, body);
      EXPECT_FALSE(outcome.handshake) << body;
      EXPECT_EQ(outcome.refusal, Response::REFUSAL_UNSPECIFIED) << body;
    }
  }
}

Outcome CheckSlack(const std::string& signed_with, std::string_view body, int64_t time) {
  config::v1::ValidationView::Webhook webhook;
  webhook.set_method(config::v1::VALIDATION_METHOD_SLACK);
  webhook.set_service_type(type::v1::SERVICE_TYPE_HTTP);
  webhook.set_secret(kSecret);
  type::v1::HttpRequest request;
  type::v1::Header* header = request.add_headers();
  header->set_name("X-Slack-Signature");
  header->set_value("v0=" +
                    absl::BytesToHexString(crypto::HmacSha256(signed_with, absl::StrCat("v0:", time, ":", body))));
  header = request.add_headers();
  header->set_name("X-Slack-Request-Timestamp");
  header->set_value(absl::StrCat(time));
  return MakeScheme(webhook)->Check({request, body, absl::FromUnixSeconds(kNow), ""});
}

TEST(HandshakeTest, AnswersOnlyWhatWasSignedInTime) {
  std::string body = SlackBody("abc");
  EXPECT_TRUE(CheckSlack(kSecret, body, kNow).handshake);
  for (const Outcome& outcome : {CheckSlack("another", body, kNow), CheckSlack(kSecret, body, kNow - 301)}) {
    EXPECT_NE(outcome.refusal, Response::REFUSAL_UNSPECIFIED);
    EXPECT_FALSE(outcome.handshake);
  }
  EXPECT_EQ(CheckSlack(kSecret, SlackBody("a:b"), kNow).refusal, Response::REFUSAL_HANDSHAKE_MALFORMED);
}

}  // namespace
}  // namespace overlock::validation
