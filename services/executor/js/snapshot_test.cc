#include "services/executor/js/snapshot.h"

#include <string>

#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "services/executor/js/embedded_snapshot.h"

namespace overlock::executor::js {
namespace {

TEST(SnapshotTest, GivesBackWhatWasSealed) {
  for (std::string blob : {"", "a blob", "exactly16 bytes."}) {
    std::string file = SealSnapshot(blob);
    absl::StatusOr<std::string_view> opened = OpenSnapshot(file);
    ASSERT_THAT(opened, IsOk());
    EXPECT_EQ(*opened, blob);
  }
}

TEST(SnapshotTest, RefusesAFileThatChangedByOneBit) {
  std::string file = SealSnapshot("a blob of some bytes");
  for (size_t bit = 0; bit < file.size() * 8; ++bit) {
    std::string damaged = file;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    EXPECT_THAT(OpenSnapshot(damaged), StatusIs(absl::StatusCode::kDataLoss, "SNAPSHOT_INVALID")) << bit;
  }
}

TEST(SnapshotTest, RefusesAFileThatWasCut) {
  std::string file = SealSnapshot("a blob of some bytes");
  for (size_t size = 0; size < file.size(); ++size) EXPECT_FALSE(OpenSnapshot(file.substr(0, size)).ok()) << size;
}

TEST(SnapshotTest, IsBuiltIn) {
  ASSERT_THAT(OpenSnapshot(EmbeddedSnapshot()), IsOk());
  // The npm package bson, unmended, would make it 18 MB, and every context slow.
  EXPECT_LT(EmbeddedSnapshot().size(), 2u << 20);
}

}  // namespace
}  // namespace overlock::executor::js
