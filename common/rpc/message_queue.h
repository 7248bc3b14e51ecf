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
  bool empty() const { return messages_.empty(); }

  // The message into which an item of so many bytes goes.
  Message& ForItem(size_t bytes) {
    if (messages_.empty() || last_bytes_ >= kMessageBytes) {
      messages_.emplace_back();
      last_bytes_ = 0;
    }
    last_bytes_ += bytes;
    return messages_.back();
  }

  // The first message. There must be one.
  Message Take() {
    Message first = std::move(messages_.front());
    messages_.pop_front();
    return first;
  }

  void Clear() { messages_.clear(); }

 private:
  // A message has that much before another one is begun.
  static constexpr size_t kMessageBytes = 256 * 1024;

  std::deque<Message> messages_;
  size_t last_bytes_ = 0;
};

}  // namespace overlock::rpc

#endif  // OVERLOCK_COMMON_RPC_MESSAGE_QUEUE_H_
