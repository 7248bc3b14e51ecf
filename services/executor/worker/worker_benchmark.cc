// What a warm call costs, and what a cold start costs. The supervisor's side is a loop that does nothing else.
#include <benchmark/benchmark.h>
#include <time.h>

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "services/executor/worker/worker_harness.h"

namespace overlock::executor {
namespace {

constexpr int kBatch = 64;

int64_t CpuNanos(pid_t pid) {
  clockid_t clock;
  timespec now = {};
  if (clock_getcpuclockid(pid, &clock) == 0) clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

config::v1::ExecutorView ViewOf(const std::string& source) {
  config::v1::ExecutorView view;
  auto& webhook = *view.add_webhooks();
  webhook.mutable_name()->set_service("http");
  webhook.mutable_name()->set_webhook("hook");
  webhook.set_service_type(type::v1::SERVICE_TYPE_HTTP);
  webhook.set_source(source);
  webhook.set_respond_result(true);
  return view;
}

v1::ExecuteRequest MakeRequest(const std::string& app_id, const std::string& body) {
  v1::ExecuteRequest request;
  request.mutable_app()->set_app_id(app_id);
  request.mutable_app()->set_revision(1);
  request.mutable_webhook()->set_service("http");
  request.mutable_webhook()->set_webhook("hook");
  request.set_body(body);
  auto& http = *request.mutable_request();
  http.set_method("POST");
  http.set_webhook_url("https://example.com/api/client/v2.0/app/a/service/http/incoming_webhook/hook");
  http.set_raw_query_string("a=1&b=two");
  for (const char* name : {"Accept", "Content-Length", "Content-Type", "User-Agent", "X-Forwarded-For",
                           "X-Hook-Signature", "X-Request-Id", "X-Tag"}) {
    auto& header = *http.add_headers();
    header.set_name(name);
    header.set_value("a value of some length");
  }
  request.mutable_user()->set_type(type::v1::User::TYPE_SYSTEM);
  return request;
}

// `batch` invocations are sent at once; with large bodies one, or both ends would wait for the other to read.
void RunWarm(benchmark::State& state, const std::string& source, const std::string& body, int batch = kBatch) {
  WorkerHarness worker(OVERLOCK_WORKER_BINARY);
  worker.Load("a", ViewOf(source));
  v1::ExecuteRequest request = MakeRequest("a", body);
  v1::ExecuteResponse first = worker.Execute(request);
  if (!first.has_response() || first.response().status() != 200) return state.SkipWithError("not answered");
  uint64_t sequence = 1000;
  int64_t cpu_ns = CpuNanos(worker.pid());
  for (auto _ : state) {
    for (int i = 0; i < batch; ++i) {
      worker::v1::ToWorker message;
      message.mutable_invoke()->set_sequence(++sequence);
      message.mutable_invoke()->set_run_time_left_us(10'000'000);
      *message.mutable_invoke()->mutable_request() = request;
      worker.page().claim(sequence) = kPending;
      worker.Queue(message);
    }
    worker.Flush();
    for (int i = 0; i < batch;) {
      std::optional<worker::v1::FromWorker> message = worker.Receive();
      if (!message.has_value()) return state.SkipWithError("the worker ended");
      if (message->has_done()) ++i;
    }
  }
  cpu_ns = CpuNanos(worker.pid()) - cpu_ns;
  state.SetItemsProcessed(state.iterations() * batch);
  state.counters["worker_cpu_us"] = static_cast<double>(cpu_ns) / 1e3 / static_cast<double>(state.iterations() * batch);
}

void WarmBasic(benchmark::State& state) { RunWarm(state, "exports = () => 'ok';", ""); }
BENCHMARK(WarmBasic)->Unit(benchmark::kMicrosecond)->UseRealTime();

void WarmAsync(benchmark::State& state) { RunWarm(state, "exports = async () => { await null; return 'ok'; };", ""); }
BENCHMARK(WarmAsync)->Unit(benchmark::kMicrosecond)->UseRealTime();

void WarmEcho(benchmark::State& state) {
  std::string body = R"({"items":[)";
  for (int i = 0; body.size() < 1000; ++i) body += R"({"id":)" + std::to_string(i) + R"(,"name":"a name"},)";
  body += "null]}";
  RunWarm(state,
          "exports = (p, r) => { const b = JSON.parse(p.body.text());"
          " r.setHeader('Content-Type', 'application/json'); r.setBody(JSON.stringify(b)); };",
          body);
}
BENCHMARK(WarmEcho)->Unit(benchmark::kMicrosecond)->UseRealTime();

// 100 KB of JSON: filter, map, reduce; about 10 KB of answer. The work of hook-cpu.
void WarmCpu(benchmark::State& state) {
  std::string body = R"({"items":[)";
  for (int i = 0; body.size() < 100'000; ++i) {
    body += absl::StrCat(R"({"id":)", i, R"(,"name":"item number )", i, R"(","price":)", i % 97, ".5},");
  }
  body += "null]}";
  RunWarm(state,
          "exports = (p, r) => { const all = JSON.parse(p.body.text()).items.filter(i => i && i.price > 80);"
          " const total = all.reduce((sum, i) => sum + i.price, 0);"
          " r.setBody(JSON.stringify({total, items: all.map(i => ({id: i.id, name: i.name}))})); };",
          body, /*batch=*/1);
}
BENCHMARK(WarmCpu)->Unit(benchmark::kMicrosecond)->UseRealTime();

// An application's first call: its isolate, a context and the script.
void ColdApp(benchmark::State& state) {
  WorkerHarness worker(OVERLOCK_WORKER_BINARY);
  int apps = 0;
  for (auto _ : state) {
    std::string app_id = "app" + std::to_string(++apps);
    worker.Load(app_id, ViewOf("exports = () => 'ok';"));
    benchmark::DoNotOptimize(worker.Execute(MakeRequest(app_id, "")));
  }
}
BENCHMARK(ColdApp)->Unit(benchmark::kMicrosecond)->UseRealTime()->Iterations(200);

// A further function's first call: a context and the script.
void ColdFunction(benchmark::State& state) {
  WorkerHarness worker(OVERLOCK_WORKER_BINARY);
  config::v1::ExecutorView view;
  for (int i = 0; i < 400; ++i) {
    view.add_functions()->set_name("f" + std::to_string(i));
    view.mutable_functions(i)->set_source("exports = () => 'ok';");
  }
  worker.Load("a", view);
  v1::ExecuteRequest request = MakeRequest("a", "");
  int functions = 0;
  for (auto _ : state) {
    request.set_function("f" + std::to_string(functions++));
    benchmark::DoNotOptimize(worker.Execute(request));
  }
}
BENCHMARK(ColdFunction)->Unit(benchmark::kMicrosecond)->UseRealTime()->Iterations(200);

// Memory that belongs to the process alone.
double PrivateMegabytes(pid_t pid) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/smaps_rollup"));
  double kilobytes = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("Private_", 0) == 0) kilobytes += std::stod(line.substr(line.find(':') + 1));
  }
  return kilobytes / 1024;
}

