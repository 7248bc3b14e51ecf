// What every store of deliveries does.
#include "services/validation/delivery_store.h"

#include <atomic>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/async/block_on.h"
#include "common/storage/open_database.h"
#include "common/telemetry/metrics.h"
#include "common/testing/fake_clock.h"
#include "common/testing/postgres_server.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/validation/memory_delivery_store.h"
#include "services/validation/sql_delivery_store.h"

namespace overlock::validation {
namespace {

using ::testing::HasSubstr;

enum class Kind { kMemory, kSqlite, kPostgres };

class DeliveryStoreContract : public ::testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (GetParam() == Kind::kPostgres) {
      absl::StatusOr<PostgresServer*> server = PostgresServer::Shared();
      ASSERT_THAT(server, IsOk());
      absl::StatusOr<std::string> url = (*server)->CreateDatabase();
      ASSERT_THAT(url, IsOk());
      url_ = *url;
    } else if (GetParam() == Kind::kSqlite) {
      std::string name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
      file_ = ::testing::TempDir() + "deliveries_" + name.substr(0, name.find('/')) + ".db";
      Remove();
      url_ = "sqlite:" + file_;
    }
    store_ = Open();
    ASSERT_NE(store_, nullptr);
  }
  void TearDown() override {
    store_.reset();
    Remove();
  }
  void Remove() {
    for (const char* end : {"", "-wal", "-shm"}) std::remove((file_ + end).c_str());
  }

