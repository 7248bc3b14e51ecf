// What every FunctionExecutor does, in process and over gRPC, with the real worker processes.
#include <signal.h>

#include <future>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>

#include "absl/strings/str_cat.h"
#include "common/async/block_on.h"
#include "common/async/event_loops.h"
#include "common/telemetry/metrics.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/config/app_admin_mock.h"
#include "services/executor/executor_grpc.h"
#include "services/executor/local_function_executor.h"
#include "services/executor/remote_function_executor.h"
#include "tests/contract/where.h"

namespace overlock::executor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Answer = absl::StatusOr<v1::ExecuteResponse>;

struct Source {
  const char* name;
  const char* code;
};

constexpr Source kFunctions[] = {
    {"sum", "exports = (a, b) => a + b;"},
    {"async_sum", "exports = async function (a, b) { await null; return a + b; };"},
    {"nothing", "exports = function () {};"},
    {"throws", "exports = function failing() { throw new TypeError('no such thing'); };"},
    {"rejects", "exports = async () => { throw new Error('later'); };"},
    {"syntax", "exports = function ( {"},
    {"no_function", "exports = 5;"},
    {"logs", "exports = () => { console.log('one', 1); console.error('two'); return true; };"},
    {"counts", "exports = (n) => { console.log('run ' + n); return n; };"},
    {"loops", "exports = () => { for (;;) {} };"},
    {"array_from", "exports = () => Array.from({length: 1e9}).length;"},
    {"heap_bomb", "exports = () => { const all = []; for (;;) all.push(new Array(1000).fill(all.length)); };"},
    {"never", "exports = () => new Promise(() => { setTimeout(() => {}, 1e8); });"},
    {"waits", "exports = (ms) => new Promise((done) => setTimeout(() => done(ms), ms));"},
};

class FunctionExecutorContract : public ContractTest {
 protected:
  static constexpr char kApp[] = "shop-abcde";
  static constexpr char kNeighbour[] = "neighbour-abcde";

  FunctionExecutorContract() {
    SupervisorOptions options;
    options.worker_binary = OVERLOCK_WORKER;
    options.workers = 2;
    local_ = std::make_unique<LocalFunctionExecutor>(loops_.Get(0), options, metrics_);
    local_->Start();
    Apply(7);
    if (GetParam() != Where::kInProcess) {
      grpc_ = std::make_unique<ExecutorGrpc>(*local_, tokens_, ExecutorGrpc::Trust::kServices, loops_.Get(0));
      over_.emplace(GetParam(), *grpc_, "/overlock.executor.v1.ExecutorService/Execute");
      remote_ = std::make_unique<RemoteFunctionExecutor>(over_->connection());
    }
  }
  ~FunctionExecutorContract() override {
    remote_.reset();
    over_.reset();
    local_->Stop();
    loops_.Stop();
  }

  void Apply(int64_t revision) {
    config::v1::WatchResponse batch;
    batch.set_revision(revision);
    batch.set_snapshot(true);
    for (const char* app_id : {kApp, kNeighbour}) *batch.add_apps() = MakeView(app_id, revision);
    local_->Apply(batch);
  }

  static config::v1::AppView MakeView(const std::string& app_id, int64_t revision) {
    config::v1::AppView view;
    view.mutable_app()->set_app_id(app_id);
    view.mutable_app()->set_revision(revision);
    auto& executor = *view.mutable_executor();
    for (const Source& source : kFunctions) {
      auto* function = executor.add_functions();
      function->set_name(source.name);
      function->set_source(source.code);
    }
    auto* webhook = executor.add_webhooks();
    webhook->mutable_name()->set_service("http");
    webhook->mutable_name()->set_webhook("echo");
    webhook->set_service_type(type::v1::SERVICE_TYPE_HTTP);
    webhook->set_respond_result(true);
    webhook->set_source(
        "exports = function (payload, response) { response.setStatusCode(201); response.addHeader('X-Who', "
        "payload.query.who); response.setBody(payload.body); };");
    webhook->set_run_as_script_source("exports = () => 'somebody';");
    auto* handler = executor.add_functions();
    handler->set_name("handler");
    handler->set_source("exports = (p, r) => { r.setStatusCode(201); return {who: p.query.who, n: 1}; };");
    handler->set_run_as_script_source("exports = (p) => p.query.who;");
    auto* endpoint = executor.add_endpoints();
    endpoint->mutable_name()->set_route("/who");
    endpoint->mutable_name()->set_method("*");
    endpoint->set_function_name("handler");
    endpoint->set_respond_result(true);
    executor.mutable_limits()->mutable_run_time_max()->set_seconds(20);
    executor.mutable_limits()->mutable_cpu_time_max()->set_seconds(2);
    executor.mutable_limits()->set_memory_bytes_max(64 << 20);
    executor.set_app_name("shop");
    return view;
  }

