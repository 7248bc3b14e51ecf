// What a worker says, on its way to the supervisor: small messages in shared memory, large ones by the channel.
#ifndef OVERLOCK_SERVICES_EXECUTOR_CHANNEL_WORKER_FRAMES_H_
#define OVERLOCK_SERVICES_EXECUTOR_CHANNEL_WORKER_FRAMES_H_

#include <google/protobuf/message_lite.h>

#include <atomic>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/executor/channel/frame.h"
#include "services/executor/channel/message_ring.h"

namespace overlock::executor {

// A message in the ring is at the supervisor's: it stays there when the worker's next function loops or ends the
// process. The supervisor looks there when something comes by the channel, and now and then.
//
// The worker goes over to the channel for what is too large, or has no room, and back when the ring has room again; it
// says both in the stream that it leaves, so that the order of the messages is kept:
//   an empty frame in the ring: the next message comes by the channel;
//   a frame that is kBackToRing on the channel: the next message is in the ring;
//   an empty frame on the channel: there may be something in the ring.

// The worker's side. Used by one thread.
class OutgoingFrames {
 public:
  explicit OutgoingFrames(MessageRing& ring) : ring_(ring) {}

  // The caller keeps the message below kFrameBytesMax.
  void Add(const google::protobuf::MessageLite& message);
  // Whether the supervisor has to be told, or sent, something by the channel.
  bool pending() const { return untold_ || unwritten(); }
  // Whether there are messages that are in this process only.
  bool unwritten() const { return !channel_.empty(); }
  // What is to be written to the channel before anything else is added; then ChannelWritten() is to be called.
  std::string_view ForChannel();
  void ChannelWritten();

 private:
  MessageRing& ring_;
  std::string frame_;
  std::string channel_;
  bool by_channel_ = false;
  // Something was put into the ring since the supervisor was last told.
  bool untold_ = false;
};

// The supervisor's side. Used by one thread.
class IncomingFrames {
 public:
  explicit IncomingFrames(MessageRing& ring) : ring_(ring) {}

  // Adds what was read from the channel. Views that Next() gave become invalid.
  void Append(std::string_view bytes) { from_channel_.Append(bytes); }
  // Takes what is in the ring now; after Append(), never before it: what the channel says of the ring was put first.
  // Views that Next() gave become invalid. DATA_LOSS (`RING_INVALID`): the worker is of no further use.
  absl::Status TakeRing();
  // The next message's bytes of what was added and taken, so they come to an end whatever the worker does meanwhile;
  // nullopt when there is none. The view is valid until the next Append() or TakeRing(). RESOURCE_EXHAUSTED
  // (`FRAME_TOO_LARGE`): the worker is of no further use.
  absl::StatusOr<std::optional<std::string_view>> Next();
  // Whether something was put into the ring that is not taken.
  bool ring_has_some() const {
    return ring_.put.load(std::memory_order_acquire) != ring_.taken.load(std::memory_order_relaxed);
  }

 private:
  MessageRing& ring_;
  FrameReader from_ring_;
  FrameReader from_channel_;
  std::string taken_;
  bool by_channel_ = false;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_CHANNEL_WORKER_FRAMES_H_
