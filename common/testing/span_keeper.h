// A recorder that keeps spans for a test to look at. Tests only.
#ifndef OVERLOCK_COMMON_TESTING_SPAN_KEEPER_H_
#define OVERLOCK_COMMON_TESTING_SPAN_KEEPER_H_

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/telemetry/span.h"

namespace overlock {

// The process's recorder for as long as it lives. Thread-safe.
class SpanKeeper : public SpanRecorder {
 public:
  // Of traces that begin here, all are recorded, or none.
  explicit SpanKeeper(bool samples = true) : samples_(samples) { InstallSpanRecorder(this); }
  ~SpanKeeper() override { InstallSpanRecorder(nullptr); }

  bool Samples(const TraceContext&) const override { return samples_; }
  void Record(std::unique_ptr<SpanData> span) override {
    std::lock_guard lock(mutex_);
    spans_.push_back(std::move(*span));
  }

  // In the order in which they ended.
  std::vector<SpanData> spans() const {
    std::lock_guard lock(mutex_);
    return spans_;
  }
  // The last of that name; one without a scope if there is none.
  SpanData Find(std::string_view name) const {
    SpanData found;
    for (SpanData& span : spans()) {
      if (span.name == name) found = std::move(span);
    }
    return found;
  }
  // `kind name {key=value, ...}` of each.
  std::vector<std::string> Texts() const {
    std::vector<std::string> texts;
    for (const SpanData& span : spans()) texts.push_back(Text(span));
    return texts;
  }
  static std::string Text(const SpanData& span) {
    constexpr std::string_view kKinds[] = {"", "internal", "server", "client"};
    std::string text = absl::StrCat(kKinds[static_cast<int>(span.kind)], " ", span.name, " {");
    for (const SpanAttribute& attribute : span.attributes) {
      absl::StrAppend(&text, text.back() == '{' ? "" : ", ", attribute.key, "=", ValueText(attribute));
    }
    return absl::StrCat(text, "}", span.failed ? " failed" : "");
  }
  // The attribute's value; `(none)` if the span has none of that name.
  static std::string Attribute(const SpanData& span, std::string_view key) {
    for (const SpanAttribute& attribute : span.attributes) {
      if (attribute.key == key) return ValueText(attribute);
    }
    return "(none)";
  }

 private:
  static std::string ValueText(const SpanAttribute& attribute) {
    if (const auto* text = std::get_if<std::string>(&attribute.value)) return *text;
    if (const auto* integer = std::get_if<int64_t>(&attribute.value)) return absl::StrCat(*integer);
    if (const auto* number = std::get_if<double>(&attribute.value)) return absl::StrCat(*number);
    return std::get<bool>(attribute.value) ? "true" : "false";
  }

  const bool samples_;
  mutable std::mutex mutex_;
  std::vector<SpanData> spans_;
};

}  // namespace overlock

#endif  // OVERLOCK_COMMON_TESTING_SPAN_KEEPER_H_