constexpr char kTypicalSource[] = R"(
  const limits = {small: 10, large: 1000};
  function pick(items, name) { return items.filter((item) => item.name === name).slice(0, limits.small); }
  exports = async function(payload, response) {
    const body = payload && payload.body ? JSON.parse(payload.body.text()) : {items: []};
    const picked = pick(body.items, 'x').map((item) => ({...item, at: new Date(0)}));
    response.setHeader('Content-Type', 'application/json');
    response.setBody(JSON.stringify({picked, count: picked.length, large: limits.large}));
  };
)";

// What a loaded function takes that has run: the difference of many.
void MemoryOfFunction(benchmark::State& state) {
  constexpr int kFunctions = 48;
  WorkerHarness worker(OVERLOCK_WORKER_BINARY);
  config::v1::ExecutorView view = ViewOf(kTypicalSource);
  for (int i = 0; i < kFunctions; ++i) {
    auto& webhook = *view.add_webhooks();
    webhook = view.webhooks(0);
    webhook.mutable_name()->set_webhook(absl::StrCat("hook", i));
  }
  worker.Load("a", view);
  v1::ExecuteRequest request = MakeRequest("a", R"({"items":[]})");
  worker.Execute(request);
  for (auto _ : state) {
    double before = PrivateMegabytes(worker.pid());
    for (int i = 0; i < kFunctions; ++i) {
      request.mutable_webhook()->set_webhook(absl::StrCat("hook", i));
      benchmark::DoNotOptimize(worker.Execute(request));
    }
    state.counters["MB"] = (PrivateMegabytes(worker.pid()) - before) / kFunctions;
  }
}
BENCHMARK(MemoryOfFunction)->Iterations(1);

// What an application takes that has answered one request and is idle since.
void MemoryOfApp(benchmark::State& state) {
  constexpr int kApps = 24;
  WorkerHarness worker(OVERLOCK_WORKER_BINARY);
  auto call = [&](const std::string& app_id) {
    worker.Load(app_id, ViewOf(kTypicalSource));
    benchmark::DoNotOptimize(worker.Execute(MakeRequest(app_id, R"({"items":[]})")));
  };
  call("first");
  for (auto _ : state) {
    double before = PrivateMegabytes(worker.pid());
    for (int i = 0; i < kApps; ++i) call(absl::StrCat("app", i));
    state.counters["MB"] = (PrivateMegabytes(worker.pid()) - before) / kApps;
  }
}
BENCHMARK(MemoryOfApp)->Iterations(1);

void StartWorker(benchmark::State& state) {
  for (auto _ : state) WorkerHarness worker(OVERLOCK_WORKER_BINARY);
}
BENCHMARK(StartWorker)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(20);

}  // namespace
}  // namespace overlock::executor

BENCHMARK_MAIN();