  std::unique_ptr<DeliveryStore> Open() {
    if (GetParam() == Kind::kMemory) return std::make_unique<MemoryDeliveryStore>(1'000, metrics_, clock_);
    storage::OpenOptions options;
    options.postgres.schema = "overlock_validation";
    auto database = storage::OpenDatabase(url_, options);
    EXPECT_THAT(database, IsOk());
    auto store = SqlDeliveryStore::Open(*std::move(database), clock_);
    EXPECT_THAT(store, IsOk());
    return store.ok() ? *std::move(store) : nullptr;
  }

  bool Take(const std::string& key, const std::string& owner, absl::Duration lease = absl::Minutes(2)) {
    DeliveryClaim claim{.key = key, .owner = owner, .lease = lease, .keep = absl::Hours(1)};
    absl::StatusOr<bool> taken = BlockOn(store_->Take(std::move(claim)));
    EXPECT_THAT(taken, IsOk());
    return taken.value_or(false);
  }
  void Complete(const std::string& key, const std::string& owner, bool succeeded) {
    EXPECT_THAT(BlockOn(store_->Complete(key, owner, succeeded)), IsOk());
  }

  std::string url_;
  std::string file_;
  Metrics metrics_;
  FakeClock clock_;
  std::unique_ptr<DeliveryStore> store_;
};

TEST_P(DeliveryStoreContract, GivesADeliveryToOneOwnerWhileItRuns) {
  EXPECT_TRUE(Take("a", "first"));
  EXPECT_FALSE(Take("a", "second"));
  EXPECT_TRUE(Take("b", "second"));
}

TEST_P(DeliveryStoreContract, GivesItToTheSameOwnerAgainWithANewLease) {
  EXPECT_TRUE(Take("a", "first", absl::Seconds(10)));
  clock_.Advance(absl::Seconds(9));
  EXPECT_TRUE(Take("a", "first", absl::Seconds(10)));
  clock_.Advance(absl::Seconds(9));
  EXPECT_FALSE(Take("a", "second"));
}

TEST_P(DeliveryStoreContract, RemembersOneThatSucceededForTheTimeItWasTakenWith) {
  EXPECT_TRUE(Take("a", "first"));
  Complete("a", "first", true);
  EXPECT_FALSE(Take("a", "second"));
  EXPECT_FALSE(Take("a", "first"));
  clock_.Advance(absl::Hours(1) - absl::Milliseconds(1));
  EXPECT_FALSE(Take("a", "second"));
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(Take("a", "second"));
}

TEST_P(DeliveryStoreContract, CountsThatTimeFromTheEndOfTheExecution) {
  EXPECT_TRUE(Take("a", "first"));
  clock_.Advance(absl::Minutes(1));
  Complete("a", "first", true);
  clock_.Advance(absl::Minutes(59));
  EXPECT_FALSE(Take("a", "second"));
}

TEST_P(DeliveryStoreContract, FreesOneThatFailed) {
  EXPECT_TRUE(Take("a", "first"));
  Complete("a", "first", false);
  EXPECT_TRUE(Take("a", "second"));
  EXPECT_FALSE(Take("a", "third"));
}

TEST_P(DeliveryStoreContract, FreesOneWhoseOwnerNeverSaidHowItEnded) {
  EXPECT_TRUE(Take("a", "first", absl::Seconds(10)));
  clock_.Advance(absl::Milliseconds(9'999));
  EXPECT_FALSE(Take("a", "second"));
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(Take("a", "second"));
}

TEST_P(DeliveryStoreContract, BelievesOnlyTheOwnerHowItEnded) {
  EXPECT_TRUE(Take("a", "first", absl::Seconds(10)));
  Complete("a", "second", false);
  Complete("a", "second", true);
  EXPECT_FALSE(Take("a", "second"));
  clock_.Advance(absl::Seconds(10));
  EXPECT_TRUE(Take("a", "second"));
  Complete("a", "first", false);
  EXPECT_FALSE(Take("a", "third"));
}

TEST_P(DeliveryStoreContract, TakesItCalmlyToBeToldTwiceOrOfNothing) {
  Complete("nothing", "first", true);
  Complete("nothing", "first", false);
  EXPECT_TRUE(Take("a", "first"));
  Complete("a", "first", true);
  clock_.Advance(absl::Minutes(30));
  Complete("a", "first", true);
  // It has succeeded: that is not taken back.
  Complete("a", "first", false);
  EXPECT_FALSE(Take("a", "second"));
  clock_.Advance(absl::Minutes(30));
  EXPECT_TRUE(Take("a", "second"));
}

TEST_P(DeliveryStoreContract, GivesADeliveryToOneOfManyWhoAskAtTheSameTime) {
  constexpr int kThreads = 8;
  for (const char* key : {"new", "again"}) {
    std::vector<std::thread> threads;
    std::atomic<int> taken = 0;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] { taken += Take(key, "owner" + std::to_string(i)); });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(taken, 1) << key;
  }
}

TEST_P(DeliveryStoreContract, KeepsManyDeliveriesApart) {
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(Take("key" + std::to_string(i), "first"));
  for (int i = 0; i < 100; ++i) Complete("key" + std::to_string(i), "first", i % 2 == 0);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(Take("key" + std::to_string(i), "second"), i % 2 != 0);
}

std::string NameOf(const ::testing::TestParamInfo<Kind>& info) {
  return info.param == Kind::kMemory ? "Memory" : info.param == Kind::kSqlite ? "Sqlite" : "Postgres";
}
INSTANTIATE_TEST_SUITE_P(Everywhere, DeliveryStoreContract,
                         ::testing::Values(Kind::kMemory, Kind::kSqlite, Kind::kPostgres), NameOf);

// What is in a database.
class SqlDeliveryStoreTest : public DeliveryStoreContract {
 protected:
  int CountRows() {
    auto database = storage::OpenDatabase(url_, Options());
    EXPECT_THAT(database, IsOk());
    int rows = -1;
    EXPECT_THAT((*database)->Read([&rows](soci::session& session) {
      session << "SELECT COUNT(*) FROM deliveries", soci::into(rows);
      return absl::OkStatus();
    }),
                IsOk());
    return rows;
  }
  static storage::OpenOptions Options() {
    storage::OpenOptions options;
    options.postgres.schema = "overlock_validation";
    return options;
  }
};

TEST_P(SqlDeliveryStoreTest, IsSharedByReplicasAndOutlivesThem) {
  EXPECT_TRUE(Take("a", "first"));
  std::unique_ptr<DeliveryStore> first = std::exchange(store_, Open());
  EXPECT_FALSE(Take("a", "second"));
  // The other replica is told how it ended.
  Complete("a", "first", true);
  first.reset();
  store_ = Open();
  EXPECT_FALSE(Take("a", "second"));
}

TEST_P(SqlDeliveryStoreTest, DeletesWhatHasExpired) {
  for (const char* key : {"a", "b", "c"}) {
    EXPECT_TRUE(Take(key, "first"));
    Complete(key, "first", true);
  }
  EXPECT_TRUE(Take("crashed", "first"));
  EXPECT_EQ(CountRows(), 4);
  clock_.Advance(absl::Hours(2));
  EXPECT_TRUE(Take("d", "first"));
  Complete("d", "first", true);
  EXPECT_EQ(CountRows(), 1);
}

INSTANTIATE_TEST_SUITE_P(Everywhere, SqlDeliveryStoreTest, ::testing::Values(Kind::kSqlite, Kind::kPostgres), NameOf);

TEST(PostgresDeliveryStoreTest, SaysThatItGivesNoAnswerWhileTheDatabaseIsDown) {
  auto server = PostgresServer::Create();
  ASSERT_THAT(server, IsOk());
  absl::StatusOr<std::string> url = (*server)->CreateDatabase();
  ASSERT_THAT(url, IsOk());
  auto database = storage::OpenDatabase(*url);
  ASSERT_THAT(database, IsOk());
  FakeClock clock;
  auto store = SqlDeliveryStore::Open(*std::move(database), clock);
  ASSERT_THAT(store, IsOk());
  ASSERT_THAT((*server)->Stop(), IsOk());
  DeliveryClaim claim{.key = "a", .owner = "first", .lease = absl::Seconds(10), .keep = absl::Hours(1)};
  DeliveryClaim again = claim;
  EXPECT_THAT(BlockOn((*store)->Take(std::move(claim))), StatusIs(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
  EXPECT_THAT(BlockOn((*store)->Complete("a", "first", true)),
              StatusIs(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
  ASSERT_THAT((*server)->Start(), IsOk());
  absl::StatusOr<bool> taken = BlockOn((*store)->Take(std::move(again)));
  ASSERT_THAT(taken, IsOk());
  EXPECT_TRUE(*taken);
}

class MemoryDeliveryStoreTest : public ::testing::Test {
 protected:
  absl::StatusOr<bool> Take(const std::string& key, absl::Duration lease = absl::Minutes(2)) {
    DeliveryClaim claim{.key = key, .owner = "owner", .lease = lease, .keep = absl::Hours(1)};
    return BlockOn(store_.Take(std::move(claim)));
  }
  void Succeed(const std::string& key) { EXPECT_THAT(BlockOn(store_.Complete(key, "owner", true)), IsOk()); }

  Metrics metrics_;
  FakeClock clock_;
  MemoryDeliveryStore store_{3, metrics_, clock_};
};

TEST_F(MemoryDeliveryStoreTest, ForgetsTheOldestThatSucceededWhenItIsFull) {
  for (const char* key : {"a", "b", "c"}) {
    ASSERT_THAT(Take(key), IsOk());
    Succeed(key);
    clock_.Advance(absl::Seconds(1));
  }
  EXPECT_TRUE(*Take("d"));
  EXPECT_FALSE(*Take("b"));
  EXPECT_FALSE(*Take("c"));
  EXPECT_THAT(metrics_.Serialize(), HasSubstr("overlock_validation_deliveries_forgotten_total 1"));
  EXPECT_TRUE(*Take("a"));
}

TEST_F(MemoryDeliveryStoreTest, RefusesMoreThanItMayHoldWhileAllRun) {
  for (const char* key : {"a", "b", "c"}) EXPECT_TRUE(*Take(key, absl::Seconds(10)));
  EXPECT_THAT(Take("d"), StatusIs(absl::StatusCode::kResourceExhausted, "DELIVERIES_FULL"));
  EXPECT_TRUE(*Take("a", absl::Seconds(20)));
  clock_.Advance(absl::Seconds(10));
  EXPECT_TRUE(*Take("d"));
}

}  // namespace
}  // namespace overlock::validation
