// What the edge does itself for a request: reading it, the message to the other services, the way to the webhook, and
// the answer's head. docs/performance.md has the figures.
#include <boost/asio/buffer.hpp>

#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "services/edge/answer.h"
#include "services/edge/request.h"
#include "services/edge/request_parser.h"
#include "services/edge/router.h"

namespace overlock::edge {
namespace {

constexpr int kApps = 100;
constexpr int kHooksPerApp = 100;

std::string PathOf(int app, int hook) {
  return absl::StrCat("/api/client/v2.0/app/shop", app, "-abcde/service/orders/incoming_webhook/hook", hook);
}

// As a sender of webhooks sends it, with as many header lines.
std::string RequestWith(size_t body_bytes) {
  std::string bytes = absl::StrCat("POST ", PathOf(7, 42), "?source=bench HTTP/1.1\r\nHost: hooks.example.com\r\n");
  for (const char* name : {"Accept", "Accept-Encoding", "User-Agent", "X-Forwarded-For", "X-Forwarded-Proto",
                           "X-Hook-Signature", "X-Request-Id", "Traceparent"}) {
    absl::StrAppend(&bytes, name, ": a value of some length\r\n");
  }
  absl::StrAppend(&bytes, "Content-Type: application/json\r\nContent-Length: ", body_bytes, "\r\n\r\n",
                  std::string(body_bytes, 'x'));
  return bytes;
}

// Reads all of `bytes`, as a session does when they have come at once.
void Read(const std::string& bytes, Request& request) {
  RequestParser parser(request);
  parser.eager(true);
  boost::system::error_code error;
  size_t used = parser.put(boost::asio::buffer(bytes), error);
  if (error || used != bytes.size() || !parser.is_done() || FindFramingFault(parser, request)) std::abort();
  parser.FinishBody();
}

// The request is used again, as a connection's is.
void ParseRequest(benchmark::State& state) {
  const std::string bytes = RequestWith(static_cast<size_t>(state.range(0)));
  Request request;
  for (auto _ : state) {
    request.Clear();
    Read(bytes, request);
    benchmark::DoNotOptimize(request);
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * bytes.size()));
}
BENCHMARK(ParseRequest)->Arg(0)->Arg(1000)->Arg(100'000);

void MakeMessage(benchmark::State& state) {
  Request request;
  request.set_remote_ip_address("203.0.113.77");
  Read(RequestWith(1000), request);
  for (auto _ : state) {
    benchmark::DoNotOptimize(request.ToMessage("https://hooks.example.com", /*with_secret=*/false));
  }
}
BENCHMARK(MakeMessage);

void WriteAnswerHead(benchmark::State& state) {
  Answer answer;
  answer.status = 200;
  answer.body = R"({"ok":true})";
  auto* header = answer.headers.Add();
  header->set_name("Content-Type");
  header->set_value("application/json");
  HeadOptions options;
  options.request_id = "0123456789abcdef01234567";
  std::string out;
  for (auto _ : state) {
    out.clear();
    AppendHead(answer, options, out);
    benchmark::DoNotOptimize(out);
  }
}
BENCHMARK(WriteAnswerHead);

config::v1::WatchResponse AllApps() {
  config::v1::WatchResponse batch;
  batch.set_revision(1);
  batch.set_snapshot(true);
  for (int app = 0; app < kApps; ++app) {
    auto* change = batch.add_apps();
    change->mutable_app()->set_app_id(absl::StrCat("shop", app, "-abcde"));
    change->mutable_app()->set_revision(1);
    change->mutable_edge()->add_services("orders");
    for (int hook = 0; hook < kHooksPerApp; ++hook) {
      auto* webhook = change->mutable_edge()->add_webhooks();
      webhook->mutable_name()->set_service("orders");
      webhook->mutable_name()->set_webhook(absl::StrCat("hook", hook));
      webhook->set_http_method(config::v1::HTTP_METHOD_POST);
    }
  }
  return batch;
}

// Each look-up is for another one of the 10,000 webhooks, so that they do not all stay in the processor's cache.
void FindRoute(benchmark::State& state) {
  Router router;
  router.Apply(AllApps());
  std::vector<std::string> paths;
  for (int n = 0; n < kApps * kHooksPerApp; ++n) paths.push_back(PathOf(n % kApps, n / kApps));
  size_t next = 0;
  for (auto _ : state) {
    RouteMatch match = router.Find(paths[next], "POST");
    if (match.outcome != RouteMatch::Outcome::kFound) std::abort();
    benchmark::DoNotOptimize(match);
    next = next + 1 < paths.size() ? next + 1 : 0;
  }
}
BENCHMARK(FindRoute);

void FindNoRoute(benchmark::State& state) {
  Router router;
  router.Apply(AllApps());
  const std::string path = PathOf(7, kHooksPerApp);
  for (auto _ : state) {
    RouteMatch match = router.Find(path, "POST");
    if (match.outcome != RouteMatch::Outcome::kNoWebhook) std::abort();
    benchmark::DoNotOptimize(match);
  }
}
BENCHMARK(FindNoRoute);

void ApplyAllApps(benchmark::State& state) {
  const config::v1::WatchResponse batch = AllApps();
  for (auto _ : state) {
    Router router;
    router.Apply(batch);
    benchmark::DoNotOptimize(router);
  }
}
BENCHMARK(ApplyAllApps)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace overlock::edge

BENCHMARK_MAIN();
