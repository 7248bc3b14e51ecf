#include "services/config/access_control.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "common/storage/sqlite_database.h"
#include "common/testing/fake_clock.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "services/config/config_schema.h"

namespace overlock::config {
namespace {

CallContext CallFrom(Caller caller) {
  CallContext call;
  call.caller = std::make_shared<const Caller>(std::move(caller));
  return call;
}

TEST(CheckServiceTest, AsksForTheCertificateOfTheServiceOverTls) {
  auto tls = [](std::vector<std::string> names) {
    Caller caller;
    caller.tls = true;
    caller.certificate_names = std::move(names);
    return CallFrom(std::move(caller));
  };
  EXPECT_THAT(CheckService(tls({"validation"}), "validation"), IsOk());
  EXPECT_THAT(CheckService(tls({"localhost", "overlock-validation"}), "validation"), IsOk());
  EXPECT_THAT(CheckService(tls({"validation.overlock.svc.cluster.local"}), "validation"), IsOk());
  for (const auto& names : std::vector<std::vector<std::string>>{
           {}, {"edge"}, {"validation-2"}, {"my.validation"}, {"overlock"}, {""}, {"validationx"}}) {
    EXPECT_THAT(CheckService(tls(names), "validation"), StatusIs(absl::StatusCode::kPermissionDenied, "NOT_A_SERVICE"));
  }
}

TEST(CheckServiceTest, HasNothingToCheckWithoutTls) {
  EXPECT_THAT(CheckService(CallContext(), "edge"), IsOk());
  EXPECT_THAT(CheckService(CallFrom(Caller()), "edge"), IsOk());
}

class AccessControlTest : public ::testing::Test {
 protected:
  AccessControlTest() {
    std::string pattern = ::testing::TempDir() + "/overlock_access_XXXXXX";
    directory_ = mkdtemp(pattern.data());
    auto database = storage::SqliteDatabase::Open({.path = directory_ + "/config.db"});
    EXPECT_THAT(database, IsOk());
    database_ = *std::move(database);
    EXPECT_THAT(PrepareSchema(*database_, clock_.Now()), IsOk());
    access_ = std::make_unique<AccessControl>(std::make_unique<TokenStore>(database_), clock_);
  }
  ~AccessControlTest() override { std::filesystem::remove_all(directory_); }

  std::string TokenFile() const { return directory_ + "/admin.token"; }
  std::string ReadToken() const {
    std::ifstream stream(TokenFile());
    std::string token;
    stream >> token;
    return token;
  }

  FakeClock clock_;
  std::string directory_;
  std::shared_ptr<storage::Database> database_;
  std::unique_ptr<AccessControl> access_;
};

TEST_F(AccessControlTest, WritesTheFirstTokenForItsOwnerAlone) {
  ASSERT_THAT(access_->Bootstrap(TokenFile()), IsOk());
  struct stat info;
  ASSERT_EQ(stat(TokenFile().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  Caller caller;
  caller.token = ReadToken();
  auto actor = access_->Identify(CallFrom(std::move(caller)));
  ASSERT_THAT(actor, IsOk());
  EXPECT_EQ(actor->token.name(), "admin");
  EXPECT_THAT(actor->Check(v1::ROLE_ADMIN, ""), IsOk());
}

TEST_F(AccessControlTest, MakesNoSecondFirstToken) {
  ASSERT_THAT(access_->Bootstrap(TokenFile()), IsOk());
  std::string token = ReadToken();
  ASSERT_THAT(access_->Bootstrap(TokenFile()), IsOk());
  EXPECT_EQ(ReadToken(), token);
  EXPECT_EQ(access_->tokens().List()->size(), 1u);
}

TEST_F(AccessControlTest, ReplacesTheTokenOfADatabaseThatIsGone) {
  std::ofstream(TokenFile()) << "ovl_of_another_database\n";
  ASSERT_THAT(access_->Bootstrap(TokenFile()), IsOk());
  EXPECT_NE(ReadToken(), "ovl_of_another_database");
}

TEST_F(AccessControlTest, SaysThatItCannotWriteTheFirstToken) {
  EXPECT_THAT(access_->Bootstrap(directory_ + "/none/admin.token"),
              StatusIs(absl::StatusCode::kFailedPrecondition, "TOKEN_FILE_UNWRITABLE"));
  EXPECT_TRUE(access_->tokens().List()->empty());
}

TEST_F(AccessControlTest, KeepsNoTokenInTheDatabase) {
  ASSERT_THAT(access_->Bootstrap(TokenFile()), IsOk());
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    if (entry.path() == TokenFile()) continue;
    std::ifstream stream(entry.path(), std::ios::binary);
    std::string content((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
    EXPECT_EQ(content.find(ReadToken()), std::string::npos) << entry.path();
  }
}

}  // namespace
}  // namespace overlock::config
