// The process is killed before one statement after another of a change: what is there afterwards is the old or the new.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/storage/open_database.h"
#include "common/testing/postgres_server.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "services/config/application_store.h"

namespace overlock::config {
namespace {

// Ends the process before the statement of this number.
class Killer : public soci::logger_impl {
 public:
  explicit Killer(int statements) : statements_(statements) {}
  void start_query(const std::string&) override {
    if (--statements_ == 0) raise(SIGKILL);
  }

 private:
  logger_impl* do_clone() const override { return new Killer(statements_); }
  int statements_;
};

// Kills in the next Write().
class KillingDatabase : public storage::Database {
 public:
  KillingDatabase(std::unique_ptr<storage::Database> database, int statements)
      : database_(std::move(database)), statements_(statements) {}

  storage::Dialect dialect() const override { return database_->dialect(); }
  absl::Status Write(const Work& work) override {
    // From here on the session runs the statements of the change and its COMMIT.
    return database_->Write([&](soci::session& session) {
      session.set_logger(soci::logger(new Killer(statements_)));
      return work(session);
    });
  }
  absl::Status Read(const Work& work) override { return database_->Read(work); }
  void Lock(soci::session& session, const std::string& name) override { database_->Lock(session, name); }
  absl::Status Notify(soci::session& session, const std::string& channel) override {
    return database_->Notify(session, channel);
  }
  std::unique_ptr<storage::Subscription> Listen(const std::string& channel, std::function<void()> on_notify) override {
    return database_->Listen(channel, std::move(on_notify));
  }

 private:
  const std::unique_ptr<storage::Database> database_;
  const int statements_;
};

class ApplicationStoreCrashTest : public ::testing::TestWithParam<storage::Dialect> {
 protected:
  ApplicationStoreCrashTest() {
    std::string pattern = ::testing::TempDir() + "/overlock_crash_XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~ApplicationStoreCrashTest() override { std::filesystem::remove_all(directory_); }

  void MakeDatabase() {
    url_ = absl::StrCat("sqlite:", directory_, "/", ++databases_, ".db");
    if (GetParam() == storage::Dialect::kSqlite) return;
    auto server = PostgresServer::Shared();
    ASSERT_THAT(server, IsOk());
    auto url = (*server)->CreateDatabase();
    ASSERT_THAT(url, IsOk());
    url_ = *url;
  }
  std::unique_ptr<storage::Database> OpenDatabase() {
    auto database = storage::OpenDatabase(url_);
    EXPECT_THAT(database, IsOk());
    return *std::move(database);
  }
  std::unique_ptr<ApplicationStore> Open(std::shared_ptr<storage::Database> database) {
    auto store = ApplicationStore::Open(std::move(database), key_, now_);
    EXPECT_THAT(store, IsOk());
    return *std::move(store);
  }
  static ApplicationStore::ApplicationPtr App(const std::string& location) {
    v1::Application application;
    application.set_app_id("a");
    application.set_name("a");
    application.set_location(location);
    return std::make_shared<const v1::Application>(std::move(application));
  }
  static AuditEntry Audit() { return {"me", "", "deploy draft", "a", "application", ""}; }
  int64_t Revision(ApplicationStore& store) { return store.ListRevisions("a")->front().revision; }

  // Runs `change` in a process that ends before its statement of this number; whether it did end so.
  bool Dies(int statements, const std::function<void(ApplicationStore&)>& change) {
    pid_t child = fork();
    if (child == 0) {
      auto database = std::make_shared<SwitchableDatabase>(OpenDatabase());
      auto store = Open(database);
      database->Arm(statements);
      change(*store);
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  }

  // Passes on until it is armed.
  class SwitchableDatabase : public storage::Database {
   public:
    explicit SwitchableDatabase(std::unique_ptr<storage::Database> database) : database_(std::move(database)) {}
    void Arm(int statements) { database_ = std::make_unique<KillingDatabase>(std::move(database_), statements); }
    storage::Dialect dialect() const override { return database_->dialect(); }
    absl::Status Write(const Work& work) override { return database_->Write(work); }
    absl::Status Read(const Work& work) override { return database_->Read(work); }
    void Lock(soci::session& session, const std::string& name) override { database_->Lock(session, name); }
    absl::Status Notify(soci::session& session, const std::string& channel) override {
      return database_->Notify(session, channel);
    }
    std::unique_ptr<storage::Subscription> Listen(const std::string& channel,
                                                  std::function<void()> on_notify) override {
      return database_->Listen(channel, std::move(on_notify));
    }

   private:
    std::unique_ptr<storage::Database> database_;
  };

  const absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  const crypto::SealKey key_ = crypto::SealKey::Random();
  std::string directory_;
  std::string url_;
  int databases_ = 0;
};

TEST_P(ApplicationStoreCrashTest, LeavesTheOldOrTheNewWhereverItIsKilled) {
  int killed = 0;
  for (int statements = 1; statements < 100; ++statements) {
    MakeDatabase();
    int64_t before = 0;
    {
      auto store = Open(OpenDatabase());
      ASSERT_THAT(store->Put({0, App("old"), Audit(), false}, now_), IsOk());
      before = Revision(*store);
      ASSERT_THAT(store->PutDraft({App("new"), before, "me", now_}, true, Audit(), now_), IsOk());
    }
    // What deploys a draft: a revision, an audit record, the end of the draft.
    const bool died = Dies(statements, [&](ApplicationStore& store) {
      store.Put({before, App("new"), Audit(), true}, now_).IgnoreError();
    });
    auto database = std::shared_ptr<storage::Database>(OpenDatabase());
    auto store = Open(database);
    auto state = store->Load();
    ASSERT_THAT(state, IsOk());
    ASSERT_EQ(state->applications.size(), 1u);
    const bool is_new = state->applications[0].application->location() == "new";
    EXPECT_EQ(state->revision, before + (is_new ? 1 : 0)) << statements;
    EXPECT_EQ(store->ListRevisions("a")->size(), is_new ? 2u : 1u) << statements;
    EXPECT_EQ((*store->LoadDraft("a")).has_value(), !is_new) << statements;
    EXPECT_EQ(storage::ReadAudit(*database, "a", 100, "")->rows.size(), is_new ? 3u : 2u) << statements;
    // And it goes on.
    EXPECT_THAT(store->Put({state->applications[0].revision, App("next"), Audit(), true}, now_), IsOk()) << statements;
    if (!died) {
      EXPECT_TRUE(is_new);
      break;
    }
    ++killed;
  }
  // The statements of the change and its COMMIT.
  EXPECT_GE(killed, 8);
}

INSTANTIATE_TEST_SUITE_P(Sqlite, ApplicationStoreCrashTest, ::testing::Values(storage::Dialect::kSqlite));
INSTANTIATE_TEST_SUITE_P(Postgres, ApplicationStoreCrashTest, ::testing::Values(storage::Dialect::kPostgres));

}  // namespace
}  // namespace overlock::config
