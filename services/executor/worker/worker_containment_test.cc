// That a function which runs into a limit, or breaks what it can, costs its own invocation only.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/executor/worker/worker_test_fixture.h"

namespace overlock::executor {
namespace {

using testing::AnyOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using v1::Failure;

constexpr char kOtherAppId[] = "other-abcde";

class WorkerContainmentTest : public WorkerTest {
 protected:
  // Runs `source` beside waiting invocations of its own application and of another, which must end as ever.
  v1::ExecuteResponse Attack(const std::string& source) {
    AddFunction("attack", source);
    AddFunction("waits", kWaits);
    Load();
    config::v1::ExecutorView other = view_;
    other.clear_functions();
    auto& function = *other.add_functions();
    function.set_name("waits");
    function.set_source(kWaits);
    worker().Load(kOtherAppId, other);
    uint64_t own = worker().Start(FunctionRequest("waits"));
    uint64_t others = worker().Start(OtherRequest("waits"));
    v1::ExecuteResponse response = worker().Execute(FunctionRequest("attack"));
    for (uint64_t sequence : {own, others}) {
      v1::ExecuteResponse waited = worker().Wait(sequence);
      EXPECT_EQ(waited.returned().value_ejson(), kWaited) << source << "\n" << waited.ShortDebugString();
    }
    v1::ExecuteResponse again = worker().Execute(FunctionRequest("waits"));
    EXPECT_EQ(again.returned().value_ejson(), kWaited) << source << "\n" << again.ShortDebugString();
    view_.clear_functions();
    return response;
  }

  v1::ExecuteRequest OtherRequest(const std::string& function) {
    v1::ExecuteRequest request = FunctionRequest(function);
    request.mutable_app()->set_app_id(kOtherAppId);
    request.mutable_app()->set_revision(1);
    return request;
  }

