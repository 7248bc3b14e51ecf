#include "common/storage/postgres_database.h"

#include <atomic>
#include <barrier>
#include <latch>
#include <thread>
#include <utility>

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

// storage_test.cc has what all databases do.
class PostgresDatabaseTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto server = PostgresServer::Shared();
    ASSERT_THAT(server, IsOk());
    server_ = *server;
    auto url = server_->CreateDatabase();
    ASSERT_THAT(url, IsOk());
    options_.connection = *url;
    database_ = Open(options_);
    ASSERT_THAT(Execute("CREATE TABLE things (name TEXT PRIMARY KEY, size BIGINT NOT NULL)"), IsOk());
    ASSERT_THAT(Execute("INSERT INTO things VALUES ('a', 0), ('b', 0)"), IsOk());
  }

  static std::unique_ptr<PostgresDatabase> Open(const PostgresOptions& options) {
    auto database = PostgresDatabase::Open(options);
    EXPECT_THAT(database, IsOk());
    return *std::move(database);
  }
  absl::Status Execute(const std::string& statement) { return ExecuteOn(*database_, statement); }
  static absl::Status ExecuteOn(Database& database, const std::string& statement) {
    return database.Write([&](soci::session& session) {
      session << statement;
      return absl::OkStatus();
    });
  }
  static void Add(soci::session& session, const std::string& name) {
    session << "UPDATE things SET size = size + 1 WHERE name = :name", soci::use(name, "name");
  }
  long long Size(const std::string& name) {
    long long size = -1;
    EXPECT_THAT(database_->Read([&](soci::session& session) {
      session << "SELECT size FROM things WHERE name = :name", soci::into(size), soci::use(name, "name");
      return absl::OkStatus();
    }),
                IsOk());
    return size;
  }

  PostgresServer* server_ = nullptr;
  PostgresOptions options_;
  std::unique_ptr<PostgresDatabase> database_;
};

