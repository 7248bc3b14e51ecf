#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/storage/sqlite_database.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace overlock::storage {
namespace {

class StorageTest : public ::testing::Test {
 protected:
  StorageTest() {
    std::string pattern = ::testing::TempDir() + "/overlock storage XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~StorageTest() override { std::filesystem::remove_all(directory_); }

  std::unique_ptr<SqliteDatabase> Open() {
    auto database = SqliteDatabase::Open({.path = directory_ + "/a.db"});
    EXPECT_THAT(database, IsOk());
    return *std::move(database);
  }
  static long long Count(Database& database) {
    long long count = -1;
    EXPECT_THAT(database.Read([&](soci::session& session) {
      session << "SELECT COUNT(*) FROM things", soci::into(count);
      return absl::OkStatus();
    }),
                IsOk());
    return count;
  }
  static absl::Status Insert(soci::session& session, const std::string& name) {
    session << "INSERT INTO things (name) VALUES (:name)", soci::use(name, "name");
    return absl::OkStatus();
  }

  const std::vector<Migration> first_ = {{1, "things", {"CREATE TABLE things (name TEXT PRIMARY KEY)"}}};
  const std::vector<Migration> second_ = {{1, "things", {"CREATE TABLE things (name TEXT PRIMARY KEY)"}},
                                          {2, "sizes", {"ALTER TABLE things ADD COLUMN size BIGINT"}}};
  std::string directory_;
};

TEST_F(StorageTest, KeepsWhatWasCommittedAcrossReopening) {
  auto database = Open();
  ASSERT_THAT(Migrate(*database, first_), IsOk());
  ASSERT_THAT(database->Write([](soci::session& session) { return Insert(session, "a"); }), IsOk());
  database = nullptr;
  database = Open();
  EXPECT_THAT(Migrate(*database, first_), IsOk());
  EXPECT_EQ(Count(*database), 1);
}

TEST_F(StorageTest, RollsBackWhenTheWorkFails) {
  auto database = Open();
  ASSERT_THAT(Migrate(*database, first_), IsOk());
  auto work = [](soci::session& session) {
    Insert(session, "a").IgnoreError();
    return Error(absl::StatusCode::kInvalidArgument, "TEST", "no");
  };
  EXPECT_THAT(database->Write(work), StatusIs(absl::StatusCode::kInvalidArgument, "TEST"));
  EXPECT_EQ(Count(*database), 0);
}

TEST_F(StorageTest, RollsBackWhenAStatementFailsAndGoesOnWorking) {
  auto database = Open();
  ASSERT_THAT(Migrate(*database, first_), IsOk());
  auto work = [](soci::session& session) {
    Insert(session, "a").IgnoreError();
    return Insert(session, "a");
  };
  EXPECT_THAT(database->Write(work), StatusIs(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
  EXPECT_EQ(Count(*database), 0);
  EXPECT_THAT(database->Write([](soci::session& session) { return Insert(session, "b"); }), IsOk());
  EXPECT_EQ(Count(*database), 1);
}

TEST_F(StorageTest, RunsOnlyTheMigrationsThatAreMissing) {
  auto database = Open();
  ASSERT_THAT(Migrate(*database, first_), IsOk());
  ASSERT_THAT(Migrate(*database, second_), IsOk());
  ASSERT_THAT(Migrate(*database, second_), IsOk());
  long long versions = 0;
  ASSERT_THAT(database->Read([&](soci::session& session) {
    session << "SELECT COUNT(*) FROM schema_migrations", soci::into(versions);
    return absl::OkStatus();
  }),
              IsOk());
  EXPECT_EQ(versions, 2);
}

TEST_F(StorageTest, LeavesTheSchemaAloneWhenAMigrationFails) {
  auto database = Open();
  ASSERT_THAT(Migrate(*database, first_), IsOk());
  std::vector<Migration> broken = second_;
  broken.push_back({3, "broken", {"CREATE TABLE others (name TEXT)", "this is not SQL"}});
  EXPECT_THAT(Migrate(*database, broken), StatusIs(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
  EXPECT_THAT(Migrate(*database, second_), IsOk());
}

TEST_F(StorageTest, RefusesADatabaseThatIsNewerThanTheProgram) {
  auto database = Open();
  ASSERT_THAT(Migrate(*database, second_), IsOk());
  EXPECT_THAT(Migrate(*database, first_), StatusIs(absl::StatusCode::kFailedPrecondition, "STORE_TOO_NEW"));
}

TEST_F(StorageTest, MakesAFileThatOnlyItsOwnerCanRead) {
  auto database = Open();
  ASSERT_THAT(Migrate(*database, first_), IsOk());
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    struct stat info;
    ASSERT_EQ(stat(entry.path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u) << entry.path();
  }
}

TEST_F(StorageTest, SaysThatAFileIsNoDatabase) {
  std::string path = directory_ + "/a.db";
  FILE* file = std::fopen(path.c_str(), "w");
  std::fputs("this text is no database, and it is long enough to be recognised as something that is none", file);
  std::fclose(file);
  EXPECT_THAT(SqliteDatabase::Open({.path = path}), StatusIs(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
  EXPECT_THAT(SqliteDatabase::Open({.path = directory_ + "/none/a.db"}),
              StatusIs(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
}

TEST_F(StorageTest, LetsTwoSessionsWriteInTurn) {
  auto one = Open();
  ASSERT_THAT(Migrate(*one, first_), IsOk());
  auto two = Open();
  auto write = [](SqliteDatabase& database, char prefix) {
    for (int i = 0; i < 50; ++i) {
      std::string name = absl::StrCat(std::string(1, prefix), i);
      EXPECT_THAT(database.Write([&](soci::session& session) { return Insert(session, name); }), IsOk());
    }
  };
  std::thread thread(write, std::ref(*two), 'b');
  write(*one, 'a');
  thread.join();
  EXPECT_EQ(Count(*one), 100);
}

}  // namespace
}  // namespace overlock::storage
