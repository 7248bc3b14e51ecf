#include "services/config/token_check.h"

#include <google/protobuf/util/time_util.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "common/async/block_on.h"
#include "common/status/status.h"
#include "common/testing/fake_clock.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "services/config/app_admin_mock.h"

namespace overlock::config {
namespace {

using ::testing::_;
using ::testing::HasSubstr;
using ::testing::Not;

using Info = absl::StatusOr<v1::GetTokenInfoResponse>;

Task<Info> Return(Info info) { co_return info; }

CallContext CallWith(std::string token) {
  Caller caller;
  caller.address = "ipv4:127.0.0.1:5";
  caller.token = std::move(token);
  CallContext call;
  call.caller = std::make_shared<const Caller>(std::move(caller));
  return call;
}

v1::Token TokenOf(v1::Role role, std::vector<std::string> app_ids = {}) {
  v1::Token token;
  token.set_name("ci");
  token.set_role(role);
  for (std::string& app_id : app_ids) token.add_app_ids(std::move(app_id));
  return token;
}

class TokenCheckerTest : public ::testing::Test {
 protected:
  void ConfigKnows(const v1::Token& token, int times) {
    EXPECT_CALL(admin_, GetTokenInfo(_, _)).Times(times).WillRepeatedly([token](v1::GetTokenInfoRequest, CallContext) {
      v1::GetTokenInfoResponse response;
      *response.mutable_token() = token;
      return Return(std::move(response));
    });
  }
  void ConfigFails(const absl::Status& status) {
    EXPECT_CALL(admin_, GetTokenInfo(_, _)).WillOnce([status](v1::GetTokenInfoRequest, CallContext) {
      return Return(status);
    });
  }
  absl::StatusOr<v1::Token> Check(CallContext call, std::string app_id = "app-abcde", v1::Role role = v1::ROLE_VIEWER) {
    return BlockOn(checker_.Check(std::move(call), std::move(app_id), role));
  }