TEST_F(PostgresDatabaseTest, GoesOnAfterTheServerWasRestarted) {
  ASSERT_THAT(server_->Stop(), IsOk());
  EXPECT_THAT(Execute("UPDATE things SET size = 1"), StatusIs(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
  EXPECT_THAT(Execute("UPDATE things SET size = 1"), StatusIs(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
  ASSERT_THAT(server_->Start(), IsOk());
  EXPECT_THAT(Execute("UPDATE things SET size = 2"), IsOk());
  ASSERT_THAT(server_->Stop(), IsOk());
  ASSERT_THAT(server_->Start(), IsOk());
  EXPECT_EQ(Size("a"), 2);
}

TEST_F(PostgresDatabaseTest, FailsTheTransactionThatTheServerTookWithIt) {
  for (auto stop : {&PostgresServer::Stop, &PostgresServer::Crash}) {
    int runs = 0;
    auto work = [&](soci::session& session) {
      ++runs;
      Add(session, "a");
      EXPECT_THAT((server_->*stop)(), IsOk());
      EXPECT_THAT(server_->Start(), IsOk());
      Add(session, "a");
      return absl::OkStatus();
    };
    EXPECT_THAT(database_->Write(work), StatusIs(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(Size("a"), 0);
    EXPECT_THAT(Execute("UPDATE things SET size = 0"), IsOk());
  }
}

TEST_F(PostgresDatabaseTest, SaysThatACommitMayHaveHappenedWhenTheConnectionIsLost) {
  auto work = [&](soci::session& session) {
    Add(session, "a");
    EXPECT_THAT(server_->Stop(), IsOk());
    return absl::OkStatus();
  };
  absl::Status status = database_->Write(work);
  ASSERT_THAT(server_->Start(), IsOk());
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
  EXPECT_THAT(status.message(), HasSubstr("COMMIT"));
}

TEST_F(PostgresDatabaseTest, RefusesWhenNoConnectionComesBack) {
  options_.sessions_max = 2;
  options_.session_wait_max = absl::Milliseconds(1);
  auto database = Open(options_);
  auto nothing = [](soci::session&) { return absl::OkStatus(); };
  absl::Status innermost;
  auto inner = [&](soci::session&) {
    innermost = database->Read(nothing);
    return absl::OkStatus();
  };
  EXPECT_THAT(database->Write([&](soci::session&) { return database->Write(inner); }), IsOk());
  EXPECT_THAT(innermost, StatusIs(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
  EXPECT_THAT(innermost.message(), HasSubstr("all 2 connections"));
  EXPECT_THAT(database->Write([&](soci::session&) { return database->Read(nothing); }), IsOk());
}

TEST_F(PostgresDatabaseTest, WaitsForAConnection) {
  options_.sessions_max = 1;
  options_.session_wait_max = absl::Seconds(60);
  auto database = Open(options_);
  std::latch begun(1);
  std::thread thread([&] {
    EXPECT_THAT(database->Write([&](soci::session& session) {
      begun.count_down();
      Add(session, "a");
      return absl::OkStatus();
    }),
                IsOk());
  });
  begun.wait();
  EXPECT_THAT(ExecuteOn(*database, "UPDATE things SET size = size + 1"), IsOk());
  thread.join();
  EXPECT_EQ(Size("a"), 2);
}

TEST_F(PostgresDatabaseTest, RunsAgainWhatCannotBeSerialised) {
  auto other = Open(options_);
  int runs = 0;
  auto work = [&](soci::session& session) {
    session << "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE";
    long long size = 0;
    session << "SELECT size FROM things WHERE name = 'a'", soci::into(size);
    if (++runs == 1) {
      EXPECT_THAT(ExecuteOn(*other, "UPDATE things SET size = 10 WHERE name = 'a'"), IsOk());
    }
    ++size;
    session << "UPDATE things SET size = :size WHERE name = 'a'", soci::use(size, "size");
    return absl::OkStatus();
  };
  EXPECT_THAT(database_->Write(work), IsOk());
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(Size("a"), 11);
}

TEST_F(PostgresDatabaseTest, GivesUpWhatCanNeverBeSerialised) {
  auto other = Open(options_);
  int runs = 0;
  auto work = [&](soci::session& session) {
    ++runs;
    session << "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE";
    long long size = 0;
    session << "SELECT size FROM things WHERE name = 'a'", soci::into(size);
    EXPECT_THAT(ExecuteOn(*other, "UPDATE things SET size = 10 WHERE name = 'a'"), IsOk());
    Add(session, "a");
    return absl::OkStatus();
  };
  EXPECT_THAT(database_->Write(work), StatusIs(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
  EXPECT_EQ(runs, PostgresDatabase::kAttemptsMax);
  EXPECT_EQ(Size("a"), 10);
}

TEST_F(PostgresDatabaseTest, RunsAgainWhatADeadlockEnded) {
  std::barrier both(2);
  std::atomic<int> runs{0};
  auto write = [&](std::string first, std::string second) {
    bool again = false;
    EXPECT_THAT(database_->Write([&](soci::session& session) {
      ++runs;
      Add(session, first);
      if (!std::exchange(again, true)) both.arrive_and_wait();
      Add(session, second);
      return absl::OkStatus();
    }),
                IsOk());
  };
  std::thread thread(write, "b", "a");
  write("a", "b");
  thread.join();
  EXPECT_GT(runs, 2);
  EXPECT_EQ(Size("a"), 2);
  EXPECT_EQ(Size("b"), 2);
}

TEST_F(PostgresDatabaseTest, EndsAStatementThatTakesTooLong) {
  options_.statement_timeout = absl::Milliseconds(20);
  options_.sessions_max = 1;
  auto database = Open(options_);
  EXPECT_THAT(ExecuteOn(*database, "SELECT pg_sleep(600)"),
              StatusIs(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
  EXPECT_THAT(ExecuteOn(*database, "UPDATE things SET size = 1"), IsOk());
}

TEST_F(PostgresDatabaseTest, WaitsForALockNoLongerThanForAStatement) {
  options_.statement_timeout = absl::Milliseconds(20);
  auto other = Open(options_);
  auto lock = [&](soci::session& session) {
    other->Lock(session, "name");
    return absl::OkStatus();
  };
  EXPECT_THAT(database_->Write([&](soci::session& session) {
    database_->Lock(session, "another name");
    EXPECT_THAT(other->Write(lock), IsOk());
    database_->Lock(session, "name");
    EXPECT_THAT(other->Write(lock), StatusIs(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
    return absl::OkStatus();
  }),
              IsOk());
  EXPECT_THAT(other->Write(lock), IsOk());
}

TEST_F(PostgresDatabaseTest, DoesNotCommitWhenTheWorkHidesAnError) {
  auto work = [&](soci::session& session) {
    Add(session, "a");
    try {
      session << "INSERT INTO things VALUES ('a', 1)";
    } catch (const std::exception&) {
    }
    return absl::OkStatus();
  };
  EXPECT_THAT(database_->Write(work), StatusIs(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
  EXPECT_EQ(Size("a"), 0);
}

TEST_F(PostgresDatabaseTest, LeavesNothingPreparedAfterAnError) {
  options_.sessions_max = 1;
  auto database = Open(options_);
  auto work = [](soci::session& session) {
    std::string name = "a";
    soci::statement insert = (session.prepare << "INSERT INTO things VALUES (:name, 1)", soci::use(name, "name"));
    insert.execute(true);
    return absl::OkStatus();
  };
  EXPECT_THAT(database->Write(work), StatusIs(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
  long long prepared = -1;
  EXPECT_THAT(database->Read([&](soci::session& session) {
    session << "SELECT COUNT(*) FROM pg_prepared_statements", soci::into(prepared);
    return absl::OkStatus();
  }),
              IsOk());
  EXPECT_EQ(prepared, 0);
}

TEST_F(PostgresDatabaseTest, ShowsNoDataThatDoesNotFit) {
  std::string name = "hush-hush";
  absl::Status status = database_->Write([&](soci::session& session) {
    session << "UPDATE things SET size = CAST(:name AS BIGINT)", soci::use(name, "name");
    return absl::OkStatus();
  });
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
  EXPECT_THAT(status.message(), AllOf(HasSubstr("22P02"), Not(HasSubstr("hush"))));
}

TEST_F(PostgresDatabaseTest, KeepsSchemasApart) {
  const std::vector<Migration> config = {{1, "theirs", {"CREATE TABLE things (name TEXT)"}}};
  const std::vector<Migration> auth = {{1, "ours", {"CREATE TABLE users (name TEXT)"}}};
  for (int start = 0; start < 2; ++start) {
    options_.schema = "config";
    EXPECT_THAT(Migrate(*Open(options_), config), IsOk());
    // A word of SQL.
    options_.schema = "user";
    EXPECT_THAT(Migrate(*Open(options_), auth), IsOk());
  }
  EXPECT_THAT(Execute("SELECT name FROM config.things, \"user\".users"), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(Execute("SELECT 1 FROM config.things, \"user\".users"), IsOk());
}

TEST_F(PostgresDatabaseTest, MakesASchemaOnceWhenSeveralStartTogether) {
  options_.schema = "auth";
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([this] { Open(options_); });
  for (std::thread& thread : threads) thread.join();
}

TEST_F(PostgresDatabaseTest, RefusesOptionsThatCannotBe) {
  auto refuses = [&](void (*change)(PostgresOptions*), const std::string& name) {
    PostgresOptions options = options_;
    change(&options);
    absl::Status status = PostgresDatabase::Open(options).status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, "STORE_OPTIONS_INVALID"));
    EXPECT_THAT(status.message(), HasSubstr(name));
  };
  refuses([](PostgresOptions* options) { options->schema = "a\"b"; }, "schema");
  refuses([](PostgresOptions* options) { options->schema = "1a"; }, "schema");
  refuses([](PostgresOptions* options) { options->schema = std::string(31, 'a'); }, "schema");
  refuses([](PostgresOptions* options) { options->sessions_max = 0; }, "sessions_max");
  refuses([](PostgresOptions* options) { options->session_wait_max = absl::ZeroDuration(); }, "session_wait_max");
  refuses([](PostgresOptions* options) { options->connect_timeout = absl::ZeroDuration(); }, "connect_timeout");
  refuses([](PostgresOptions* options) { options->statement_timeout = absl::Microseconds(1); }, "statement_timeout");
}

}  // namespace
}  // namespace overlock::storage
