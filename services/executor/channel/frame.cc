#include "services/executor/channel/frame.h"

#include <google/protobuf/io/coded_stream.h>

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"

namespace overlock::executor {
namespace {

using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;

// A buffer that one large message has made larger is given back.
constexpr size_t kBufferKeptBytesMax = 1 << 20;

}  // namespace

void AppendFrame(const google::protobuf::MessageLite& message, std::string& out) {
  size_t message_bytes = message.ByteSizeLong();
  size_t begin = out.size();
  out.resize(begin + kFrameHeaderBytes + message_bytes);
  auto* to = reinterpret_cast<uint8_t*>(out.data() + begin);
  to = CodedOutputStream::WriteLittleEndian32ToArray(static_cast<uint32_t>(message_bytes), to);
  message.SerializeWithCachedSizesToArray(to);
}

void FrameReader::Append(std::string_view bytes) {
  if (begin_ == buffer_.size()) {
    buffer_.clear();
    if (buffer_.capacity() > kBufferKeptBytesMax) buffer_.shrink_to_fit();
  } else {
    buffer_.erase(0, begin_);
  }
  begin_ = 0;
  buffer_.append(bytes);
}

absl::StatusOr<std::optional<std::string_view>> FrameReader::Next() {
  std::string_view rest = std::string_view(buffer_).substr(begin_);
  if (rest.size() < kFrameHeaderBytes) return std::nullopt;
  uint32_t message_bytes = 0;
  CodedInputStream::ReadLittleEndian32FromArray(reinterpret_cast<const uint8_t*>(rest.data()), &message_bytes);
  if (message_bytes > kFrameBytesMax) {
    return Error(absl::StatusCode::kResourceExhausted, "FRAME_TOO_LARGE",
                 absl::StrCat("frame: ", message_bytes, " bytes, at most ", kFrameBytesMax));
  }
  if (rest.size() - kFrameHeaderBytes < message_bytes) {
    // The whole frame will be needed in one piece: one allocation instead of many while it arrives.
    buffer_.reserve(begin_ + kFrameHeaderBytes + message_bytes);
    return std::nullopt;
  }
  begin_ += kFrameHeaderBytes + message_bytes;
  return rest.substr(kFrameHeaderBytes, message_bytes);
}

}  // namespace overlock::executor
