#include "common/telemetry/span.h"

#include <ctime>
#include <utility>

#include "absl/time/clock.h"

namespace overlock {
namespace {

constexpr size_t kTextBytesMax = 256;

int64_t MonotonicNanos() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// No more than the maximum, and no part of a character of UTF-8.
std::string_view Cut(std::string_view text) {
  if (text.size() <= kTextBytesMax) return text;
  size_t end = kTextBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace

namespace telemetry_internal {
std::atomic<SpanRecorder*> span_recorder{nullptr};
}  // namespace telemetry_internal

void InstallSpanRecorder(SpanRecorder* recorder) {
  telemetry_internal::span_recorder.store(recorder, std::memory_order_release);
}

TraceContext ContinueTrace(std::string_view traceparent) {
  if (std::optional<TraceContext> sent = TraceContext::FromTraceparent(traceparent)) return *sent;
  TraceContext begun = TraceContext::Begin();
  const SpanRecorder* recorder = telemetry_internal::span_recorder.load(std::memory_order_acquire);
  if (recorder != nullptr && recorder->Samples(begun)) begun.flags |= TraceContext::kSampled;
  return begun;
}

Span Span::BeginRecorded(const Options& options, TraceContext& context) {
  Span span;
  span.data_ = std::make_unique<SpanData>();
  SpanData& data = *span.data_;
  data.scope = options.scope;
  data.name = Cut(options.name);
  data.kind = options.kind;
  if (context.holder == TraceContext::Holder::kNobody) {
    context.holder = TraceContext::Holder::kHere;
  } else {
    data.parent_span_id = context.span_id;
    data.parent_is_remote = context.holder == TraceContext::Holder::kCaller;
    context = context.Child();
  }
  data.context = context;
  data.start = absl::Now();
  span.began_ns_ = MonotonicNanos();
  return span;
}

void Span::SetText(std::string_view key, std::string_view value) {
  if (!value.empty()) data_->attributes.push_back({key, std::string(Cut(value))});
}

void Span::SetFailed(std::string_view type) {
  if (std::exchange(data_->failed, true)) return;
  SetText("error.type", type);
}

void Span::Record() {
  std::unique_ptr<SpanData> data = std::move(data_);
  SpanRecorder* recorder = telemetry_internal::span_recorder.load(std::memory_order_acquire);
  if (recorder == nullptr) return;
  data->end = data->start + absl::Nanoseconds(MonotonicNanos() - began_ns_);
  recorder->Record(std::move(data));
}

}  // namespace overlock
