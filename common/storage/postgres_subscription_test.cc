#include "common/storage/postgres_subscription.h"

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "common/storage/postgres_database.h"
#include "common/testing/postgres_server.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace overlock::storage {
namespace {

// Counts calls, and waits for them.
class Calls {
 public:
  std::function<void()> Counter() {
    return [this] {
      std::lock_guard lock(mutex_);
      ++count_;
      changed_.notify_all();
    };
  }
  int count() {
    std::lock_guard lock(mutex_);
    return count_;
  }
  // False if there are not so many within a minute.
  bool Reach(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::minutes(1), [&] { return count_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

class PostgresSubscriptionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto server = PostgresServer::Shared();
    ASSERT_THAT(server, IsOk());
    server_ = *server;
    auto url = server_->CreateDatabase();
    ASSERT_THAT(url, IsOk());
    options_.connection = *url;
    writer_ = Open();
    listener_ = Open();
  }

  std::unique_ptr<PostgresDatabase> Open() const {
    auto database = PostgresDatabase::Open(options_);
    EXPECT_THAT(database, IsOk());
    return *std::move(database);
  }
  static absl::Status Notify(Database& database, const std::string& channel) {
    return database.Write([&](soci::session& session) { return database.Notify(session, channel); });
  }

  PostgresServer* server_ = nullptr;
  PostgresOptions options_;
  std::unique_ptr<PostgresDatabase> writer_;
  std::unique_ptr<PostgresDatabase> listener_;
};

TEST_F(PostgresSubscriptionTest, CallsWhenItListensAndWhenItIsTold) {
  Calls calls;
  auto subscription = listener_->Listen("changes", calls.Counter());
  ASSERT_TRUE(calls.Reach(1));
  ASSERT_THAT(Notify(*writer_, "changes"), IsOk());
  EXPECT_TRUE(calls.Reach(2));
  ASSERT_THAT(Notify(*listener_, "changes"), IsOk());
  EXPECT_TRUE(calls.Reach(3));
}

TEST_F(PostgresSubscriptionTest, OutlivesItsDatabase) {
  Calls calls;
  auto subscription = listener_->Listen("changes", calls.Counter());
  listener_ = nullptr;
  ASSERT_TRUE(calls.Reach(1));
  ASSERT_THAT(Notify(*writer_, "changes"), IsOk());
  EXPECT_TRUE(calls.Reach(2));
}

TEST_F(PostgresSubscriptionTest, IsToldOnlyWhatIsCommittedAndOnlyOfItsChannel) {
  Calls calls;
  // Not an identifier unless it is quoted.
  const std::string channel = "It's \"mine\"";
  auto subscription = listener_->Listen(channel, calls.Counter());
  ASSERT_TRUE(calls.Reach(1));
  EXPECT_FALSE(writer_
                   ->Write([&](soci::session& session) {
                     EXPECT_THAT(writer_->Notify(session, channel), IsOk());
                     return Error(absl::StatusCode::kInternal, "TEST", "rolls back");
                   })
                   .ok());
  ASSERT_THAT(Notify(*writer_, "other"), IsOk());
  options_.schema = "elsewhere";
  ASSERT_THAT(Notify(*Open(), channel), IsOk());
  ASSERT_THAT(Notify(*writer_, channel), IsOk());
  EXPECT_TRUE(calls.Reach(2));
  EXPECT_EQ(calls.count(), 2);
}

TEST_F(PostgresSubscriptionTest, ListensInItsSchema) {
  options_.schema = "elsewhere";
  auto database = Open();
  Calls calls;
  auto subscription = database->Listen("changes", calls.Counter());
  ASSERT_TRUE(calls.Reach(1));
  ASSERT_THAT(Notify(*Open(), "changes"), IsOk());
  EXPECT_TRUE(calls.Reach(2));
}

TEST_F(PostgresSubscriptionTest, ListensAgainAfterTheServerWasRestarted) {
  Calls calls;
  auto subscription = listener_->Listen("changes", calls.Counter());
  ASSERT_TRUE(calls.Reach(1));
  for (auto stop : {&PostgresServer::Stop, &PostgresServer::Crash}) {
    const int before = calls.count();
    ASSERT_THAT((server_->*stop)(), IsOk());
    ASSERT_THAT(server_->Start(), IsOk());
    // Something may have been missed.
    ASSERT_TRUE(calls.Reach(before + 1));
    ASSERT_THAT(Notify(*writer_, "changes"), IsOk());
    EXPECT_TRUE(calls.Reach(before + 2));
  }
}

TEST_F(PostgresSubscriptionTest, BeginsWhenTheServerComes) {
  ASSERT_THAT(server_->Stop(), IsOk());
  Calls calls;
  auto subscription = listener_->Listen("changes", calls.Counter());
  auto ended_before = listener_->Listen("changes", calls.Counter());
  ended_before = nullptr;
  EXPECT_EQ(calls.count(), 0);
  ASSERT_THAT(server_->Start(), IsOk());
  EXPECT_TRUE(calls.Reach(1));
}

}  // namespace
}  // namespace overlock::storage
