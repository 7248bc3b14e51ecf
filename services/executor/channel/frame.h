// How messages stand in the byte stream between supervisor and worker.
#ifndef OVERLOCK_SERVICES_EXECUTOR_CHANNEL_FRAME_H_
#define OVERLOCK_SERVICES_EXECUTOR_CHANNEL_FRAME_H_

#include <google/protobuf/message_lite.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace overlock::executor {

// A frame is the message's length in 4 bytes, little endian, and the serialised message.
inline constexpr size_t kFrameHeaderBytes = 4;
// The largest message. A request or an answer of 18 MB with all that belongs to it stays well below.
inline constexpr size_t kFrameBytesMax = 40 << 20;

// Appends the message as one frame. The caller keeps it below kFrameBytesMax.
void AppendFrame(const google::protobuf::MessageLite& message, std::string& out);

// Cuts a byte stream into frames.
class FrameReader {
 public:
  // Adds what was read from the stream. Views that Next() gave become invalid.
  void Append(std::string_view bytes);
  // The next message's bytes, or nullopt when more of the stream is needed. The view is valid until the next
  // Append(). RESOURCE_EXHAUSTED (`FRAME_TOO_LARGE`) when the stream announces a message beyond the limit: the stream
  // is of no further use then.
  absl::StatusOr<std::optional<std::string_view>> Next();

 private:
  std::string buffer_;
  // Where the next frame begins in `buffer_`.
  size_t begin_ = 0;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_CHANNEL_FRAME_H_
