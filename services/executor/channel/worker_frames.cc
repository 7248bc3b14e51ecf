#include "services/executor/channel/worker_frames.h"

#include "common/status/status.h"

namespace overlock::executor {
namespace {

constexpr std::string_view kEmptyFrame("\0\0\0\0", kFrameHeaderBytes);
// No message serialises to this.
constexpr std::string_view kBackToRing = "R";
constexpr std::string_view kBackToRingFrame("\1\0\0\0R", kFrameHeaderBytes + 1);
// What is larger goes by the channel, which has room for it at once.
constexpr size_t kRingFrameBytesMax = kRingBytes / 4;
constexpr size_t kBufferKeptBytesMax = 1 << 20;

}  // namespace

void OutgoingFrames::Add(const google::protobuf::MessageLite& message) {
  if (!by_channel_) {
    size_t frame_bytes = kFrameHeaderBytes + message.ByteSizeLong();
    untold_ = true;
    // Room for the empty frame is always left.
    if (frame_bytes <= kRingFrameBytesMax && frame_bytes + kEmptyFrame.size() <= RoomIn(ring_)) {
      frame_.clear();
      AppendFrame(message, frame_);
      PutInto(ring_, frame_);
      return;
    }
    PutInto(ring_, kEmptyFrame);
    by_channel_ = true;
  }
  AppendFrame(message, channel_);
}

std::string_view OutgoingFrames::ForChannel() {
  if (by_channel_ && !channel_.empty() && RoomIn(ring_) >= kRingFrameBytesMax + kEmptyFrame.size()) {
    channel_ += kBackToRingFrame;
    by_channel_ = false;
  } else if (channel_.empty() && untold_) {
    channel_ = kEmptyFrame;
  }
  return channel_;
}

void OutgoingFrames::ChannelWritten() {
  channel_.clear();
  if (channel_.capacity() > kBufferKeptBytesMax) channel_.shrink_to_fit();
  untold_ = false;
}

absl::Status IncomingFrames::TakeRing() {
  if (!ring_has_some()) return absl::OkStatus();
  taken_.clear();
  if (!TakeFrom(ring_, taken_)) return Error(absl::StatusCode::kDataLoss, "RING_INVALID", "ring: more than it holds");
  from_ring_.Append(taken_);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string_view>> IncomingFrames::Next() {
  while (true) {
    std::optional<std::string_view> frame;
    if (!by_channel_) {
      OVERLOCK_ASSIGN_OR_RETURN(frame, from_ring_.Next());
      if (frame && !frame->empty()) return frame;
      if (frame) {
        by_channel_ = true;
        continue;
      }
    }
    OVERLOCK_ASSIGN_OR_RETURN(frame, from_channel_.Next());
    if (!frame) return std::nullopt;
    if (*frame == kBackToRing) {
      by_channel_ = false;
    } else if (!frame->empty()) {
      return frame;
    }
  }
}

}  // namespace overlock::executor
