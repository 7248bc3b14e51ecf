#include "common/storage/sqlite_database.h"

#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace overlock::storage {
namespace {

// storage_test.cc has what all databases do.
class SqliteDatabaseTest : public ::testing::Test {
 protected:
  SqliteDatabaseTest() {
    std::string pattern = ::testing::TempDir() + "/overlock storage XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~SqliteDatabaseTest() override { std::filesystem::remove_all(directory_); }

  std::string directory_;
};

TEST_F(SqliteDatabaseTest, MakesAFileThatOnlyItsOwnerCanRead) {
  auto database = SqliteDatabase::Open({.path = directory_ + "/a.db"});
  ASSERT_THAT(database, IsOk());
  ASSERT_THAT(Migrate(**database, {{1, "things", {"CREATE TABLE things (name TEXT PRIMARY KEY)"}}}), IsOk());
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    struct stat info;
    ASSERT_EQ(stat(entry.path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u) << entry.path();
  }
}

TEST_F(SqliteDatabaseTest, SaysThatAFileIsNoDatabase) {
  std::string path = directory_ + "/a.db";
  FILE* file = std::fopen(path.c_str(), "w");
  std::fputs("this text is no database, and it is long enough to be recognised as something that is none", file);
  std::fclose(file);
  EXPECT_THAT(SqliteDatabase::Open({.path = path}), StatusIs(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
  EXPECT_THAT(SqliteDatabase::Open({.path = directory_ + "/none/a.db"}),
              StatusIs(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
}

TEST_F(SqliteDatabaseTest, NeverCallsASubscriber) {
  auto database = SqliteDatabase::Open({.path = directory_ + "/a.db"});
  ASSERT_THAT(database, IsOk());
  bool called = false;
  auto subscription = (*database)->Listen("changes", [&] { called = true; });
  ASSERT_THAT((*database)->Write([&](soci::session& session) { return (*database)->Notify(session, "changes"); }),
              IsOk());
  subscription = nullptr;
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace overlock::storage
