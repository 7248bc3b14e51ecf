#include "services/executor/channel/body_ring.h"

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace overlock::executor {
namespace {

class BodyRingTest : public testing::Test {
 protected:
  std::string Read(const SharedBody& body) { return std::string(ViewOf(*ring_, body).value()); }

  std::unique_ptr<BodyRing> ring_ = std::make_unique<BodyRing>();
  OutgoingBodies bodies_{*ring_};
};

TEST_F(BodyRingTest, TheWorkerFindsWhatWasPut) {
  const std::string body(kSharedBodyBytesMin, 'a');
  auto shared = bodies_.Put(body);
  ASSERT_TRUE(shared.has_value());
  EXPECT_EQ(Read(*shared), body);
}

TEST_F(BodyRingTest, SmallAndTooLargeOnesStayInTheirFrames) {
  EXPECT_FALSE(bodies_.Put("").has_value());
  EXPECT_FALSE(bodies_.Put(std::string(kSharedBodyBytesMin - 1, 'a')).has_value());
  EXPECT_FALSE(bodies_.Put(std::string(kBodyRingBytes + 1, 'a')).has_value());
  EXPECT_TRUE(bodies_.Put(std::string(kBodyRingBytes, 'a')).has_value());
}

TEST_F(BodyRingTest, ThereIsNoRoomUntilOthersAreReleased) {
  const std::string third(kBodyRingBytes / 3, 'a');
  for (int n = 0; n < 3; ++n) ASSERT_TRUE(bodies_.Put(third).has_value());
  EXPECT_FALSE(bodies_.Put(third).has_value());
  ReleaseOldest(*ring_);
  auto shared = bodies_.Put(std::string(third.size(), 'b'));
  ASSERT_TRUE(shared.has_value());
  EXPECT_EQ(shared->offset, 0U);
  EXPECT_FALSE(bodies_.Put(third).has_value());
}

TEST_F(BodyRingTest, BeginsAnewWhenAllAreReleased) {
  for (int n = 0; n < 100; ++n) {
    auto shared = bodies_.Put(std::string(100'000, 'a'));
    ASSERT_TRUE(shared.has_value());
    EXPECT_EQ(shared->offset, 0U);
    ReleaseOldest(*ring_);
  }
}

TEST_F(BodyRingTest, NoBodyIsOverwrittenBeforeItIsReleased) {
  std::mt19937 random(7);
  std::uniform_int_distribution<size_t> sizes(kSharedBodyBytesMin, kBodyRingBytes / 3);
  std::deque<std::pair<SharedBody, std::string>> unread;
  int put = 0;
  for (int n = 0; n < 5'000; ++n) {
    std::string body(sizes(random), static_cast<char>('a' + n % 26));
    if (auto shared = bodies_.Put(body)) {
      unread.emplace_back(*shared, std::move(body));
      ++put;
    }
    while (!unread.empty() && random() % 3 == 0) {
      ASSERT_EQ(Read(unread.front().first), unread.front().second);
      unread.pop_front();
      ReleaseOldest(*ring_);
    }
  }
  EXPECT_GT(put, 1'000);
}

TEST_F(BodyRingTest, AWorkerThatReleasesWhatItNeverGotGetsNoMore) {
  const std::string body(kSharedBodyBytesMin, 'a');
  ASSERT_TRUE(bodies_.Put(body).has_value());
  ring_->released = 2;
  EXPECT_FALSE(bodies_.Put(body).has_value());
  ring_->released = 1;
  EXPECT_FALSE(bodies_.Put(body).has_value());
}

TEST_F(BodyRingTest, AWorkerThatTakesAReleaseBackGetsNoMore) {
  const std::string body(kSharedBodyBytesMin, 'a');
  ASSERT_TRUE(bodies_.Put(body).has_value());
  ReleaseOldest(*ring_);
  ASSERT_TRUE(bodies_.Put(body).has_value());
  ring_->released = 0;
  EXPECT_FALSE(bodies_.Put(body).has_value());
}

TEST_F(BodyRingTest, WhatIsNotWithinTheMemoryIsNoBody) {
  EXPECT_TRUE(ViewOf(*ring_, {kBodyRingBytes, 0}).has_value());
  EXPECT_FALSE(ViewOf(*ring_, {kBodyRingBytes, 1}).has_value());
  EXPECT_FALSE(ViewOf(*ring_, {0, kBodyRingBytes + 1}).has_value());
  EXPECT_FALSE(ViewOf(*ring_, {SIZE_MAX, SIZE_MAX}).has_value());
}

// For ThreadSanitizer: what one thread releases another writes to.
TEST_F(BodyRingTest, WriterAndReaderAreTwoThreads) {
  constexpr int kBodies = 2'000;
  std::vector<SharedBody> sent(kBodies);
  std::atomic<int> sent_count = 0;
  std::thread reader([&] {
    for (int n = 0; n < kBodies; ++n) {
      while (sent_count.load(std::memory_order_acquire) <= n) std::this_thread::yield();
      const std::string_view body = ViewOf(*ring_, sent[static_cast<size_t>(n)]).value();
      EXPECT_EQ(body.find_first_not_of(static_cast<char>('a' + n % 26)), std::string_view::npos);
      ReleaseOldest(*ring_);
    }
  });
  for (int n = 0; n < kBodies;) {
    if (auto shared = bodies_.Put(std::string(100'000, static_cast<char>('a' + n % 26)))) {
      sent[static_cast<size_t>(n)] = *shared;
      sent_count.store(++n, std::memory_order_release);
    } else {
      std::this_thread::yield();
    }
  }
  reader.join();
}

}  // namespace
}  // namespace overlock::executor
