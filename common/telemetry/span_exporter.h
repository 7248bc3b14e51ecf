// Sends spans to a collector: OTLP over HTTP, as JSON (https://opentelemetry.io/docs/specs/otlp/#otlphttp).
#ifndef OVERLOCK_COMMON_TELEMETRY_SPAN_EXPORTER_H_
#define OVERLOCK_COMMON_TELEMETRY_SPAN_EXPORTER_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/telemetry/metrics.h"
#include "common/telemetry/otlp_json.h"
#include "common/telemetry/span_queue.h"

namespace overlock {

struct SpanExporterOptions {
  // Where batches are posted; http or https. Without a path it is `/v1/traces`.
  std::string url;
  // Of the traces that begin here, how many are recorded: 0 to 1.
  double sample_ratio = 1;
  SpanResource resource;
  // Added to each request, e.g. what lets it in.
  std::vector<std::pair<std::string, std::string>> headers;
  // A PEM file of authorities that are trusted besides the system's; empty for none.
  std::string ca_file;
  // Spans that may wait: about 1 KiB each.
  size_t queue_spans_max = 8192;
  size_t batch_spans_max = 512;
  // A batch that is not full leaves after this.
  absl::Duration interval = absl::Seconds(1);
  // How long the collector may take to answer.
  absl::Duration request_timeout = absl::Seconds(10);
  // A batch that the collector cannot take now is sent this often in all, with pauses that double.
  int tries_max = 5;
  absl::Duration first_pause = absl::Seconds(1);
  // How long Stop() waits for what is left to be sent.
  absl::Duration stop_timeout = absl::Seconds(5);
};

// A thread of its own encodes and sends; whoever ends a span only puts it into a queue. Counts what became of spans in
// `overlock_trace_spans_total{outcome}`: `exported`; `queue_full`, `failed` (the collector did not take them) and
// `rejected` (it took the batch, not them) are lost.
class SpanExporter {
 public:
  // Starts the thread. INVALID_ARGUMENT (`BAD_URL`, `BAD_CA_FILE`). `metrics` must outlive it.
  static absl::StatusOr<std::unique_ptr<SpanExporter>> Start(SpanExporterOptions options, Metrics& metrics);
  // Sends what is left, for as long as `stop_timeout` allows, and joins the thread. Nobody may record any more.
  ~SpanExporter();

  // What InstallSpanRecorder() wants. Lives as long as this.
  SpanRecorder& recorder();

 private:
  struct State;
  explicit SpanExporter(std::unique_ptr<State> state);
  const std::unique_ptr<State> state_;
};

}  // namespace overlock

#endif  // OVERLOCK_COMMON_TELEMETRY_SPAN_EXPORTER_H_