  FunctionExecutor& executor() { return remote_ ? static_cast<FunctionExecutor&>(*remote_) : *local_; }

  static v1::ExecuteRequest Call(const std::string& function, std::vector<std::string> arguments = {},
                                 const std::string& app_id = kApp) {
    v1::ExecuteRequest request;
    request.mutable_app()->set_app_id(app_id);
    request.mutable_app()->set_revision(7);
    request.set_function(function);
    request.mutable_user()->set_type(type::v1::User::TYPE_SYSTEM);
    for (std::string& argument : arguments) request.add_arguments_ejson(std::move(argument));
    return request;
  }

  static CallContext Within(absl::Duration time) {
    CallContext call;
    call.deadline = absl::Now() + time;
    return call;
  }

  Answer Execute(v1::ExecuteRequest request, Body body = {}, CallContext call = Within(absl::Seconds(60))) {
    return Await(executor().Execute(std::move(request), std::move(body), std::move(call)));
  }

  // Does not wait: the answer comes on the second loop.
  std::future<Answer> Begin(v1::ExecuteRequest request, CallContext call = Within(absl::Seconds(60))) {
    auto promise = std::make_shared<std::promise<Answer>>();
    auto ask = [](FunctionExecutor* executor, v1::ExecuteRequest request, CallContext call,
                  std::shared_ptr<std::promise<Answer>> promise) -> Task<void> {
      Body body;
      promise->set_value(co_await executor->Execute(std::move(request), std::move(body), std::move(call)));
    };
    Detach(loops_.Get(1), ask(&executor(), std::move(request), std::move(call), promise));
    return promise->get_future();
  }
  static bool Answered(const std::future<Answer>& future) {
    return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }

  std::string Value(v1::ExecuteRequest request) {
    Answer answer = Execute(std::move(request));
    return answer.ok() ? answer->returned().value_ejson() : answer.status().ToString();
  }
  v1::Failure FailureOf(v1::ExecuteRequest request) {
    Answer answer = Execute(std::move(request));
    EXPECT_THAT(answer, IsOk());
    return answer.ok() ? answer->failure() : v1::Failure();
  }

  absl::StatusOr<v1::CompileResponse> Compile(v1::CompileRequest request) {
    return Await(executor().Compile(std::move(request), Within(absl::Seconds(60))));
  }
  // "INDEX LINE:COLUMN MESSAGE" for each problem.
  std::vector<std::string> Problems(const std::vector<std::string>& sources) {
    v1::CompileRequest request;
    for (const std::string& source : sources) request.add_sources()->set_source(source);
    absl::StatusOr<v1::CompileResponse> response = Compile(std::move(request));
    if (!response.ok()) return {response.status().ToString()};
    std::vector<std::string> problems;
    for (const auto& problem : response->problems()) {
      problems.push_back(
          absl::StrCat(problem.source_index(), " ", problem.line(), ":", problem.column(), " ", problem.message()));
    }
    return problems;
  }

