// What becomes of functions that fail, run for too long, wait or grow.
#include <signal.h>

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/executor/worker/worker_test_fixture.h"

namespace overlock::executor {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using v1::Failure;

// ---- Failures.

TEST_F(WorkerTest, ReportsAThrowWithItsPlaceInTheSource) {
  v1::ExecuteResponse response = RunFunction("exports = () => {\n  helper();\n};\nfunction helper() {\n  x.y;\n}");
  EXPECT_EQ(response.failure().kind(), Failure::KIND_THREW);
  EXPECT_EQ(response.failure().message(), "ReferenceError: x is not defined");
  EXPECT_THAT(response.failure().stack(),
              AllOf(testing::StartsWith("functions/f/source.js:5\n  x.y;\n  ^\n\nReferenceError: x is not defined\n"),
                    HasSubstr("at helper (functions/f/source.js:5:3)"), HasSubstr("functions/f/source.js:2:3"),
                    testing::Not(HasSubstr("overlock:"))));
}

TEST_F(WorkerTest, ReportsWhateverIsThrown) {
  struct {
    const char* thrown;
    const char* message;
  } const rows[] = {
      {"'text'", "text"},
      {"({code: 5})", R"({"code":5})"},
      {"undefined", "undefined"},
      {"new (class Own extends Error { get name() { return 'Own'; } })('x')", "Own: x"},
      {"({toString() { throw 1; }})", "a value without a text form was thrown"},
  };
  for (const auto& row : rows) {
    v1::ExecuteResponse response = RunFunction(std::string("exports = () => { throw ") + row.thrown + "; };");
    view_.clear_functions();
    EXPECT_EQ(response.failure().kind(), Failure::KIND_THREW);
    EXPECT_EQ(response.failure().message(), row.message);
  }
  EXPECT_EQ(RunFunction("exports = async () => { throw new Error('late'); };").failure().message(), "Error: late");
}

TEST_F(WorkerTest, CutsLongMessages) {
  v1::ExecuteResponse response = RunFunction("exports = () => { throw '\\u00fc'.repeat(5000); };");
  EXPECT_EQ(response.failure().message().size(), 4096u);
}

TEST_F(WorkerTest, EndsAnEndlessLoopAtTheCpuLimit) {
  for (const char* body : {"for (;;);", "for (;;) { try { for (;;); } catch {} finally { continue; } }",
                           "const again = () => { Promise.resolve().then(again); }; again();"}) {
    v1::ExecuteResponse response = RunFunction(std::string("exports = () => { ") + body + " };");
    view_.clear_functions();
    EXPECT_EQ(response.failure().kind(), Failure::KIND_CPU_TIME_LIMIT) << body;
    EXPECT_THAT(response.failure().message(), StartsWith("execution time limit exceeded"));
    EXPECT_EQ(ReturnedBy("'alive'"), "\"alive\"");
  }
}

TEST_F(WorkerTest, EndsALoopInACalledFunctionThatCatchesEverything) {
  AddFunction("loop", "exports = () => { for (;;); };");
  AddFunction("f", "exports = () => { for (;;) { try { context.functions.execute('loop'); } catch (e) {} } };");
  Load();
  EXPECT_EQ(worker().Execute(FunctionRequest("f")).failure().kind(), Failure::KIND_CPU_TIME_LIMIT);
}

TEST_F(WorkerTest, EndsAnInvocationAtTheRunTimeLimit) {
  AddFunction("never", "exports = () => new Promise(() => {});");
  AddFunction("loop", "exports = () => { for (;;); };");
  Load();
  v1::ExecuteResponse waits = worker().Wait(worker().Start(FunctionRequest("never"), 50'000));
  EXPECT_EQ(waits.failure().kind(), Failure::KIND_RUN_TIME_LIMIT);
  EXPECT_EQ(waits.failure().message(), "execution time limit exceeded");
  v1::ExecuteResponse runs = worker().Wait(worker().Start(FunctionRequest("loop"), 50'000));
  EXPECT_EQ(runs.failure().kind(), Failure::KIND_RUN_TIME_LIMIT);
}

TEST_F(WorkerTest, AnswersAHeapThatGrowsOverItsLimitAndGoesOn) {
  // Collecting garbage near the limit takes time, the more on a machine that others use, too.
  view_.mutable_limits()->mutable_cpu_time_max()->set_seconds(10);
  v1::ExecuteResponse response = RunFunction("exports = () => { const a = []; for (;;) a.push({x: a.length}); };");
  view_.clear_functions();
  EXPECT_EQ(response.failure().kind(), Failure::KIND_MEMORY_LIMIT);
  EXPECT_EQ(response.failure().message(), "memory limit of 64 MiB exceeded");
  EXPECT_EQ(ReturnedBy("'alive'"), "\"alive\"");
}

TEST_F(WorkerTest, HoldsArrayBuffersToTheMemoryLimit) {
  v1::ExecuteResponse response =
      RunFunction("const a = []; exports = () => { for (;;) a.push(new ArrayBuffer(1 << 20)); };");
  view_.clear_functions();
  EXPECT_EQ(response.failure().kind(), Failure::KIND_MEMORY_LIMIT);
}

TEST_F(WorkerTest, AnswersOrEndsWhenV8CannotStop) {
  view_.mutable_limits()->mutable_cpu_time_max()->set_seconds(5);
  AddFunction("f", "exports = () => Array(3e7).fill().map((_, i) => ({i}));");
  Load();
  worker().Start(FunctionRequest("f"));
  std::optional<worker::v1::FromWorker> message = worker().Receive();
  while (message.has_value() && !message->has_done()) message = worker().Receive();
  if (message.has_value()) {
    EXPECT_EQ(message->done().response().failure().kind(), Failure::KIND_MEMORY_LIMIT);
  } else {
    EXPECT_THAT(worker().WaitForEnd(), testing::AnyOf(SIGABRT, SIGTRAP, SIGILL, SIGSEGV));
  }
  EndWorker();
}

TEST_F(WorkerTest, RefusesMoreThanAThousandPendingOperations) {
  EXPECT_EQ(ReturnedBy("(() => { for (let i = 0; i < 1000; ++i) setTimeout(() => {}, 1); return 'ok'; })()"), "\"ok\"");
  v1::ExecuteResponse response =
      RunFunction("exports = () => { try { for (let i = 0; i < 1001; ++i) setTimeout(() => {}, 1); } catch {} };");
  EXPECT_EQ(response.failure().kind(), Failure::KIND_PENDING_OPERATIONS_LIMIT);
  EXPECT_EQ(response.failure().message(), "exceeded max async work queue size of 1000");
}

// ---- Asynchrony (spec section 9.6).

TEST_F(WorkerTest, DrainsWhatWasNotAwaited) {
  v1::ExecuteResponse response = RunHook(
      "exports = (p, r) => { Promise.resolve().then(() => new Promise(f => setTimeout(f, 5)))"
      ".then(() => { setImmediate(() => r.setBody('late')); }); };");
  EXPECT_EQ(response.response().body(), "late");
}

TEST_F(WorkerTest, StopsAnIntervalThatClearsItself) {
  EXPECT_EQ(Returned("exports = () => new Promise(f => { let n = 0;"
                     " const t = setInterval(() => { if (++n === 3) { clearInterval(t); f(n); } }, 1); });"),
            "{\"$numberInt\":\"3\"}");
}

TEST_F(WorkerTest, LogsARejectionThatNobodyHandles) {
  v1::ExecuteResponse response = RunFunction(
      "exports = async () => { Promise.reject(new Error('lost')); setTimeout(() => { throw 1; }); return 'ok'; };");
  EXPECT_EQ(response.returned().value_ejson(), "\"ok\"");
  EXPECT_THAT(ConsoleOf(response),
              ElementsAre("Unhandled promise rejection: Error: lost\n    at exports (functions/f/source.js:1:40)",
                          "Uncaught in a timer: 1"));
}

TEST_F(WorkerTest, KeepsWaitingInvocationsApart) {
  AddFunction("f", R"(
      const sleep = (ms) => new Promise(f => setTimeout(f, ms));
      exports = async (ms) => {
        const url = () => context.request.webhookUrl;
        const seen = [url()];
        await sleep(ms); seen.push(url());
        await Promise.all([sleep(1), Promise.resolve()]); seen.push(url());
        await new Promise(f => setImmediate(() => { seen.push(url()); f(); }));
        await {then(resolve) { resolve(); }}; seen.push(url());
        await Promise.resolve().then(() => seen.push(url())).finally(() => {});
        console.log(url());
        return [...new Set(seen)];
      };)");
  Load();
  std::vector<uint64_t> sequences;
  for (int i = 0; i < 20; ++i) {
    v1::ExecuteRequest request = FunctionRequest("f", {std::to_string((i * 7) % 20)});
    request.mutable_request()->set_webhook_url("url" + std::to_string(i));
    sequences.push_back(worker().Start(request));
  }
  for (int i = 0; i < 20; ++i) {
    v1::ExecuteResponse response = worker().Wait(sequences[i]);
    std::string url = "url" + std::to_string(i);
    EXPECT_EQ(response.returned().value_ejson(), "[\"" + url + "\"]");
    EXPECT_THAT(ConsoleOf(response), ElementsAre(url));
    EXPECT_THAT(worker().parked(), testing::Contains(sequences[i]).Times(1));
  }
}

TEST_F(WorkerTest, AnswersAnInvocationThatAnotherOneWokeUp) {
  AddFunction("f", "let wake; exports = (a) => a ? new Promise(f => { wake = f; }) : (wake('woken'), 'waker');");
  Load();
  uint64_t sleeper = worker().Start(FunctionRequest("f", {"true"}));
  EXPECT_EQ(worker().Execute(FunctionRequest("f", {"false"})).returned().value_ejson(), "\"waker\"");
  EXPECT_EQ(worker().Wait(sleeper).returned().value_ejson(), "\"woken\"");
}

TEST_F(WorkerTest, EndsAWaitingInvocationThatIsCancelled) {
  AddFunction("f", "exports = () => new Promise(f => setTimeout(f, 1e6));");
  Load();
  uint64_t sequence = worker().Start(FunctionRequest("f"));
  worker::v1::ToWorker cancel;
  cancel.mutable_cancel()->set_sequence(sequence);
  worker().Send(cancel);
  EXPECT_EQ(worker().Wait(sequence).failure().kind(), Failure::KIND_RUN_TIME_LIMIT);
}

}  // namespace
}  // namespace overlock::executor