  // Uses much of what a function could break for others: promises, JSON, iterators, regular expressions, classes.
  static constexpr char kWaits[] = R"(
      exports = async () => {
        const later = (ms, value) => new Promise((resolve) => setTimeout(resolve, ms, value));
        const [a, ...rest] = await Promise.all([later(20, 1), later(30, 2), Promise.resolve(3)]);
        const map = new Map(Object.entries({a, rest}));
        for await (const n of (async function*() { yield 4; })()) map.set('n', n);
        return JSON.parse(JSON.stringify([...map.values()])).flat(9).join().replace(/,/g, '+');
      };)";
  static constexpr char kWaited[] = "\"1+2+3+4\"";
};

TEST_F(WorkerContainmentTest, EachLimitHasItsOwnFailureAndLeavesTheNeighboursAlone) {
  view_.mutable_limits()->mutable_cpu_time_max()->set_nanos(400'000'000);
  view_.mutable_limits()->set_pending_operations_max(50);
  view_.mutable_limits()->set_answer_bytes_max(10'000);
  struct {
    const char* source;
    Failure::Kind kind;
    const char* message;
  } const rows[] = {
      {"exports = () => { for (;;); };", Failure::KIND_CPU_TIME_LIMIT, "execution time limit exceeded"},
      {"exports = () => /^(a+)+$/.test('a'.repeat(48) + '!');", Failure::KIND_CPU_TIME_LIMIT, "processor time"},
      {"exports = () => { const again = () => { Promise.resolve().then(again); }; again(); };",
       Failure::KIND_CPU_TIME_LIMIT, "processor time"},
      {"exports = async () => { for await (const x of (async function*() { for (;;) yield 1; })()); };",
       Failure::KIND_CPU_TIME_LIMIT, "processor time"},
      {"const a = []; exports = () => { for (;;) a.push(new Uint8Array(1 << 20)); };", Failure::KIND_MEMORY_LIMIT,
       "memory limit of 64 MiB exceeded"},
      {"exports = () => { for (let i = 0; i < 100000; ++i) setTimeout(() => {}, 1e6); };",
       Failure::KIND_PENDING_OPERATIONS_LIMIT, "exceeded max async work queue size of 50"},
      {"exports = () => 'x'.repeat(10001);", Failure::KIND_ANSWER_SIZE_LIMIT, "the answer is larger than 10000 bytes"},
      {"exports = function f() { return f() + 1; };", Failure::KIND_THREW, "RangeError: Maximum call stack"},
      {"exports = () => { let s = 'x'; for (;;) s += s; };", Failure::KIND_THREW, "Invalid string length"},
      {"exports = () => JSON.parse('['.repeat(2e6) + ']'.repeat(2e6));", Failure::KIND_MEMORY_LIMIT,
       "memory limit of 64 MiB exceeded"},
  };
  for (const auto& row : rows) {
    v1::ExecuteResponse response = Attack(row.source);
    EXPECT_EQ(response.failure().kind(), row.kind) << row.source << "\n" << response.ShortDebugString();
    EXPECT_THAT(response.failure().message(), HasSubstr(row.message)) << row.source;
  }
}

TEST_F(WorkerContainmentTest, HeapAndArrayBuffersCountTogether) {
  view_.mutable_limits()->mutable_cpu_time_max()->set_seconds(10);
  // 44 MB of each: either alone is within the 64 MB.
  const std::string buffers = "const b = []; for (let i = 0; i < 44; ++i) b.push(new Uint8Array(1 << 20).fill(1));";
  const std::string heap = "const h = []; for (let i = 0; i < 44 * 16; ++i) h.push(new Array(8192).fill(0.5));";
  const std::string end = " return b.length + h.length;";
  v1::ExecuteResponse one = RunFunction("exports = () => { " + heap + " return h.length; };");
  EXPECT_TRUE(one.has_returned()) << one.ShortDebugString();
  view_.clear_functions();
  one = RunFunction("exports = () => { " + buffers + " return b.length; };");
  EXPECT_TRUE(one.has_returned()) << one.ShortDebugString();
  view_.clear_functions();
  EXPECT_EQ(Attack("exports = () => { " + buffers + heap + end + " };").failure().kind(), Failure::KIND_MEMORY_LIMIT);
  EXPECT_EQ(Attack("exports = () => { " + heap + buffers + end + " };").failure().kind(), Failure::KIND_MEMORY_LIMIT);
}

TEST_F(WorkerContainmentTest, WhatIsGarbageDoesNotCount) {
  view_.mutable_limits()->mutable_cpu_time_max()->set_seconds(10);
  v1::ExecuteResponse response = RunFunction(R"(exports = () => {
      let sum = 0;
      for (let i = 0; i < 400; ++i) sum += new Uint8Array(1 << 20).fill(1)[5] + new Array(1 << 16).fill(1).length;
      return sum > 0;
    };)");
  EXPECT_EQ(response.returned().value_ejson(), "true") << response.ShortDebugString();
}

TEST_F(WorkerContainmentTest, TheConsoleKeepsWhatTheApplicationsLimitsSay) {
  view_.mutable_limits()->set_console_lines_max(2);
  view_.mutable_limits()->set_console_line_bytes_max(16);
  v1::ExecuteResponse response = RunFunction("exports = () => { console.log('short'); };");
  EXPECT_THAT(ConsoleOf(response), testing::ElementsAre("short"));
  EXPECT_FALSE(response.usage().console_cut());
  view_.clear_functions();
  response = RunFunction("exports = () => { console.log('x'.repeat(17)); };");
  EXPECT_THAT(ConsoleOf(response), testing::ElementsAre(std::string(16, 'x')));
  EXPECT_TRUE(response.usage().console_cut());
  response = Attack("exports = () => { for (let i = 0; i < 1e5; ++i) console.log(i, {a: 'x'.repeat(1e3)}); };");
  EXPECT_THAT(ConsoleOf(response), testing::SizeIs(2));
  EXPECT_TRUE(response.has_returned()) << "lines that are not kept cost next to nothing: "
                                       << response.ShortDebugString();
  EXPECT_TRUE(response.usage().console_cut());
}

TEST_F(WorkerContainmentTest, AnAnswersHeadersHaveALimit) {
  for (const char* set : {"r.setHeader('X-Long', 'x'.repeat(1 << 20));",
                          "for (let i = 0; i < 100; ++i) r.setHeader('X-' + i, 'x'.repeat(1000));"}) {
    v1::ExecuteResponse response = RunHook(std::string("exports = (p, r) => { ") + set + " };");
    EXPECT_EQ(response.failure().kind(), Failure::KIND_ANSWER_SIZE_LIMIT) << set;
    EXPECT_THAT(response.failure().message(), HasSubstr("headers are larger than 65536 bytes"));
  }
}

TEST_F(WorkerContainmentTest, EveryTextOfAFailureIsCut) {
  view_.mutable_limits()->mutable_cpu_time_max()->set_seconds(5);
  for (const char* thrown : {"'x'.repeat(2 ** 25)", "new Error('\\u00fc'.repeat(2 ** 23))",
                             "Object.assign(new Error('x'), {stack: 'y'.repeat(2 ** 25)})"}) {
    v1::ExecuteResponse response = Attack(std::string("exports = () => { throw ") + thrown + "; };");
    EXPECT_EQ(response.outcome_case(), v1::ExecuteResponse::kFailure);
    EXPECT_LE(response.failure().message().size(), 4u << 10);
    EXPECT_LE(response.failure().stack().size(), 16u << 10);
  }
}

// What a function does to built-in objects and to what it is given is its own affair.
TEST_F(WorkerContainmentTest, SabotageStaysInItsOwnContext) {
  // What the tests before it left in the application's heap does not count here.
  EndWorker();
  view_.mutable_limits()->mutable_cpu_time_max()->set_nanos(200'000'000);
  const std::string poison = "const poison = () => { throw new Error('poisoned'); };";
  const std::vector<std::string> sources = {
      poison + R"(exports = () => {
        for (const one of [Array, Object, Promise, String, Number, Map, Set, WeakMap, Function, RegExp, Error, Date]) {
          for (const key of Reflect.ownKeys(one.prototype)) { try { one.prototype[key] = poison; } catch {} }
          for (const key of Reflect.ownKeys(one)) { try { one[key] = poison; } catch {} }
        }
        return {a: [1]};
      };)",
      poison + "exports = () => { Object.defineProperty(Object.prototype, 'then', {get: poison}); return {}; };",
      poison + "exports = () => { Array.prototype[Symbol.iterator] = poison; return [1]; };",
      poison + "exports = () => { Promise.prototype.then = poison; return Promise.resolve(1); };",
      poison + "exports = () => { Function.prototype.call = Function.prototype.apply = poison; return 1; };",
      poison + "exports = () => { JSON.stringify = JSON.parse = Reflect.apply = poison; return {a: 1}; };",
      poison + "exports = () => { EJSON.stringify = EJSON.parse = BSON.ObjectId = poison; return {a: 1}; };",
      poison + "exports = () => { Object.freeze = Object.keys = Object.entries = poison; return {a: 1}; };",
      "exports = () => { for (const key of Reflect.ownKeys(globalThis)) { try { delete globalThis[key]; } catch {} } "
      "};",
      "exports = () => { Object.setPrototypeOf(globalThis, new Proxy({}, {get() { for (;;); }})); return nope; };",
      "exports = () => new Proxy({}, {ownKeys() { for (;;); }, get() { for (;;); }});",
      "exports = () => ({get a() { for (;;); }});",
      "exports = () => ({toJSON() { for (;;); }});",
      "exports = () => ({toJSON() { return this; }});",
      "exports = () => ({then(resolve) { for (;;); }});",
      "exports = () => { const a = {}; a.a = a; return a; };",
      "exports = () => { let a = {}; for (let i = 0; i < 1e5; ++i) a = {a}; return a; };",
      "exports = () => { throw new Proxy(new Error('x'), {get() { for (;;); }}); };",
      "exports = () => { throw {get message() { for (;;); }, toString() { for (;;); }}; };",
      "Error.prepareStackTrace = () => { for (;;); }; exports = () => { throw new Error('x'); };",
      "Error.prepareStackTrace = () => { throw new Error('y'); }; exports = () => { null.x; };",
      "Error.stackTraceLimit = Infinity; exports = function f() { f(); };",
      "Object.defineProperty(Error, 'stackTraceLimit', {get() { for (;;); }}); exports = () => { throw Error('x'); };",
      "exports = async function*() { for (;;) yield 1; };",
      "exports = function*() { for (;;) yield 1; };",
      "exports = () => { with ({get x() { for (;;); }}) { return x; } };",
      "exports = () => eval('for (;;);');",
      "exports = () => new Function('for (;;);')();",
      "exports = () => context.functions.execute('attack');",
      "exports = async () => { for (;;) { try { context.functions.execute('attack'); } catch {} await 1; } };",
      "exports = () => { context.functions.execute = context.values = context.user = null; context = null; return 1; "
      "};",
      "exports = () => { exports = null; module = null; return 1; };",
      "exports = () => { Object.defineProperty(globalThis, 'exports', {get() { for (;;); }}); return 1; };",
      "exports = () => { setInterval(() => { for (let i = 0; i < 1e6; ++i); }, 1); return new Promise(() => {}); };",
      "exports = () => { queueMicrotask(function again() { queueMicrotask(again); }); };",
      "exports = () => { const p = Promise.reject(1); for (let i = 0; i < 1e5; ++i) Promise.reject(i); return p; };",
      "exports = () => Array.from({length: 1e5}, (_, i) => new Promise(() => {})).length;",
      "exports = () => { class A extends Promise { then() { for (;;); } } return new A(() => {}); };",
      "exports = () => structuredClone(new Array(1e6).fill({}));",
      "exports = () => 'a,'.repeat(1 << 22).split(',').length;",
      "exports = () => { const s = Symbol.species; Array[s] = class { constructor() { for (;;); } }; return [1].map(x "
      "=> x); };",
      "exports = () => { console.log = () => { throw 1; }; console = null; return 1; };",
      "exports = () => { String.prototype.replaceAll = String.prototype.slice = () => { throw 1; }; "
      "console.log('x\\ny'); };",
  };
  for (const std::string& source : sources) {
    v1::ExecuteResponse response = Attack(source);
    EXPECT_NE(response.outcome_case(), v1::ExecuteResponse::OUTCOME_NOT_SET) << source;
    EXPECT_THAT(response.failure().message(), Not(HasSubstr("overlock:"))) << source;
  }
}

