#include "common/storage/database_url.h"

#include <fstream>
#include <string>

#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace overlock::storage {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string FileWith(const std::string& text) {
  std::string path =
      ::testing::TempDir() + "database_url_" + ::testing::UnitTest::GetInstance()->current_test_info()->name();
  std::ofstream(path) << text;
  return path;
}

TEST(DatabaseUrlTest, TakesTheFlagAsItIs) {
  for (const char* text :
       {"", "some/file.db", "sqlite:file@host:1.db", "postgresql://user@host:5432/name", "postgresql://host/name"}) {
    absl::StatusOr<std::string> url = ReadDatabaseUrl("auth_database", text, "");
    ASSERT_THAT(url, IsOk());
    EXPECT_EQ(*url, text);
  }
}

TEST(DatabaseUrlTest, RefusesAPasswordInTheFlagAndDoesNotRepeatIt) {
  absl::StatusOr<std::string> url = ReadDatabaseUrl("auth_database", "postgresql://user:hunter2@host/name", "");
  EXPECT_THAT(url, StatusIs(absl::StatusCode::kInvalidArgument, "PASSWORD_IN_FLAG"));
  EXPECT_THAT(std::string(url.status().message()), HasSubstr("--auth_database_url_file"));
  EXPECT_THAT(std::string(url.status().message()), Not(HasSubstr("hunter2")));
}

TEST(DatabaseUrlTest, ReadsTheFirstLineOfTheFile) {
  std::string file = FileWith("  postgresql://user:hunter2@host/name \nmore\n");
  absl::StatusOr<std::string> url = ReadDatabaseUrl("auth_database", "ignored.db", file);
  ASSERT_THAT(url, IsOk());
  EXPECT_EQ(*url, "postgresql://user:hunter2@host/name");
}

TEST(DatabaseUrlTest, RefusesAFileThatSaysNothing) {
  for (const std::string& file : {FileWith(" \n"), std::string("/nonexistent/file")}) {
    EXPECT_THAT(ReadDatabaseUrl("auth_database", "", file),
                StatusIs(absl::StatusCode::kFailedPrecondition, "DATABASE_URL_UNREADABLE"));
  }
}

}  // namespace
}  // namespace overlock::storage
