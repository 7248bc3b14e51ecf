// What waits to be written to a call stream.
#ifndef OVERLOCK_COMMON_RPC_MESSAGE_QUEUE_H_
#define OVERLOCK_COMMON_RPC_MESSAGE_QUEUE_H_

#include <cstddef>
#include <deque>
#include <utility>

namespace overlock::rpc {

// Messages that items are put into: as many into each as fit, so that one write takes all that have come meanwhile. Not
// thread-safe.
template <class Message>
class MessageQueue {
 public:
  bool empty() const { return waiting_.empty(); }
  // Of all items that wait.
  size_t bytes() const { return bytes_; }

  // The message into which an item of so many bytes goes; one that is large has a message for itself.
  Message& ForItem(size_t bytes) {
    if (waiting_.empty() || waiting_.back().bytes + bytes > kMessageBytes) waiting_.emplace_back();
    waiting_.back().bytes += bytes;
    bytes_ += bytes;
    return waiting_.back().message;
  }

  // The first message. There must be one.
  Message Take() {
    Message first = std::move(waiting_.front().message);
    bytes_ -= waiting_.front().bytes;
    waiting_.pop_front();
    return first;
  }

  void Clear() {
    waiting_.clear();
    bytes_ = 0;
  }

 private:
  static constexpr size_t kMessageBytes = 256 * 1024;

  struct Waiting {
    Message message;
    size_t bytes = 0;
  };
  std::deque<Waiting> waiting_;
  size_t bytes_ = 0;
};

}  // namespace overlock::rpc

#endif  // OVERLOCK_COMMON_RPC_MESSAGE_QUEUE_H_