TEST_F(WorkerContainmentTest, APoisonedFunctionDoesNotReachTheOneThatItCallsOrThatCallsIt) {
  AddFunction("bad", R"(
      Array.prototype[Symbol.iterator] = Object.keys = JSON.stringify = () => { throw new Error('poisoned'); };
      Object.defineProperty(Object.prototype, 'x', {get() { throw new Error('poisoned'); }});
      exports = (argument) => { argument.touched = true; return context.functions.execute('good', {a: [1, 2]}); };)");
  AddFunction("good",
              "exports = ({a}) => JSON.stringify({sum: [...a].reduce((x, y) => x + y), keys: Object.keys({k: 1})});");
  AddFunction("caller", R"(exports = () => {
      const argument = {};
      let fate = 'returned';
      try { context.functions.execute('bad', argument); } catch (error) { fate = error.constructor === Error; }
      const good = context.functions.execute('good', {a: [1, 2]});
      return [good, Object.keys(argument).length, {}.x === undefined, fate !== false];
    };)");
  Load();
  for (int i = 0; i < 2; ++i) {
    v1::ExecuteResponse response = worker().Execute(FunctionRequest("caller"));
    EXPECT_EQ(response.returned().value_ejson(), R"(["{\"sum\":3,\"keys\":[\"k\"]}",{"$numberInt":"0"},true,true])")
        << response.ShortDebugString();
  }
}

