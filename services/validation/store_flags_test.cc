#include "services/validation/store_flags.h"

#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "absl/flags/reflection.h"
#include "common/async/block_on.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

ABSL_DECLARE_FLAG(std::string, validation_database);
ABSL_DECLARE_FLAG(int, validation_deliveries_max);

namespace overlock::validation {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class StoreFlagsTest : public ::testing::Test {
 protected:
  // False if it was taken before.
  static bool Take(DeliveryStore& store) {
    DeliveryClaim claim{.key = "a", .owner = "owner", .lease = absl::Hours(1), .keep = absl::Hours(1)};
    absl::StatusOr<bool> taken = BlockOn(store.Take(std::move(claim)));
    EXPECT_THAT(taken, IsOk());
    EXPECT_THAT(BlockOn(store.Complete("a", "owner", true)), IsOk());
    return taken.value_or(false);
  }
  bool TakeFromANewStore() {
    absl::StatusOr<std::unique_ptr<DeliveryStore>> store = OpenDeliveryStore(metrics_);
    EXPECT_THAT(store, IsOk());
    return store.ok() && Take(**store);
  }

  absl::FlagSaver saver_;
  Metrics metrics_;
};

TEST_F(StoreFlagsTest, RemembersInMemoryUnlessADatabaseIsNamed) {
  EXPECT_TRUE(TakeFromANewStore());
  EXPECT_TRUE(TakeFromANewStore());
}

TEST_F(StoreFlagsTest, RemembersInADatabaseThatIsNamed) {
  const std::string file = ::testing::TempDir() + "store_flags.db";
  for (const char* end : {"", "-wal", "-shm"}) std::remove((file + end).c_str());
  absl::SetFlag(&FLAGS_validation_database, file);
  EXPECT_TRUE(TakeFromANewStore());
  EXPECT_FALSE(TakeFromANewStore());
}

TEST_F(StoreFlagsTest, RefusesAPasswordOnTheCommandLine) {
  absl::SetFlag(&FLAGS_validation_database, "postgresql://user:hunter2@host/name");
  absl::Status status = OpenDeliveryStore(metrics_).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, "PASSWORD_IN_FLAG"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("--validation_database_url_file"));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("hunter2")));
}

TEST_F(StoreFlagsTest, RefusesALimitThatIsNone) {
  for (int deliveries_max : {0, -1, 100'000'001}) {
    absl::SetFlag(&FLAGS_validation_deliveries_max, deliveries_max);
    EXPECT_THAT(OpenDeliveryStore(metrics_), StatusIs(absl::StatusCode::kInvalidArgument, "BAD_FLAG"));
  }
}

}  // namespace
}  // namespace overlock::validation
