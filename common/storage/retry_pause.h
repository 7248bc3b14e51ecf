// Waits between attempts of those who stand in each other's way.
#ifndef OVERLOCK_COMMON_STORAGE_RETRY_PAUSE_H_
#define OVERLOCK_COMMON_STORAGE_RETRY_PAUSE_H_

namespace overlock {

// Blocks for a random time, so that they do not come back together: after the first attempt at most 2 ms, then twice
// as long each time, at most 64 ms.
void PauseAfterAttempt(int attempt);

}  // namespace overlock

#endif  // OVERLOCK_COMMON_STORAGE_RETRY_PAUSE_H_
