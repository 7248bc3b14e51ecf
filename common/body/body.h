// Bodies of requests: immutable bytes that many may hold.
#ifndef OVERLOCK_COMMON_BODY_BODY_H_
#define OVERLOCK_COMMON_BODY_BODY_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace overlock {

// A reference-counted, immutable sequence of bytes. Copies share the bytes. Thread-safe.
class Body {
 public:
  // No bytes.
  Body() = default;
  // Takes the bytes over; does not copy them.
  explicit Body(std::string bytes)
      : bytes_(bytes.empty() ? nullptr : std::make_shared<const std::string>(std::move(bytes))) {}

  // Valid as long as this Body or a copy of it.
  std::string_view view() const { return bytes_ ? std::string_view(*bytes_) : std::string_view(); }
  size_t size() const { return bytes_ ? bytes_->size() : 0; }
  bool empty() const { return size() == 0; }

 private:
  std::shared_ptr<const std::string> bytes_;
};

}  // namespace overlock

#endif  // OVERLOCK_COMMON_BODY_BODY_H_