  // Calls of another application are answered beside `bad`, which fails as one of `kinds`.
  void ExpectOnlyItselfHurt(const std::string& bad, std::vector<v1::Failure::Kind> kinds) {
    Value(Call("sum", {"1", "2"}, kNeighbour));
    std::future<Answer> pending = Begin(Call(bad));
    for (int i = 0; i < 20; ++i) {
      EXPECT_EQ(Value(Call("sum", {"1", "2"}, kNeighbour)), R"({"$numberInt":"3"})");
    }
    // A loop runs for seconds of processor time; how soon a bomb hits its limit is anybody's guess.
    if (kinds.front() == v1::Failure::KIND_CPU_TIME_LIMIT) {
      EXPECT_FALSE(Answered(pending)) << "the neighbours did not have to wait for its end";
    }
    Answer answer = pending.get();
    ASSERT_THAT(answer, IsOk());
    EXPECT_THAT(kinds, testing::Contains(answer->failure().kind())) << answer->ShortDebugString();
    EXPECT_EQ(Value(Call("sum", {"1", "2"})), R"({"$numberInt":"3"})") << "its application goes on";
  }

  Metrics metrics_;
  EventLoops loops_{2};
  std::unique_ptr<LocalFunctionExecutor> local_;
  config::AppAdminMock config_;
  config::TokenChecker tokens_{config_};
  std::unique_ptr<ExecutorGrpc> grpc_;
  std::unique_ptr<RemoteFunctionExecutor> remote_;
};

TEST_P(FunctionExecutorContract, AnswersAWebhookWithStatusHeadersAndExactBytes) {
  v1::ExecuteRequest request = Call("sum");
  request.mutable_webhook()->set_service("http");
  request.mutable_webhook()->set_webhook("echo");
  request.mutable_request()->set_method("POST");
  request.mutable_request()->set_raw_query_string("who=me");
  std::string body("\0\xff\r\nbytes", 9);
  Answer answer = Execute(request, Body(body));
  ASSERT_THAT(answer, IsOk());
  ASSERT_TRUE(answer->has_response()) << answer->ShortDebugString();
  EXPECT_EQ(answer->response().status(), 201);
  EXPECT_EQ(answer->response().body(), body);
  EXPECT_EQ(answer->response().headers(0).name(), "X-Who");
  EXPECT_EQ(answer->response().headers(0).value(), "me");
}

TEST_P(FunctionExecutorContract, AnswersAFunctionWithCanonicalExtendedJson) {
  EXPECT_EQ(Value(Call("sum", {R"({"$numberInt":"40"})", "2"})), R"({"$numberInt":"42"})");
  EXPECT_EQ(Value(Call("async_sum", {"\"a\"", "\"b\""})), "\"ab\"");
  EXPECT_EQ(Value(Call("nothing")), "");
}

TEST_P(FunctionExecutorContract, RunsARunAsScript) {
  v1::ExecuteRequest request = Call("sum");
  request.mutable_run_as_script()->set_service("http");
  request.mutable_run_as_script()->set_webhook("echo");
  EXPECT_EQ(Value(request), "\"somebody\"");
}

TEST_P(FunctionExecutorContract, AnswersAnEndpointWithTheResultOfItsFunction) {
  v1::ExecuteRequest request = Call("sum");
  request.mutable_endpoint()->set_route("/who");
  request.mutable_endpoint()->set_method("*");
  request.mutable_request()->set_raw_query_string("who=me");
  Answer answer = Execute(request);
  ASSERT_THAT(answer, IsOk());
  ASSERT_TRUE(answer->has_response()) << answer->ShortDebugString();
  EXPECT_EQ(answer->response().status(), 201);
  EXPECT_EQ(answer->response().body(), R"({"who":"me","n":{"$numberInt":"1"}})");
  request.mutable_endpoint()->set_method("GET");
  EXPECT_THAT(Execute(request), StatusIs(absl::StatusCode::kNotFound, "TARGET_NOT_FOUND"));
}

TEST_P(FunctionExecutorContract, RunsTheRunAsScriptOfAnEndpointsFunction) {
  v1::ExecuteRequest request = Call("sum");
  request.mutable_endpoint_run_as_script()->set_route("/who");
  request.mutable_endpoint_run_as_script()->set_method("*");
  request.mutable_request()->set_raw_query_string("who=me");
  EXPECT_EQ(Value(request), "\"me\"");
}

