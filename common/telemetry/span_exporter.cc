#include "common/telemetry/span_exporter.h"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <future>
#include <optional>
#include <stop_token>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/async/event_loops.h"
#include "common/async/task.h"
#include "common/http_client/http_client.h"
#include "common/http_client/url.h"
#include "common/status/status.h"
#include "common/status/status_macros.h"
#include "common/telemetry/log.h"

namespace overlock {
namespace {

using Spans = std::vector<std::unique_ptr<SpanData>>;

constexpr size_t kResponseBytesMax = 64 << 10;

Counter& Outcome(Metrics& metrics, const char* outcome) {
  return metrics.GetCounter("overlock_trace_spans_total", "Spans by what became of them.", {{"outcome", outcome}});
}

// The statuses after which the protocol has a client try again.
bool IsForLater(int status) { return status == 429 || status == 502 || status == 503 || status == 504; }

absl::StatusOr<http::HttpClientOptions> ClientOptions(const SpanExporterOptions& options, std::string& url) {
  std::optional<http::UrlParts> parts = http::ParseUrl(options.url);
  if (!parts || absl::StrContains(options.url, "@")) {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_URL",
                 "must be a URL that begins with http:// or https://, without a password");
  }
  url = options.url;
  if (parts->path.empty() || parts->path == "/") url = absl::StrCat(parts->scheme, "://", parts->host, "/v1/traces");
  http::HttpClientOptions client;
  // Whoever starts the process chose the collector: it may be anywhere, and nothing else is asked.
  OVERLOCK_ASSIGN_OR_RETURN(client.guard, http::AddressGuard::Parse(parts->host));
  client.ca_file = options.ca_file;
  client.connections_max = 2;
  return client;
}

}  // namespace

// Everything but the queue is used on the loop only.
struct SpanExporter::State {
  State(SpanExporterOptions options, Metrics& metrics)
      : options(std::move(options)),
        queue(std::make_shared<SpanQueue>(this->options.sample_ratio, this->options.queue_spans_max, metrics)),
        exported(Outcome(metrics, "exported")),
        failed(Outcome(metrics, "failed")),
        rejected(Outcome(metrics, "rejected")) {
    metrics.AddGauge("overlock_trace_queue_spans", "Spans that wait to be exported.", {},
                     [queue = queue] { return static_cast<double>(queue->size()); });
  }

  // Until Stop, and then until the queue is empty.
  Task<void> Run();
  // Ends early when `timer` is cancelled.
  Task<void> Pause(absl::Duration duration);
  Task<void> Export(Spans spans);
  // Whether there is any use in another try.
  Task<bool> Try(std::string body, size_t spans);
  void Took(size_t spans, std::string_view response);
  void LogFailure(std::string_view error);

  const SpanExporterOptions options;
  std::string url;
  const std::shared_ptr<SpanQueue> queue;
  Counter& exported;
  Counter& failed;
  Counter& rejected;
  EventLoops loops{1};
  boost::asio::steady_timer timer{loops.Get(0)};
  std::unique_ptr<http::HttpClient> client;
  // Nothing is under way: a full batch ends the pause.
  bool idle = false;
  bool stopping = false;
  // The last batch was not taken; what is the matter is logged once.
  bool failing = false;
  std::stop_source no_time_left;
  std::promise<void> ended;
};

Task<void> SpanExporter::State::Pause(absl::Duration duration) {
  timer.expires_after(absl::ToChronoNanoseconds(duration));
  boost::system::error_code ignored;
  co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
}

Task<void> SpanExporter::State::Run() {
  while (true) {
    Spans batch = queue->Take(options.batch_spans_max);
    if (!batch.empty()) {
      co_await Export(std::move(batch));
    } else if (stopping) {
      break;
    }
    if (stopping || queue->size() >= options.batch_spans_max) continue;
    idle = true;
    co_await Pause(options.interval);
    idle = false;
  }
  ended.set_value();
}

Task<void> SpanExporter::State::Export(Spans spans) {
  const std::string body = ToOtlpJson(options.resource, spans);
  const size_t count = spans.size();
  spans.clear();
  absl::Duration pause = options.first_pause;
  for (int tries = 1;; ++tries) {
    bool again = co_await Try(body, count);
    if (!again) co_return;
    if (tries >= options.tries_max || stopping) break;
    co_await Pause(pause);
    pause *= 2;
  }
  failed.Increment(count);
}

Task<bool> SpanExporter::State::Try(std::string body, size_t spans) {
  http::ClientRequest request;
  request.method = "POST";
  request.url = url;
  request.headers = options.headers;
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = std::move(body);
  request.has_body = true;
  request.response_bytes_max = kResponseBytesMax;
  CallContext call;
  call.deadline = absl::Now() + options.request_timeout;
  call.stop = no_time_left.get_token();
  absl::StatusOr<http::ClientResponse> response = co_await client->Send(std::move(request), std::move(call));
  if (response.ok() && response->status >= 200 && response->status <= 299) {
    Took(spans, response->body);
    co_return false;
  }
  LogFailure(response.ok() ? absl::StrCat("answered with status ", response->status)
                           : std::string(response.status().message()));
  if (response.ok() ? IsForLater(response->status) : !absl::IsInvalidArgument(response.status())) co_return true;
  failed.Increment(spans);
  co_return false;
}

void SpanExporter::State::Took(size_t spans, std::string_view response) {
  const auto refused =
      static_cast<size_t>(std::clamp<int64_t>(RejectedSpans(response), 0, static_cast<int64_t>(spans)));
  exported.Increment(spans - refused);
  rejected.Increment(refused);
  if (refused > 0) log::Warning("the collector refused spans", {{"spans", refused}});
  if (std::exchange(failing, false)) log::Info("the collector takes spans again");
}

void SpanExporter::State::LogFailure(std::string_view error) {
  if (!std::exchange(failing, true)) log::Warning("the collector took no spans", {{"error", error}});
}

SpanExporter::SpanExporter(std::unique_ptr<State> state) : state_(std::move(state)) {}

absl::StatusOr<std::unique_ptr<SpanExporter>> SpanExporter::Start(SpanExporterOptions options, Metrics& metrics) {
  auto state = std::make_unique<State>(std::move(options), metrics);
  OVERLOCK_ASSIGN_OR_RETURN(http::HttpClientOptions client, ClientOptions(state->options, state->url));
  boost::asio::any_io_executor loop = state->loops.Get(0);
  OVERLOCK_ASSIGN_OR_RETURN(state->client, http::HttpClient::Make(loop, std::move(client)));
  state->queue->WakeAt(state->options.batch_spans_max, [loop, state = state.get()] {
    boost::asio::post(loop, [state] {
      if (state->idle) state->timer.cancel();
    });
  });
  Detach(loop, state->Run());
  return std::unique_ptr<SpanExporter>(new SpanExporter(std::move(state)));
}

SpanExporter::~SpanExporter() {
  State& state = *state_;
  boost::asio::any_io_executor loop = state.loops.Get(0);
  boost::asio::post(loop, [&state] {
    state.stopping = true;
    state.timer.cancel();
  });
  std::future<void> ended = state.ended.get_future();
  if (ended.wait_for(absl::ToChronoNanoseconds(state.options.stop_timeout)) != std::future_status::ready) {
    // Each batch that is left is tried, and given up at once.
    boost::asio::post(loop, [&state] { state.no_time_left.request_stop(); });
    ended.wait();
  }
  state.loops.Stop();
  state.client = nullptr;
}

SpanRecorder& SpanExporter::recorder() { return *state_->queue; }

}  // namespace overlock
