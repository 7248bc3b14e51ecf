// W3C Trace Context (https://www.w3.org/TR/trace-context/): which trace a request belongs to.
#ifndef OVERLOCK_COMMON_TELEMETRY_TRACE_H_
#define OVERLOCK_COMMON_TELEMETRY_TRACE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace overlock {

// A value. All zero means that there is no trace.
struct TraceContext {
  // Bit 0 of `flags`: somebody records this trace.
  static constexpr uint8_t kSampled = 1;
  // Whose the span with `span_id` is: a caller's in another process, ours, or nobody's yet: the first span of a trace
  // that was begun here takes that id.
  enum class Holder : uint8_t { kHere, kCaller, kNobody };

  std::array<uint8_t, 16> trace_id{};
  // The span that a call made with this context belongs to.
  std::array<uint8_t, 8> span_id{};
  uint8_t flags = 0;
  Holder holder = Holder::kHere;

  bool valid() const;
  bool sampled() const { return (flags & kSampled) != 0; }
  // `00-<trace id>-<span id>-<flags>`; empty for no trace.
  std::string ToTraceparent() const;
  // The trace id as 32 hexadecimal digits.
  std::string TraceIdHex() const;
  // The same trace, a new span.
  TraceContext Child() const;

  // Reads a `traceparent` header (version 00, or a higher one's first four fields); nullopt if it is not one.
  static std::optional<TraceContext> FromTraceparent(std::string_view header);
  // A new trace, not sampled.
  static TraceContext Begin();
};

// A `tracestate` header that may be sent on as it is: up to 512 visible ASCII characters, spaces and tabs; else empty.
std::string_view UsableTracestate(std::string_view header);

// A new correlation id: 24 hexadecimal digits, unique, in the form of the ids that Stitch gave its log entries.
std::string NewRequestId();

}  // namespace overlock

#endif  // OVERLOCK_COMMON_TELEMETRY_TRACE_H_
