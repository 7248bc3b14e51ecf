// Spans as the OpenTelemetry Protocol has them in JSON
// (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
#ifndef OVERLOCK_COMMON_TELEMETRY_OTLP_JSON_H_
#define OVERLOCK_COMMON_TELEMETRY_OTLP_JSON_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/telemetry/span.h"

namespace overlock {

// What the spans come from, by OpenTelemetry's names: `service.name` and so on.
using SpanResource = std::vector<std::pair<std::string, std::string>>;

// An ExportTraceServiceRequest: one resource, its spans by scope. Ids are hexadecimal, 64-bit integers are strings,
// enums are numbers. Bytes that are not UTF-8 become U+FFFD.
std::string ToOtlpJson(const SpanResource& resource, const std::vector<std::unique_ptr<SpanData>>& spans);

// How many spans the collector says it has refused (`partialSuccess` of an ExportTraceServiceResponse); 0 for an answer
// that does not say so.
int64_t RejectedSpans(std::string_view response_json);

}  // namespace overlock

#endif  // OVERLOCK_COMMON_TELEMETRY_OTLP_JSON_H_
