#include "common/storage/retry_pause.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

namespace overlock {
namespace {

constexpr int kPauseMillisMax = 64;
constexpr int kDoublingsMax = 6;

}  // namespace

void PauseAfterAttempt(int attempt) {
  thread_local std::minstd_rand random(std::random_device{}());
  const int millis = std::min(kPauseMillisMax, 1 << std::min(attempt, kDoublingsMax));
  std::uniform_int_distribution<int> micros(0, 1000 * millis);
  std::this_thread::sleep_for(std::chrono::microseconds(micros(random)));
}

}  // namespace overlock
