#include "services/executor/channel/body_ring.h"

#include <cstring>

namespace overlock::executor {

std::optional<SharedBody> OutgoingBodies::Put(std::string_view body) {
  if (body.size() < kSharedBodyBytesMin) return std::nullopt;
  DropReleased();
  std::optional<size_t> offset = FindRoom(body.size());
  if (!offset) return std::nullopt;
  std::memcpy(ring_.bytes.data() + *offset, body.data(), body.size());
  ++put_;
  unreleased_.push_back({*offset, body.size()});
  return unreleased_.back();
}

void OutgoingBodies::DropReleased() {
  const uint64_t released = ring_.released.load(std::memory_order_acquire);
  const uint64_t dropped = put_ - unreleased_.size();
  if (released < dropped || released > put_) broken_ = true;
  if (broken_) return;
  unreleased_.erase(unreleased_.begin(), unreleased_.begin() + static_cast<std::ptrdiff_t>(released - dropped));
}

// From the beginning whenever it is empty, so that no more of the memory is used than must be.
std::optional<size_t> OutgoingBodies::FindRoom(size_t bytes) const {
  if (broken_ || bytes > kBodyRingBytes) return std::nullopt;
  if (unreleased_.empty()) return 0;
  const size_t first = unreleased_.front().offset;
  const SharedBody& newest = unreleased_.back();
  const size_t last = newest.offset + newest.bytes;
  if (newest.offset >= first) {
    if (bytes <= kBodyRingBytes - last) return last;
    return bytes <= first ? std::optional<size_t>(0) : std::nullopt;
  }
  return bytes <= first - last ? std::optional<size_t>(last) : std::nullopt;
}

std::optional<std::string_view> ViewOf(const BodyRing& ring, const SharedBody& body) {
  if (body.offset > kBodyRingBytes || body.bytes > kBodyRingBytes - body.offset) return std::nullopt;
  return std::string_view(ring.bytes.data() + body.offset, body.bytes);
}

void ReleaseOldest(BodyRing& ring) {
  // The only writer.
  ring.released.store(ring.released.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}

}  // namespace overlock::executor