TEST_P(FunctionExecutorContract, AThrowIsAnAnswerWithTextAndStack) {
  v1::Failure failure = FailureOf(Call("throws"));
  EXPECT_EQ(failure.kind(), v1::Failure::KIND_THREW);
  EXPECT_EQ(failure.message(), "TypeError: no such thing");
  EXPECT_THAT(failure.stack(), HasSubstr("failing"));
  EXPECT_EQ(FailureOf(Call("rejects")).message(), "Error: later");
}

TEST_P(FunctionExecutorContract, ASourceThatCannotBeCalledIsASyntaxError) {
  EXPECT_EQ(FailureOf(Call("syntax")).kind(), v1::Failure::KIND_SYNTAX_ERROR);
  EXPECT_EQ(FailureOf(Call("no_function")).kind(), v1::Failure::KIND_SYNTAX_ERROR);
}

TEST_P(FunctionExecutorContract, BringsTheConsole) {
  Answer answer = Execute(Call("logs"));
  ASSERT_THAT(answer, IsOk());
  ASSERT_EQ(answer->console_size(), 2);
  EXPECT_EQ(answer->console(0).text(), "one 1");
  EXPECT_EQ(answer->console(0).level(), v1::ConsoleLine::LEVEL_INFO);
  EXPECT_EQ(answer->console(1).level(), v1::ConsoleLine::LEVEL_ERROR);
}

TEST_P(FunctionExecutorContract, RefusesWhatItDoesNotHave) {
  EXPECT_THAT(Execute(Call("missing")), StatusIs(absl::StatusCode::kNotFound, "TARGET_NOT_FOUND"));
  v1::ExecuteRequest later = Call("sum");
  later.mutable_app()->set_revision(8);
  EXPECT_THAT(Execute(later), StatusIs(absl::StatusCode::kUnavailable, "REVISION_UNKNOWN"));
  v1::ExecuteRequest earlier = Call("sum");
  earlier.mutable_app()->set_revision(6);
  EXPECT_THAT(Execute(earlier), StatusIs(absl::StatusCode::kFailedPrecondition, "REVISION_GONE"));
}

TEST_P(FunctionExecutorContract, AnEndlessLoopHurtsOnlyItself) {
  ExpectOnlyItselfHurt("loops", {v1::Failure::KIND_CPU_TIME_LIMIT});
}

TEST_P(FunctionExecutorContract, AHeapBombHurtsOnlyItself) {
  ExpectOnlyItselfHurt("heap_bomb", {v1::Failure::KIND_MEMORY_LIMIT, v1::Failure::KIND_CPU_TIME_LIMIT});
}

TEST_P(FunctionExecutorContract, AHugeArrayHurtsOnlyItself) {
  ExpectOnlyItselfHurt("array_from", {v1::Failure::KIND_MEMORY_LIMIT, v1::Failure::KIND_CPU_TIME_LIMIT});
}

TEST_P(FunctionExecutorContract, WaitingFunctionsShareAWorker) {
  std::vector<std::future<Answer>> waiting;
  for (int i = 0; i < 50; ++i) waiting.push_back(Begin(Call("waits", {"200"})));
  EXPECT_EQ(Value(Call("sum", {"1", "2"})), R"({"$numberInt":"3"})");
  EXPECT_FALSE(Answered(waiting[0]));
  for (auto& each : waiting) {
    Answer answer = each.get();
    ASSERT_THAT(answer, IsOk());
    EXPECT_EQ(answer->returned().value_ejson(), R"({"$numberInt":"200"})");
  }
}

TEST_P(FunctionExecutorContract, ACallerThatHasGoneAwayFreesTheInvocation) {
  std::stop_source stop;
  CallContext call = Within(absl::Seconds(60));
  call.stop = stop.get_token();
  std::future<Answer> pending = Begin(Call("never"), call);
  while (local_->supervisor_for_testing().outstanding() == 0) std::this_thread::yield();
  stop.request_stop();
  pending.wait();
  while (local_->supervisor_for_testing().outstanding() != 0) std::this_thread::yield();
  EXPECT_EQ(Value(Call("sum", {"1", "2"})), R"({"$numberInt":"3"})");
}

