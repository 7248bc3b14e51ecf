#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <stdexcept>
#include <thread>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/storage/open_database.h"
#include "common/testing/postgres_server.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace overlock::storage {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class StorageTest : public ::testing::TestWithParam<Dialect> {
 protected:
  StorageTest() {
    std::string pattern = ::testing::TempDir() + "/overlock storage XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~StorageTest() override { std::filesystem::remove_all(directory_); }

  void SetUp() override {
    url_ = "sqlite:" + directory_ + "/a.db";
    if (GetParam() == Dialect::kSqlite) return;
    auto server = PostgresServer::Shared();
    ASSERT_THAT(server, IsOk());
    auto url = (*server)->CreateDatabase();
    ASSERT_THAT(url, IsOk());
    url_ = *url;
  }

  // The same database each time.
  std::unique_ptr<Database> Open() {
    auto database = OpenDatabase(url_);
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
  std::string url_;
};

INSTANTIATE_TEST_SUITE_P(, StorageTest, ::testing::Values(Dialect::kSqlite, Dialect::kPostgres), [](const auto& info) {
  return std::string(info.param == Dialect::kSqlite ? "Sqlite" : "Postgres");
});

TEST_P(StorageTest, KeepsWhatWasCommittedAcrossReopening) {
  auto database = Open();
  ASSERT_THAT(Migrate(*database, first_), IsOk());
  ASSERT_THAT(database->Write([](soci::session& session) { return Insert(session, "a"); }), IsOk());
  database = nullptr;
  database = Open();
  EXPECT_THAT(Migrate(*database, first_), IsOk());
  EXPECT_EQ(Count(*database), 1);
}

TEST_P(StorageTest, RollsBackWhenTheWorkFails) {
  auto database = Open();
  ASSERT_THAT(Migrate(*database, first_), IsOk());
  auto work = [](soci::session& session) {
    Insert(session, "a").IgnoreError();
    return Error(absl::StatusCode::kInvalidArgument, "TEST", "no");
  };
  EXPECT_THAT(database->Write(work), StatusIs(absl::StatusCode::kInvalidArgument, "TEST"));
  EXPECT_EQ(Count(*database), 0);
}

TEST_P(StorageTest, RollsBackWhenAStatementFailsAndGoesOnWorking) {
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

TEST_P(StorageTest, RunsOnlyTheMigrationsThatAreMissing) {
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

TEST_P(StorageTest, LeavesTheSchemaAloneWhenAMigrationFails) {
  auto database = Open();
  ASSERT_THAT(Migrate(*database, first_), IsOk());
  std::vector<Migration> broken = second_;
  broken.push_back({3, "broken", {"CREATE TABLE others (name TEXT)", "this is not SQL"}});
  EXPECT_THAT(Migrate(*database, broken), StatusIs(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
  EXPECT_THAT(Migrate(*database, second_), IsOk());
}

TEST_P(StorageTest, RefusesADatabaseThatIsNewerThanTheProgram) {
  auto database = Open();
  ASSERT_THAT(Migrate(*database, second_), IsOk());
  EXPECT_THAT(Migrate(*database, first_), StatusIs(absl::StatusCode::kFailedPrecondition, "STORE_TOO_NEW"));
}

TEST_P(StorageTest, LetsTwoSessionsWriteInTurn) {
  auto one = Open();
  ASSERT_THAT(Migrate(*one, first_), IsOk());
  auto two = Open();
  auto write = [](Database& database, char prefix) {
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

TEST_P(StorageTest, KnowsItsDialect) { EXPECT_EQ(Open()->dialect(), GetParam()); }

TEST_P(StorageTest, RunsTheStatementsOfItsDialect) {
  auto database = Open();
  const std::vector<Migration> migrations = {{1,
                                              "things",
                                              {Statement::PerDialect("CREATE TABLE things (name TEXT PRIMARY KEY)",
                                                                     "CREATE TABLE things (name VARCHAR(9) UNIQUE)"),
                                               Statement::PerDialect("INSERT INTO things VALUES ('sqlite')", ""),
                                               Statement::PerDialect("", "INSERT INTO things VALUES ('postgres')")}}};
  ASSERT_THAT(Migrate(*database, migrations), IsOk());
  std::string name;
  ASSERT_THAT(database->Read([&](soci::session& session) {
    session << "SELECT name FROM things", soci::into(name);
    return absl::OkStatus();
  }),
              IsOk());
  EXPECT_EQ(name, GetParam() == Dialect::kSqlite ? "sqlite" : "postgres");
  EXPECT_EQ(Count(*database), 1);
}

TEST_P(StorageTest, MigratesOnceWhenSeveralStartTogether) {
  const std::vector<Migration> migrations = {
      {1, "things", {"CREATE TABLE things (name TEXT PRIMARY KEY)", "INSERT INTO things (name) VALUES ('once')"}}};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      auto database = Open();
      EXPECT_THAT(Migrate(*database, migrations), IsOk());
      EXPECT_EQ(Count(*database), 1);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_P(StorageTest, ReadsOneStateWhateverIsCommittedMeanwhile) {
  auto one = Open();
  auto two = Open();
  ASSERT_THAT(Migrate(*one, first_), IsOk());
  long long before = -1;
  long long after = -1;
  auto work = [&](soci::session& session) {
    session << "SELECT COUNT(*) FROM things", soci::into(before);
    EXPECT_THAT(two->Write([](soci::session& other) { return Insert(other, "a"); }), IsOk());
    session << "SELECT COUNT(*) FROM things", soci::into(after);
    return absl::OkStatus();
  };
  ASSERT_THAT(one->Read(work), IsOk());
  EXPECT_EQ(before, 0);
  EXPECT_EQ(after, 0);
  EXPECT_EQ(Count(*one), 1);
}

TEST_P(StorageTest, RefusesToWriteInARead) {
  auto database = Open();
  ASSERT_THAT(Migrate(*database, first_), IsOk());
  auto insert = [](soci::session& session) { return Insert(session, "a"); };
  EXPECT_THAT(database->Read(insert), StatusIs(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
  EXPECT_THAT(database->Write(insert), IsOk());
  EXPECT_EQ(Count(*database), 1);
}

TEST_P(StorageTest, LetsNoExceptionLeave) {
  auto database = Open();
  auto exception = [](soci::session&) -> absl::Status { throw std::runtime_error("what it says"); };
  auto other = [](soci::session&) -> absl::Status { throw 1; };
  absl::Status status = database->Write(exception);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
  EXPECT_THAT(status.message(), HasSubstr("what it says"));
  EXPECT_THAT(database->Read(exception), StatusIs(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
  EXPECT_THAT(database->Write(other), StatusIs(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
  EXPECT_THAT(database->Read(other), StatusIs(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
}

TEST_P(StorageTest, SaysWhichStatementFailedAndNoValue) {
  auto database = Open();
  ASSERT_THAT(Migrate(*database, first_), IsOk());
  auto insert = [](soci::session& session) { return Insert(session, "hush-hush"); };
  ASSERT_THAT(database->Write(insert), IsOk());
  absl::Status status = database->Write(insert);
  EXPECT_THAT(status.message(), HasSubstr("INSERT INTO things (name) VALUES"));
  EXPECT_THAT(status.message(), HasSubstr("things"));
  EXPECT_THAT(status.message(), Not(HasSubstr("hush")));
}

TEST_P(StorageTest, KeepsTextAsItIs) {
  auto database = Open();
  // Without an index: PostgreSQL has none for texts of more than some 2,700 bytes.
  ASSERT_THAT(Migrate(*database, {{1, "texts", {"CREATE TABLE texts (id BIGINT PRIMARY KEY, body TEXT NOT NULL)"}}}),
              IsOk());
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  const std::vector<std::string> texts = {absl::Base64Escape(bytes), "", "it's \\ :name \" %s \n\t",
                                          "\xF0\x9F\x94\x92 \xC3\xBC", std::string(1 << 20, 'x')};
  for (size_t i = 0; i < texts.size(); ++i) {
    const long long id = static_cast<long long>(i);
    ASSERT_THAT(database->Write([&](soci::session& session) {
      session << "INSERT INTO texts (id, body) VALUES (:id, :body)", soci::use(id, "id"), soci::use(texts[i], "body");
      return absl::OkStatus();
    }),
                IsOk());
    std::string read = "something else";
    ASSERT_THAT(database->Read([&](soci::session& session) {
      session << "SELECT body FROM texts WHERE id = :id", soci::into(read), soci::use(id, "id");
      return absl::OkStatus();
    }),
                IsOk());
    EXPECT_TRUE(read == texts[i]) << texts[i].substr(0, 100);
  }
}

TEST_P(StorageTest, KeepsBigNumbers) {
  auto database = Open();
  ASSERT_THAT(Migrate(*database, second_), IsOk());
  const long long written = std::numeric_limits<long long>::max();
  long long read = 0;
  ASSERT_THAT(database->Write([&](soci::session& session) {
    session << "INSERT INTO things (name, size) VALUES ('a', :size) "
               "ON CONFLICT (name) DO UPDATE SET size = excluded.size RETURNING size",
        soci::use(written, "size"), soci::into(read);
    return absl::OkStatus();
  }),
              IsOk());
  EXPECT_EQ(read, written);
}

TEST_P(StorageTest, LosesNoWriteUnderALock) {
  auto database = Open();
  ASSERT_THAT(Migrate(*database, second_), IsOk());
  ASSERT_THAT(database->Write([](soci::session& session) {
    session << "INSERT INTO things (name, size) VALUES ('counter', 0)";
    return absl::OkStatus();
  }),
              IsOk());
  auto count = [&] {
    for (int i = 0; i < 25; ++i) {
      EXPECT_THAT(database->Write([&](soci::session& session) {
        database->Lock(session, "counter");
        long long size = 0;
        session << "SELECT size FROM things WHERE name = 'counter'", soci::into(size);
        ++size;
        session << "UPDATE things SET size = :size WHERE name = 'counter'", soci::use(size, "size");
        return absl::OkStatus();
      }),
                  IsOk());
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(count);
  for (std::thread& thread : threads) thread.join();
  long long size = 0;
  ASSERT_THAT(database->Read([&](soci::session& session) {
    session << "SELECT size FROM things", soci::into(size);
    return absl::OkStatus();
  }),
              IsOk());
  EXPECT_EQ(size, 100);
}

TEST_P(StorageTest, RefusesAChannelWithoutANameOrWithALongOne) {
  auto database = Open();
  auto notify = [&](const std::string& channel) {
    return database->Write([&](soci::session& session) { return database->Notify(session, channel); });
  };
  EXPECT_THAT(notify("changes"), IsOk());
  EXPECT_THAT(notify(std::string(63, 'c')), IsOk());
  EXPECT_THAT(notify(std::string(64, 'c')), StatusIs(absl::StatusCode::kInvalidArgument, "CHANNEL_INVALID"));
  EXPECT_THAT(notify(""), StatusIs(absl::StatusCode::kInvalidArgument, "CHANNEL_INVALID"));
}

TEST_P(StorageTest, EndsASubscriptionWhenItIsDestroyed) {
  auto database = Open();
  std::atomic<int> calls{0};
  auto subscription = database->Listen("changes", [&] { ++calls; });
  ASSERT_NE(subscription, nullptr);
  subscription = nullptr;
  const int seen = calls;
  ASSERT_THAT(database->Write([&](soci::session& session) { return database->Notify(session, "changes"); }), IsOk());
  EXPECT_EQ(calls, seen);
}

}  // namespace
}  // namespace overlock::storage
