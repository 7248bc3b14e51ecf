// The threads in which gRPC's callback API waits for the network and runs callbacks.
#ifndef OVERLOCK_COMMON_RPC_POLLING_THREADS_H_
#define OVERLOCK_COMMON_RPC_POLLING_THREADS_H_

#include <memory>

namespace overlock::rpc {

// gRPC has one for two processors of the machine, at least two and at most 16, and no setting for it
// (docs/adr/0008-polling-threads.md). Two cost more than one: the thread that hears of an event first wakes another one
// to listen in its place. All of them that heard nothing for a second sleep for 100 ms, in which calls that arrive
// wait. And they end with the last channel or server, which crashes if that ends in one of them, as the context of a
// call does.
//
// While a PollingThreads lives, only so many of the process's threads poll as it was made for; the others wait in a
// callback. They are called twice a second, so that not all of them sleep. And they do not end. What runs in them
// may not block: with one thread nothing else of gRPC's goes on meanwhile. There should be one in a process, older than
// its channels and servers, and not made or destroyed in a callback of gRPC's.
class PollingThreads {
 public:
  // `count` is at least 1; with more than gRPC has, all of them poll.
  explicit PollingThreads(int count);
  // All of gRPC's threads poll again.
  ~PollingThreads();
  PollingThreads(const PollingThreads&) = delete;
  PollingThreads& operator=(const PollingThreads&) = delete;

  // Returns when they have been called once more. For tests.
  void WaitForCall();

 private:
  class State;
  const std::unique_ptr<State> state_;
};

// What a process takes if nobody says otherwise: half of the processors that it may use, at least one.
int DefaultPollingThreads();

}  // namespace overlock::rpc

#endif  // OVERLOCK_COMMON_RPC_POLLING_THREADS_H_