  FakeClock clock_;
  AppAdminMock admin_;
  TokenChecker checker_{admin_, clock_};
};

TEST_F(TokenCheckerTest, LetsCallersWithinTheProcessDoAll) {
  EXPECT_CALL(admin_, GetTokenInfo(_, _)).Times(0);
  auto token = Check(CallContext(), "", v1::ROLE_ADMIN);
  ASSERT_THAT(token, IsOk());
  EXPECT_EQ(token->name(), "process");
}

TEST_F(TokenCheckerTest, RefusesACallerWithoutAToken) {
  EXPECT_CALL(admin_, GetTokenInfo(_, _)).Times(0);
  EXPECT_THAT(Check(CallWith("")), StatusIs(absl::StatusCode::kUnauthenticated, "TOKEN_MISSING"));
}

TEST_F(TokenCheckerTest, ShowsTheCallersTokenToConfigWhereverThatIs) {
  EXPECT_CALL(admin_, GetTokenInfo(_, _)).WillOnce([](v1::GetTokenInfoRequest, CallContext call) {
    EXPECT_EQ(call.token, "ovl_a");
    EXPECT_EQ(call.caller->token, "ovl_a");
    EXPECT_LE(call.deadline, absl::Now() + absl::Seconds(5));
    v1::GetTokenInfoResponse response;
    *response.mutable_token() = TokenOf(v1::ROLE_VIEWER);
    return Return(std::move(response));
  });
  EXPECT_THAT(Check(CallWith("ovl_a")), IsOk());
}

TEST_F(TokenCheckerTest, AsksConfigOnceAMinute) {
  ConfigKnows(TokenOf(v1::ROLE_VIEWER), 2);
  EXPECT_THAT(Check(CallWith("ovl_a")), IsOk());
  clock_.Advance(TokenChecker::kKeptFor - absl::Milliseconds(1));
  EXPECT_THAT(Check(CallWith("ovl_a")), IsOk());
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_THAT(Check(CallWith("ovl_a")), IsOk());
}

TEST_F(TokenCheckerTest, ForgetsATokenThatConfigEndedWithinAMinute) {
  ConfigKnows(TokenOf(v1::ROLE_ADMIN), 1);
  EXPECT_THAT(Check(CallWith("ovl_a")), IsOk());
  ::testing::Mock::VerifyAndClearExpectations(&admin_);
  clock_.Advance(TokenChecker::kKeptFor);
  ConfigFails(Error(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID", "not known"));
  EXPECT_THAT(Check(CallWith("ovl_a")), StatusIs(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID"));
}

TEST_F(TokenCheckerTest, DoesNotTakeOneTokenForAnother) {
  ConfigKnows(TokenOf(v1::ROLE_ADMIN), 1);
  EXPECT_THAT(Check(CallWith("ovl_a")), IsOk());
  ::testing::Mock::VerifyAndClearExpectations(&admin_);
  ConfigFails(Error(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID", "not known"));
  EXPECT_THAT(Check(CallWith("ovl_b")), StatusIs(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID"));
}

TEST_F(TokenCheckerTest, DoesNotKeepRefusals) {
  ConfigFails(Error(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID", "not known"));
  EXPECT_THAT(Check(CallWith("ovl_a")), StatusIs(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID"));
  ::testing::Mock::VerifyAndClearExpectations(&admin_);
  ConfigKnows(TokenOf(v1::ROLE_VIEWER), 1);
  EXPECT_THAT(Check(CallWith("ovl_a")), IsOk());
}

TEST_F(TokenCheckerTest, NoticesThatAKeptTokenExpires) {
  v1::Token token = TokenOf(v1::ROLE_ADMIN);
  *token.mutable_expire_time() =
      google::protobuf::util::TimeUtil::MillisecondsToTimestamp(absl::ToUnixMillis(clock_.Now() + absl::Seconds(10)));
  ConfigKnows(token, 1);
  EXPECT_THAT(Check(CallWith("ovl_a")), IsOk());
  clock_.Advance(absl::Seconds(10));
  EXPECT_THAT(Check(CallWith("ovl_a")), StatusIs(absl::StatusCode::kUnauthenticated, "TOKEN_EXPIRED"));
}

TEST_F(TokenCheckerTest, FailsClosedWhenConfigGivesNoAnswer) {
  for (const absl::Status& status :
       {absl::UnavailableError("down"), absl::DeadlineExceededError("slow"), absl::InternalError("bug"),
        absl::UnimplementedError("old"), absl::PermissionDeniedError("no")}) {
    ConfigFails(status);
    auto token = Check(CallWith("ovl_a"));
    EXPECT_THAT(token, StatusIs(absl::StatusCode::kUnavailable, "TOKEN_UNCHECKED"));
    EXPECT_THAT(token.status().message(), Not(HasSubstr("ovl_a")));
    ::testing::Mock::VerifyAndClearExpectations(&admin_);
  }
}

TEST_F(TokenCheckerTest, GivesEachRoleWhatThoseBelowItMay) {
  const v1::Role roles[] = {v1::ROLE_VIEWER, v1::ROLE_EDITOR, v1::ROLE_ADMIN};
  for (v1::Role has : roles) {
    for (v1::Role needs : roles) {
      absl::Status status = CheckRights(TokenOf(has), needs, "app-abcde");
      EXPECT_EQ(status.ok(), has >= needs) << has << " " << needs;
      EXPECT_EQ(ReasonOf(status), has >= needs ? "" : "ROLE_TOO_LOW");
    }
  }
  EXPECT_THAT(CheckRights(TokenOf(v1::ROLE_UNSPECIFIED), v1::ROLE_VIEWER, ""),
              StatusIs(absl::StatusCode::kPermissionDenied, "ROLE_TOO_LOW"));
}

TEST_F(TokenCheckerTest, KeepsATokenToItsApplications) {
  ConfigKnows(TokenOf(v1::ROLE_ADMIN, {"app-abcde"}), 1);
  EXPECT_THAT(Check(CallWith("ovl_a"), "app-abcde"), IsOk());
  EXPECT_THAT(Check(CallWith("ovl_a"), "other-fghij"),
              StatusIs(absl::StatusCode::kPermissionDenied, "APP_NOT_ALLOWED"));
  EXPECT_THAT(Check(CallWith("ovl_a"), ""), StatusIs(absl::StatusCode::kPermissionDenied, "APP_NOT_ALLOWED"));
}

TEST_F(TokenCheckerTest, ForgetsTheOldestAnswersWhenThereAreTooMany) {
  ConfigKnows(TokenOf(v1::ROLE_VIEWER), static_cast<int>(TokenChecker::kKeptMax) + 2);
  for (size_t i = 0; i <= TokenChecker::kKeptMax; ++i) EXPECT_THAT(Check(CallWith(std::to_string(i))), IsOk());
  // The last is kept, the first is not.
  EXPECT_THAT(Check(CallWith(std::to_string(TokenChecker::kKeptMax))), IsOk());
  EXPECT_THAT(Check(CallWith("0")), IsOk());
}

}  // namespace
}  // namespace overlock::config