TEST_P(FunctionExecutorContract, AKilledWorkerFailsWhatRanAndNothingElseAndNothingRunsTwice) {
  Value(Call("sum", {"1", "2"}));
  std::future<Answer> running = Begin(Call("loops"));
  std::vector<std::future<Answer>> others;
  for (int i = 0; i < 40; ++i) others.push_back(Begin(Call("counts", {absl::StrCat(i)}, kNeighbour)));
  // Kills whatever there is, while all of this is under way.
  std::promise<std::vector<pid_t>> pids;
  boost::asio::post(loops_.Get(0), [&] { pids.set_value(local_->supervisor_for_testing().WorkerPidsForTesting()); });
  for (pid_t pid : pids.get_future().get()) kill(pid, SIGKILL);
  Answer answer = running.get();
  ASSERT_THAT(answer, IsOk());
  EXPECT_TRUE(answer->has_failure());
  int lost = 0;
  for (size_t i = 0; i < others.size(); ++i) {
    Answer other = others[i].get();
    ASSERT_THAT(other, IsOk());
    if (other->has_failure()) {
      EXPECT_EQ(other->failure().kind(), v1::Failure::KIND_WORKER_LOST);
      ++lost;
      continue;
    }
    ASSERT_EQ(other->console_size(), 1);
    EXPECT_EQ(other->console(0).text(), absl::StrCat("run ", i));
  }
  EXPECT_LE(lost, 4) << "one a worker at most: what had begun";
  EXPECT_EQ(Value(Call("sum", {"1", "2"})), R"({"$numberInt":"3"})");
}

TEST_P(FunctionExecutorContract, SourcesOfAllFormsCompile) {
  EXPECT_THAT(Problems({"exports = (a, b) => a + b;", "exports = async function () { await null; };",
                        "module.exports = class { #x; };", "\xef\xbb\xbf#!/usr/bin/env node\r\nexports = 1;",
                        "exports = () => import('x');", ""}),
              IsEmpty());
  EXPECT_THAT(Problems({}), IsEmpty());
}

TEST_P(FunctionExecutorContract, SaysWhichSourcesDoNotCompileAndWhere) {
  EXPECT_THAT(
      Problems({"exports = () => 1;", "exports = () => {\n  foo(;\n};", "a;\r\nb;\r\nc d;", "let a;", "\xef\xbb\xbf) ",
                "#!/usr/bin/env node\nreturn 5;", "await f();", "import x from 'y';"}),
      ElementsAre("1 2:7 SyntaxError: Unexpected token ';'", "2 3:3 SyntaxError: Unexpected identifier",
                  "4 1:1 SyntaxError: Unexpected token ')'", "5 2:1 SyntaxError: Illegal return statement",
                  "6 1:1 SyntaxError: await is only valid in async functions and the top level bodies of modules",
                  "7 1:1 SyntaxError: Cannot use import statement outside a module"));
  v1::CompileRequest request;
  request.add_sources()->set_source("a;\r\nb c " + std::string(300, 'x') + "\r\n");
  request.mutable_sources(0)->set_name("functions/f/source.js");
  absl::StatusOr<v1::CompileResponse> response = Compile(request);
  ASSERT_THAT(response, IsOk());
  ASSERT_EQ(response->problems_size(), 1);
  EXPECT_EQ(response->problems(0).source_line(), "b c " + std::string(196, 'x'));
}

TEST_P(FunctionExecutorContract, CompilingExecutesNothing) {
  EXPECT_THAT(Problems({"throw new Error('ran');", "for (;;) {}", "exports = (() => { for (;;) {} })();",
                        "Object.prototype.source = 1;", "const all = []; for (;;) all.push(new Array(1e6));"}),
              IsEmpty());
}

