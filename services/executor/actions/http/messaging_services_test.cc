#include "services/executor/actions/http/messaging_services.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/executor/actions/http/http_actions_fixture.h"

namespace overlock::executor {
namespace {

using http::Ok;
using http::Server;
using testing::HasSubstr;
using testing::StartsWith;

std::string Answer(int status, const std::string& body) {
  return absl::StrCat("HTTP/1.1 ", status, " S\r\nContent-Length: ", body.size(), "\r\n\r\n", body);
}

class MessagingServicesTest : public HttpActionsTest {
 protected:
  std::string Send(const std::string& argument) {
    if (type_ == "twilio") {
      TwilioService twilio(shared_client_, absl::StrCat("http://127.0.0.1:", server_.port()));
      return Call(twilio, "send", argument);
    }
    GcmService gcm(shared_client_, server_.url("/fcm/send"));
    return Call(gcm, "send", argument);
  }
  void Use(const std::string& type, const std::string& config_json, const std::string& secret,
           const std::string& value) {
    type_ = type;
    (*AddService(type, config_json).mutable_secrets())[secret] = value;
  }

  std::string type_;
  std::string answer_;
  Server server_{[this](const std::string&) { return answer_; }};
};

constexpr char kText[] = R"({"to": "+15550001", "from": "+15550002", "body": "a & b"})";

TEST_F(MessagingServicesTest, TwilioSendsWithTheAccount) {
  Use("twilio", R"({"sid": "AC1"})", "auth_token", "token");
  answer_ = Answer(201, R"({"sid": "SM1", "num_segments": 1})");
  EXPECT_EQ(Send(kText), R"({"sid":"SM1","num_segments":{"$numberInt":"1"}})");
  const std::string sent = server_.requests().at(0);
  EXPECT_THAT(sent, StartsWith("POST /2010-04-01/Accounts/AC1/Messages.json HTTP/1.1\r\n"));
  EXPECT_THAT(sent, HasSubstr("Authorization: Basic QUMxOnRva2Vu\r\n"));
  EXPECT_THAT(sent, HasSubstr("Content-Type: application/x-www-form-urlencoded\r\n"));
  EXPECT_EQ(BodyOf(sent), "To=%2B15550001&From=%2B15550002&Body=a%20%26%20b");
}

TEST_F(MessagingServicesTest, TwilioSaysWhatTwilioSays) {
  Use("twilio", R"({"sid": "AC1"})", "auth_token", "token");
  answer_ = Answer(400, R"({"code": 21211, "message": "The number is not valid."})");
  EXPECT_EQ(Send(kText), "TwilioError: The number is not valid.");
  answer_ = Answer(502, "<html>");
  EXPECT_EQ(Send(kText), "TwilioError: Twilio answered with status 502");
}

TEST_F(MessagingServicesTest, TwilioNeedsItsAccountAndAllOfTheMessage) {
  Use("twilio", "{}", "auth_token", "token");
  EXPECT_EQ(Send(kText), "TwilioError: service 'it' needs config.sid and the secret auth_token");
  view_.mutable_executor()->clear_services();
  Use("twilio", R"({"sid": "AC1"})", "auth_token", "token");
  EXPECT_EQ(Send(R"({"to": "+1", "from": "+2"})"), "TwilioError: body: is required: a string with text");
  EXPECT_EQ(Send(R"({"to": 1, "from": "+2", "body": "b"})"), "TwilioError: to: is required: a string with text");
  EXPECT_EQ(server_.connections(), 0);
}

TEST_F(MessagingServicesTest, GcmSendsTheProtocolsNames) {
  Use("gcm", R"({"senderId": "1"})", "apiKey", "key");
  answer_ = Answer(200, R"({"success": 1})");
  EXPECT_EQ(Send(R"({"registrationTokens": ["a"], "collapseKey": "c", "timeToLive": 60, "data": {"k": "v"},
                     "notification": {"title": "t", "clickAction": "x", "unknown": 1}, "unknown": 1})"),
            R"({"success":{"$numberInt":"1"}})");
  const std::string sent = server_.requests().at(0);
  EXPECT_THAT(sent, StartsWith("POST /fcm/send HTTP/1.1\r\n"));
  EXPECT_THAT(sent, HasSubstr("Authorization: key=key\r\n"));
  EXPECT_EQ(BodyOf(sent), R"({"registration_ids":["a"],"collapse_key":"c","time_to_live":60,"data":{"k":"v"},)"
                          R"("notification":{"title":"t","click_action":"x"}})");
}

TEST_F(MessagingServicesTest, GcmSaysWhatIsMissing) {
  Use("gcm", "{}", "apiKey", "key");
  EXPECT_EQ(Send("{}"), "GCMError: to: is required, or registrationTokens, or condition");
  EXPECT_EQ(Send(R"({"userIds": ["x"]})"),
            "GCMError: userIds: is not known here; name devices by to or registrationTokens");
  EXPECT_EQ(Send(absl::StrCat(R"({"to": "x", "data": {"k": ")", std::string(70'000, 'x'), "\"}}")),
            "GCMError: the message has more than 65536 bytes");
  EXPECT_EQ(server_.connections(), 0);
  answer_ = Answer(401, "no");
  EXPECT_EQ(Send(R"({"to": "x"})"), "GCMError: the push service answered with status 401");
  view_.mutable_executor()->mutable_services(0)->clear_secrets();
  EXPECT_EQ(Send(R"({"to": "x"})"), "GCMError: service 'it' needs the secret apiKey");
}

TEST_F(MessagingServicesTest, KnowTheirAction) {
  EXPECT_EQ(TwilioService(shared_client_, "").KnownAction("send"), "send");
  EXPECT_EQ(TwilioService(shared_client_, "").KnownAction("get"), "");
  EXPECT_EQ(GcmService(shared_client_, "").KnownAction("send"), "send");
  EXPECT_EQ(GcmService(shared_client_, "").KnownAction(""), "");
}

}  // namespace
}  // namespace overlock::executor
