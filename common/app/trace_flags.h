// Traces, from the command line.
#ifndef OVERLOCK_COMMON_APP_TRACE_FLAGS_H_
#define OVERLOCK_COMMON_APP_TRACE_FLAGS_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/telemetry/metrics.h"
#include "common/telemetry/span_exporter.h"

namespace overlock::app {

// What exports this process's spans as `--trace_*` say; null without `--trace_otlp_url`. `service` is what they come
// from, e.g. `edge`. INVALID_ARGUMENT naming the flag whose value is not allowed. `metrics` must outlive it.
absl::StatusOr<std::unique_ptr<SpanExporter>> StartSpanExporter(const std::string& service, Metrics& metrics);

// Headers, `Name: value` a line; empty lines and those that begin with `#` do not count. INVALID_ARGUMENT
// (`BAD_HEADERS`) names the line, never what it holds.
absl::StatusOr<std::vector<std::pair<std::string, std::string>>> ParseHeaderLines(std::string_view text);

// `name=value` each. INVALID_ARGUMENT (`BAD_ATTRIBUTE`) names the one that is not.
absl::StatusOr<SpanResource> ParseAttributes(const std::vector<std::string>& attributes);

}  // namespace overlock::app

#endif  // OVERLOCK_COMMON_APP_TRACE_FLAGS_H_