TEST_F(WorkerTest, TheProcessIsJailedAndHoldsItsChannelOnly) {
  if (InThread()) GTEST_SKIP() << "a thread has no jail";
  std::string directory = "/proc/" + std::to_string(worker().pid());
  std::ifstream status_file(directory + "/status");
  std::string status(std::istreambuf_iterator<char>(status_file), {});
  EXPECT_THAT(status, HasSubstr("NoNewPrivs:\t1\n"));
  EXPECT_THAT(status, HasSubstr("Seccomp:\t2\n"));
  std::set<std::string> descriptors;
  for (const auto& entry : std::filesystem::directory_iterator(directory + "/fd")) {
    descriptors.insert(entry.path().filename());
  }
  EXPECT_THAT(descriptors, testing::ElementsAre("2", "3"));
  std::ifstream environment(directory + "/environ");
  EXPECT_THAT(std::string(std::istreambuf_iterator<char>(environment), {}), testing::IsEmpty());
}

// ---- Isolates that are kept warm.

class WorkerIsolateMemoryTest : public WorkerContainmentTest {
 protected:
  WorkerIsolateMemoryTest() { EndWorker(); }
  ~WorkerIsolateMemoryTest() override { EndWorker(); }

  void Configure(int64_t bytes_max) {
    worker::v1::ToWorker message;
    message.mutable_configure()->set_isolate_memory_bytes_max(bytes_max);
    worker().Send(message);
  }
  // An application that keeps 12 MB when it has run.
  void LoadKeeper(const std::string& app_id) {
    config::v1::ExecutorView view;
    auto add = [&view](const std::string& name, const std::string& source) {
      view.add_functions()->set_name(name);
      view.mutable_functions(view.functions_size() - 1)->set_source(source);
    };
    add("keep", "let runs = 0; const kept = new Uint8Array(12 << 20).fill(1); exports = () => ++runs + kept[0];");
    add("wait", "exports = () => new Promise((resolve) => setTimeout(resolve, 300, 'waited'));");
    worker().Load(app_id, view);
  }
  v1::ExecuteRequest RequestOf(const std::string& app_id, const std::string& function) {
    v1::ExecuteRequest request = OtherRequest(function);
    request.mutable_app()->set_app_id(app_id);
    return request;
  }
  bool IsCold(const std::string& app_id) { return worker().Execute(RequestOf(app_id, "keep")).usage().cold(); }
  std::vector<std::string> Dropped() {
    std::vector<std::string> app_ids;
    for (const auto& dropped : worker().dropped()) {
      EXPECT_EQ(dropped.cause(), worker::v1::IsolateDropped::CAUSE_BUDGET);
      app_ids.push_back(dropped.app_id());
    }
    return app_ids;
  }
};