TEST_P(FunctionExecutorContract, CompilesAThousandSourcesAtOnce) {
  std::vector<std::string> sources;
  for (int i = 0; i < 1'000; ++i) {
    sources.push_back(absl::StrCat("exports = function f", i, "(payload, response) {\n  const n = ", i,
                                   ";\n  return [n].map((x) => x + 1);\n};\n"));
  }
  sources[999] = "(";
  EXPECT_THAT(Problems(sources), ElementsAre("999 1:2 SyntaxError: Unexpected end of input"));
}

TEST_P(FunctionExecutorContract, RefusesMoreSourcesThanItTakes) {
  v1::CompileRequest request;
  for (int i = 0; i < 5'001; ++i) request.add_sources();
  EXPECT_THAT(Compile(request), StatusIs(absl::StatusCode::kInvalidArgument, "TOO_MANY_SOURCES"));
  request.clear_sources();
  request.add_sources()->set_source(std::string((1 << 20) + 1, ' '));
  EXPECT_THAT(Compile(request), StatusIs(absl::StatusCode::kInvalidArgument, "SOURCE_TOO_LARGE"));
  request.clear_sources();
  for (int i = 0; i < 17; ++i) request.add_sources()->set_source(std::string(1 << 20, ' '));
  EXPECT_THAT(Compile(request), StatusIs(absl::StatusCode::kInvalidArgument, "REQUEST_TOO_LARGE"));
}

TEST_P(FunctionExecutorContract, HostileSourcesHurtOnlyThemselves) {
  const std::string nested(1 << 20, '(');
  std::future<Answer> neighbour = Begin(Call("waits", {"100"}, kNeighbour));
  std::vector<std::string> problems =
      Problems({"exports = 1;", nested, ")", "exports = /" + std::string(1'000'000, '(') + "/;", "exports = 2;"});
  ASSERT_EQ(problems.size(), 3);
  EXPECT_THAT(problems[0], HasSubstr("1 0:0 could not be compiled within the limits: "));
  EXPECT_EQ(problems[1], "2 1:1 SyntaxError: Unexpected token ')'");
  EXPECT_THAT(problems[2], HasSubstr("3 1:11 SyntaxError: Invalid regular expression"));
  Answer answer = neighbour.get();
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->returned().value_ejson(), R"({"$numberInt":"100"})");
  EXPECT_EQ(Value(Call("sum", {"1", "2"})), R"({"$numberInt":"3"})");
}

INSTANTIATE_TEST_SUITE_P(FunctionExecutor, FunctionExecutorContract, Everywhere(), NameOf);

// The deadline goes with the call, so over gRPC the caller's own comes first: only the local one can tell.
TEST(LocalFunctionExecutorLimitsTest, TheRunTimeLimitOfTheApplicationEndsWhatNeverSettles) {
  Metrics metrics;
  EventLoops loops(1);
  SupervisorOptions options;
  options.worker_binary = OVERLOCK_WORKER;
  LocalFunctionExecutor executor(loops.Get(0), options, metrics);
  executor.Start();
  config::v1::WatchResponse batch;
  batch.set_revision(1);
  batch.set_snapshot(true);
  auto* view = batch.add_apps();
  view->mutable_app()->set_app_id("a");
  view->mutable_app()->set_revision(1);
  auto* function = view->mutable_executor()->add_functions();
  function->set_name("never");
  function->set_source("exports = () => new Promise(() => {});");
  view->mutable_executor()->mutable_limits()->mutable_run_time_max()->set_nanos(300'000'000);
  executor.Apply(batch);
  v1::ExecuteRequest request;
  *request.mutable_app() = view->app();
  request.set_function("never");
  Answer answer = BlockOn(executor.Execute(std::move(request), Body(), CallContext()));
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->failure().kind(), v1::Failure::KIND_RUN_TIME_LIMIT);
  EXPECT_EQ(answer->failure().message(), "execution time limit exceeded");
  executor.Stop();
}

}  // namespace
}  // namespace overlock::executor
