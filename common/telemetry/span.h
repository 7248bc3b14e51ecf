// Spans: the steps of a request, and how long each took (OpenTelemetry's trace model). They are off unless a recorder
// is installed; then a span costs a load and a comparison, and nothing is allocated.
#ifndef OVERLOCK_COMMON_TELEMETRY_SPAN_H_
#define OVERLOCK_COMMON_TELEMETRY_SPAN_H_

#include <array>
#include <atomic>
#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "common/telemetry/trace.h"

namespace overlock {

// The numbers are those of opentelemetry.proto.trace.v1.Span.SpanKind.
enum class SpanKind { kInternal = 1, kServer = 2, kClient = 3 };

struct SpanAttribute {
  // Static storage.
  std::string_view key;
  std::variant<std::string, int64_t, double, bool> value;
};

// What is recorded of a span.
struct SpanData {
  // The part of Overlock that it is a step of, e.g. `overlock.edge`. Static storage.
  std::string_view scope;
  std::string name;
  SpanKind kind = SpanKind::kInternal;
  TraceContext context;
  // All zero for the first span of a trace.
  std::array<uint8_t, 8> parent_span_id{};
  bool parent_is_remote = false;
  absl::Time start;
  absl::Time end;
  std::vector<SpanAttribute> attributes;
  bool failed = false;
};

// Takes spans that have ended. Thread-safe, and never waits.
class SpanRecorder {
 public:
  virtual ~SpanRecorder() = default;
  // Whether a trace that begins here is to be recorded.
  virtual bool Samples(const TraceContext& begun) const = 0;
  virtual void Record(std::unique_ptr<SpanData> span) = 0;
};

// Installs the process's recorder; null, as at first, for none. The one before must stay until no thread ends a span.
void InstallSpanRecorder(SpanRecorder* recorder);

namespace telemetry_internal {
extern std::atomic<SpanRecorder*> span_recorder;
}  // namespace telemetry_internal

// The trace of a request that came with this `traceparent`: its sender's, whether that is sampled or not; without one,
// or with one that is none, a new trace, for which the recorder decides.
TraceContext ContinueTrace(std::string_view traceparent);

// A span under way. It ends with End() or its destructor, on any thread. Where it is not recorded every method does
// nothing. Nothing secret, and nothing that a stranger chose freely, may become a name or an attribute.
class Span {
 public:
  struct Options {
    // As SpanData::scope.
    std::string_view scope;
    std::string_view name;
    SpanKind kind = SpanKind::kInternal;
  };

  // Not recorded.
  Span() = default;
  // A span below that of `context`, if the context is sampled and there is a recorder. `context` becomes its own: what
  // is called with it belongs to this span.
  static Span Begin(const Options& options, TraceContext& context) {
    return Wanted(context) ? BeginRecorded(options, context) : Span();
  }
  // Whether Begin() would record; ask before you build a name for it.
  static bool Wanted(const TraceContext& context) {
    return telemetry_internal::span_recorder.load(std::memory_order_relaxed) != nullptr && context.sampled();
  }
  Span(Span&&) = default;
  Span& operator=(Span&& other) {
    End();
    data_ = std::move(other.data_);
    began_ns_ = other.began_ns_;
    return *this;
  }
  ~Span() { End(); }

  bool recorded() const { return data_ != nullptr; }
  // `key` in static storage. Text is cut after 256 bytes; empty text is left out.
  void Set(std::string_view key, std::string_view value) {
    if (data_) SetText(key, value);
  }
  void Set(std::string_view key, const char* value) { Set(key, std::string_view(value)); }
  void Set(std::string_view key, const std::string& value) { Set(key, std::string_view(value)); }
  void Set(std::string_view key, bool value) {
    if (data_) data_->attributes.push_back({key, value});
  }
  void Set(std::string_view key, double value) {
    if (data_) data_->attributes.push_back({key, value});
  }
  template <std::integral T>
  requires(!std::same_as<T, bool>) void Set(std::string_view key, T value) {
    if (data_) data_->attributes.push_back({key, static_cast<int64_t>(value)});
  }
  // What it is about has failed; `type` is one of few, for the attribute `error.type`.
  void Fail(std::string_view type) {
    if (data_) SetFailed(type);
  }
  // It took this long already when it was begun.
  void BeganBefore(absl::Duration duration) {
    if (!data_) return;
    data_->start -= duration;
    began_ns_ -= absl::ToInt64Nanoseconds(duration);
  }
  void Rename(std::string_view name) {
    if (data_) data_->name = name;
  }
  void End() {
    if (data_) Record();
  }

 private:
  static Span BeginRecorded(const Options& options, TraceContext& context);
  void SetText(std::string_view key, std::string_view value);
  void SetFailed(std::string_view type);
  void Record();

  std::unique_ptr<SpanData> data_;
  // CLOCK_MONOTONIC: a step of the wall clock makes no span longer.
  int64_t began_ns_ = 0;
};

}  // namespace overlock

#endif  // OVERLOCK_COMMON_TELEMETRY_SPAN_H_
