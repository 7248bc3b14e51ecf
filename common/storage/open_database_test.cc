#include "common/storage/open_database.h"

#include <cstdlib>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "common/testing/postgres_server.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace overlock::storage {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class OpenDatabaseTest : public ::testing::Test {
 protected:
  OpenDatabaseTest() {
    std::string pattern = ::testing::TempDir() + "/overlock-open-XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~OpenDatabaseTest() override { std::filesystem::remove_all(directory_); }

  std::string directory_;
};

TEST_F(OpenDatabaseTest, OpensAFileOfSqlite) {
  for (std::string url : {absl::StrCat("sqlite:", directory_, "/a=b@c.db"), directory_ + "/plain:.db"}) {
    auto database = OpenDatabase(url);
    ASSERT_THAT(database, IsOk());
    EXPECT_EQ((*database)->dialect(), Dialect::kSqlite);
  }
  EXPECT_TRUE(std::filesystem::exists(directory_ + "/a=b@c.db"));
  EXPECT_TRUE(std::filesystem::exists(directory_ + "/plain:.db"));
}

TEST_F(OpenDatabaseTest, OpensPostgresByBothNames) {
  auto server = PostgresServer::Shared();
  ASSERT_THAT(server, IsOk());
  const std::string url = (*server)->url();
  const std::string rest = url.substr(url.find(':'));
  for (std::string scheme : {"postgres", "postgresql"}) {
    auto database = OpenDatabase(scheme + rest);
    ASSERT_THAT(database, IsOk());
    EXPECT_EQ((*database)->dialect(), Dialect::kPostgres);
  }
}

TEST_F(OpenDatabaseTest, SaysWhatIsAllowedAndNothingOfTheUrl) {
  for (const char* url : {"", "sqlite:", "mysql://user:hush@host/db", "host=h password=hush", "user:hush@host/db",
                          "postgres:hush", "POSTGRES://user:hush@host/db", "c:hush"}) {
    absl::Status status = OpenDatabase(url).status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, "STORE_URL_INVALID")) << url;
    EXPECT_THAT(status.message(), AllOf(HasSubstr("sqlite:PATH"), HasSubstr("postgresql://"), Not(HasSubstr("hush"))))
        << url;
  }
}

TEST_F(OpenDatabaseTest, ShowsNoPasswordWhenTheServerIsNotThere) {
  absl::Status status =
      OpenDatabase(absl::StrCat("postgresql://user:hush@/db?host=", directory_, "&password=hush")).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
  EXPECT_THAT(status.message(), AllOf(HasSubstr(directory_), Not(HasSubstr("hush"))));
}

}  // namespace
}  // namespace overlock::storage