TEST_F(WorkerIsolateMemoryTest, TheLongestUnusedGoesBeyondTheBudget) {
  Configure(32 << 20);
  for (const char* app_id : {"a", "b", "c"}) LoadKeeper(app_id);
  EXPECT_TRUE(IsCold("a"));
  EXPECT_TRUE(IsCold("b"));
  EXPECT_FALSE(IsCold("a"));
  EXPECT_TRUE(IsCold("c"));
  worker().AwaitDropped(1);
  EXPECT_FALSE(IsCold("a")) << "used later than b";
  EXPECT_TRUE(IsCold("b")) << "three are too many: it started anew";
  worker().AwaitDropped(2);
  EXPECT_FALSE(IsCold("b"));
  EXPECT_THAT(Dropped(), testing::ElementsAre("b", "c"));
}

TEST_F(WorkerIsolateMemoryTest, OneThatIsInUseStaysAndSoDoesTheLast) {
  Configure(1 << 20);
  for (const char* app_id : {"a", "b"}) LoadKeeper(app_id);
  EXPECT_TRUE(IsCold("a"));
  EXPECT_FALSE(IsCold("a")) << "over the budget, but the last that was used";
  uint64_t waits = worker().Start(RequestOf("a", "wait"));
  EXPECT_TRUE(IsCold("b"));
  EXPECT_FALSE(IsCold("a")) << "an invocation waited in it";
  EXPECT_EQ(worker().Wait(waits).returned().value_ejson(), "\"waited\"");
}

}  // namespace
}  // namespace overlock::executor
