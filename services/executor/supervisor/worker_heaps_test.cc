#include "services/executor/supervisor/worker_heaps.h"

#include <cstdint>
#include <limits>
#include <memory>

#include "gtest/gtest.h"

namespace overlock::executor {
namespace {

class WorkerHeapsTest : public ::testing::Test {
 protected:
  // All zero when new.
  const std::unique_ptr<StatusPage> page_{new StatusPage()};
  WorkerHeaps heaps_;
};

TEST_F(WorkerHeapsTest, CountsEachColdStartOnce) {
  page_->isolates_made = 2;
  page_->contexts_made = 5;
  EXPECT_EQ(heaps_.TakeColdStarts(*page_).applications, 2u);
  page_->contexts_made = 6;
  ColdStarts later = heaps_.TakeColdStarts(*page_);
  EXPECT_EQ(later.applications, 0u);
  EXPECT_EQ(later.functions, 1u);
}

TEST_F(WorkerHeapsTest, TellsWhatIsKept) {
  page_->isolates = 3;
  page_->heap_bytes = 4096;
  Heaps heaps = WorkerHeaps::Read(*page_);
  EXPECT_EQ(heaps.isolates, 3);
  EXPECT_EQ(heaps.bytes, 4096);
}

TEST_F(WorkerHeapsTest, CutsWhatAWorkerCannotHave) {
  constexpr uint64_t kAll = std::numeric_limits<uint64_t>::max();
  page_->isolates = kAll;
  page_->heap_bytes = kAll;
  page_->isolates_made = kAll;
  EXPECT_EQ(WorkerHeaps::Read(*page_).isolates, WorkerHeaps::kIsolatesMax);
  EXPECT_EQ(WorkerHeaps::Read(*page_).bytes, WorkerHeaps::kBytesMax);
  EXPECT_EQ(heaps_.TakeColdStarts(*page_).applications, WorkerHeaps::kColdStartsMax);
  // Backwards, and on from there.
  page_->isolates_made = 7;
  EXPECT_EQ(heaps_.TakeColdStarts(*page_).applications, 0u);
  page_->isolates_made = 8;
  EXPECT_EQ(heaps_.TakeColdStarts(*page_).applications, 1u);
}

}  // namespace
}  // namespace overlock::executor
