// The modules that functions can require, and the global names that come from them.
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/executor/worker/worker_test_fixture.h"

namespace overlock::executor {
namespace {

using testing::HasSubstr;

class WorkerModulesTest : public WorkerTest {
 protected:
  WorkerModulesTest() {
    view_.mutable_limits()->mutable_run_time_max()->set_seconds(20);
    view_.mutable_limits()->mutable_cpu_time_max()->set_seconds(3);
  }

  // Runs the body of an asynchronous function, with a service that gives every call the same answer.
  std::string ReturnedWithAnswer(const std::string& body, const std::string& value_ejson, const std::string& bytes) {
    AddFunction("f", "exports = async () => {" + body + "};");
    Load();
    uint64_t sequence = worker().Start(FunctionRequest("f"));
    call_ = worker().WaitForServiceCall();
    worker::v1::ToWorker answer;
    answer.mutable_service_result()->set_sequence(call_.sequence());
    answer.mutable_service_result()->set_operation(call_.operation());
    answer.mutable_service_result()->mutable_value()->set_value_ejson(value_ejson);
    answer.mutable_service_result()->mutable_value()->set_body(bytes);
    worker().Send(answer);
    v1::ExecuteResponse response = worker().Wait(sequence);
    EXPECT_TRUE(response.has_returned()) << response.ShortDebugString();
    return response.returned().value_ejson();
  }

  worker::v1::ServiceCall call_;
};

// ---- Modules.

struct Module {
  std::string name;
  // An expression over the module `m`, and what it gives.
  std::string expression;
  std::string value;
};

class EachModule : public WorkerModulesTest, public testing::WithParamInterface<Module> {};

TEST_P(EachModule, DoesItsWork) {
  const Module& module = GetParam();
  EXPECT_EQ(Returned("exports = async () => { const m = require('" + module.name + "'); return " + module.expression +
                     "; };"),
            module.value);
}

INSTANTIATE_TEST_SUITE_P(
    Modules, EachModule,
    testing::Values(
        Module{"assert", "(() => { try { m.strictEqual(1, 2); } catch (e) { return e.code; } })()",
               R"("ERR_ASSERTION")"},
        Module{"buffer", "m.Buffer.from('68690', 'hex').toString()", R"("hi")"},
        Module{"crypto", "m.createHash('sha256').update('hello!').digest('base64')",
               R"("zgYJL7lI2f+sfRo3bkBLJrdXW8wR7gWkYV/vT+w6MIs=")"},
        Module{"events", "m.once(Object.assign(new m(), {on: null}), 'x').constructor.name", R"("Promise")"},
        Module{"http", "m.STATUS_CODES[418]", R"("I'm a Teapot")"},
        Module{"https", "new m.Agent().constructor.name", R"("Agent")"}, Module{"os", "m.platform()", R"("linux")"},
        Module{"path", "m.resolve('/a/b', '../c')", R"("/a/c")"},
        Module{"process", "m.hrtime().length", R"({"$numberInt":"2"})"},
        Module{"punycode", "m.toUnicode('xn--bcher-kva.example')",
               "\"b\xc3\xbc"
               "cher.example\""},
        Module{"querystring", "m.parse('a=%20b&c').a", R"(" b")"},
        Module{"stream", "m.Readable.from(['a', 'b']).map((x) => x + x).toArray()", R"(["aa","bb"])"},
        Module{"string_decoder", "new m.StringDecoder('utf8').end(Buffer.from('e282ac', 'hex'))", "\"\xe2\x82\xac\""},
        Module{"timers", "new Promise((resolve) => m.setImmediate(resolve, 'now'))", R"("now")"},
        Module{"timers/promises", "m.setTimeout(1, 'later')", R"("later")"},
        Module{"url", "m.parse('https://u:p@h:8/p?q=1').auth", R"("u:p")"},
        Module{"util", "m.inspect([Promise.resolve(1), Promise.reject(2).catch(() => {}) && 3, new Proxy({a: 1}, {})])",
               R"("[ Promise { 1 }, 3, { a: 1 } ]")"},
        Module{"zlib", "m.brotliCompressSync === undefined && m.inflateRawSync(m.deflateRawSync('text')).toString()",
               R"("text")"}),
    [](const testing::TestParamInfo<Module>& info) {
      std::string name = info.param.name;
      for (char& c : name) c = c == '/' ? '_' : c;
      return name;
    });

TEST_F(WorkerModulesTest, SaysWhichModulesThereCannotBe) {
  EXPECT_THAT(RunFunction("exports = () => require('child_process');").failure().message(),
              HasSubstr("Module 'child_process' is not available in functions"));
  view_.clear_functions();
  EXPECT_THAT(RunFunction("exports = () => require('no-such-module');").failure().message(),
              HasSubstr("Cannot find module 'no-such-module'"));
}

TEST_F(WorkerModulesTest, GivesErrorsTheirCodes) {
  EXPECT_EQ(ReturnedBy("['fs', 'net', 'vm', 'node:fs', 'nope', './x', 'node:nope', '']"
                       ".map(name => { try { require(name); } catch (e) { return e.code || e.name; } })"),
            R"(["MODULE_NOT_AVAILABLE","MODULE_NOT_AVAILABLE","MODULE_NOT_AVAILABLE","MODULE_NOT_AVAILABLE",)"
            R"("MODULE_NOT_FOUND","MODULE_NOT_FOUND","ERR_UNKNOWN_BUILTIN_MODULE","TypeError"])");
}

TEST_F(WorkerModulesTest, MakesAModuleOnceUnderBothItsNames) {
  EXPECT_EQ(ReturnedBy("['assert', 'buffer', 'crypto', 'events', 'http', 'https', 'os', 'path', 'process', 'punycode',"
                       " 'querystring', 'stream', 'string_decoder', 'timers', 'url', 'util', 'zlib', 'assert/strict',"
                       " 'stream/promises', 'timers/promises', 'util/types', 'path/posix']"
                       ".filter(name => !require(name) || require(name) !== require('node:' + name))"),
            "[]");
}

TEST_F(WorkerModulesTest, LoadsModulesQuickly) {
  // In a new isolate, and again in another function's context. They take some 20 ms; sanitizers and a busy machine
  // more.
  const std::string source =
      "exports = () => { const begin = performance.now(); require('crypto').createHash('md5'); new URL('http://h/');"
      " const ms = performance.now() - begin; return ms < 500 || ms; };";
  EXPECT_EQ(Returned(source), "true");
  EXPECT_EQ(Returned("'another';" + source), "true");
}

// ---- Globals.

TEST_F(WorkerModulesTest, HasTheGlobalsOfTheWeb) {
  EXPECT_EQ(ReturnedBy("['AbortController', 'AbortSignal', 'Blob', 'Buffer', 'DOMException', 'Event', 'EventTarget',"
                       " 'File', 'FormData', 'Headers', 'Request', 'Response', 'TextDecoder', 'TextEncoder', 'URL',"
                       " 'URLSearchParams', 'atob', 'btoa', 'fetch', 'queueMicrotask', 'require', 'structuredClone',"
                       " 'setTimeout', 'clearInterval'].filter((name) => typeof globalThis[name] !== 'function')"),
            "[]");
  EXPECT_EQ(ReturnedBy("[global === globalThis, typeof process.nextTick, typeof performance.now(), typeof crypto]"),
            R"([true,"function","number","object"])");
}

TEST_F(WorkerModulesTest, HasGlobalsThatWork) {
  const std::vector<std::pair<std::string, std::string>> expressions = {
      {"Buffer.from('h\\u00e9').toString('base64')", R"("aMOp")"},
      {"new Buffer('text', 'utf-8').toString()", R"("text")"},
      {"new URL('https://EXAMPLE.com:443/a b?x#y').href", R"("https://example.com/a%20b?x#y")"},
      {"[...new URLSearchParams('a=1&a=2&b=')].join()", R"("a,1,a,2,b,")"},
      {"new TextDecoder().decode(new TextEncoder().encode('\\u20ac'))", "\"\xe2\x82\xac\""},
      {"(() => { try { new TextDecoder('utf-8', {fatal: true}).decode(new Uint8Array([0xff])); }"
       " catch (e) { return e.name; } })()",
       R"("TypeError")"},
      {"new Promise(done => queueMicrotask(() => done('soon')))", R"("soon")"},
      {"new Headers([['A', '1'], ['a', '2']]).get('a')", R"("1, 2")"},
      {"new Response('{\"a\":1}', {status: 201}).json().then(v => v.a === 1)", "true"},
      {"new Request('http://a/', {method: 'post', body: new URLSearchParams('a=b')}).text()", R"("a=b")"},
      {"(() => { const c = new AbortController(); let heard = 0; c.signal.addEventListener('abort', () => ++heard);"
       " c.abort(); c.abort(); return heard === 1 && c.signal.reason.name === 'AbortError'; })()",
       "true"},
      {"new Blob(['a', new Blob(['b'])]).text()", R"("ab")"},
      {"(() => { const f = new FormData(); f.append('a', 'b'); return f.get('a'); })()", R"("b")"},
      {"atob(btoa('a'))", R"("a")"},
      {"(() => { const tenths = performance.now() * 10; return Math.abs(tenths - Math.round(tenths)) < 1e-6; })()",
       "true"},
      {"typeof process.env + typeof crypto.randomUUID()", R"("objectstring")"},
  };
  for (const auto& [expression, value] : expressions) EXPECT_EQ(ReturnedBy(expression), value) << expression;
}

TEST_F(WorkerModulesTest, LetsFunctionsUseTheNamesOfGlobals) {
  EXPECT_EQ(Returned("const crypto = require('crypto'); const fetch = 1; var process = 2; function URL() { return 3; }"
                     " exports = () => [typeof crypto.createHash, fetch, process, URL()].join();"),
            R"("function,1,2,3")");
}

TEST_F(WorkerModulesTest, ClonesValues) {
  EXPECT_EQ(Returned(R"(exports = () => {
      const source = {map: new Map([['k', new Set([1])]]), when: new Date(5), re: /a/g, big: 2n ** 70n,
                      bytes: new Uint8Array([1, 2]), error: new RangeError('far'), none: undefined};
      source.self = source;
      const copy = structuredClone(source);
      return [copy !== source, copy.self === copy, copy.map.get('k').has(1), copy.when.getTime(), copy.re.flags,
              copy.big === source.big, copy.bytes.join(), copy.error instanceof RangeError, 'none' in copy]; };)"),
            R"([true,true,true,{"$numberInt":"5"},"g",true,"1,2",true,true])");
  EXPECT_EQ(Returned(R"(exports = () => {
      const buffer = new Uint8Array([1, 2, 3]).buffer;
      const moved = structuredClone({buffer}, {transfer: [buffer]});
      const failures = [() => structuredClone(() => 1), () => structuredClone(Symbol()),
                        () => structuredClone(1, {transfer: [new ArrayBuffer(1), {}]}),
                        () => { const twice = new ArrayBuffer(1); structuredClone(1, {transfer: [twice, twice]}); }];
      return [buffer.byteLength, moved.buffer.byteLength, ...failures.map((fails) => {
        try { fails(); } catch (error) { return [error.name, error.code, error instanceof DOMException].join(); } })]; };)"),
            R"([{"$numberInt":"0"},{"$numberInt":"3"},"DataCloneError,25,true","DataCloneError,25,true",)"
            R"("DataCloneError,25,true","DataCloneError,25,true"])");
}

TEST_F(WorkerModulesTest, PassesOnWhatAGetterThrowsWhileItIsCloned) {
  EXPECT_EQ(ReturnedBy("(() => { try { structuredClone({get a() { throw new RangeError('own'); }}); }"
                       " catch (error) { return error.message; } })()"),
            R"("own")");
}

TEST_F(WorkerModulesTest, ConvertsLargeBuffersQuickly) {
  EXPECT_EQ(
      ReturnedBy("(() => { const text = 'x'.repeat(4 << 20); const b = Buffer.from(text);"
                 " return [b.length, b.toString() === text, Buffer.from(b.toString('base64'), 'base64').equals(b),"
                 " Buffer.from(b.toString('hex'), 'hex').length]; })()"),
      R"([{"$numberInt":"4194304"},true,true,{"$numberInt":"4194304"}])");
}

TEST_F(WorkerModulesTest, KeepsAPoisonedContextFromOtherFunctions) {
  AddFunction("poison", R"(exports = () => {
      for (const name of ['util', 'stream', 'http', 'zlib', 'url', 'events']) require(name).poisoned = true;
      require('buffer').Buffer.prototype.toString = () => 'poisoned';
      for (const type of [Object, Array, String, Promise, Map, RegExp, Function, Uint8Array])
        for (const name of Object.getOwnPropertyNames(type.prototype))
          try { Object.defineProperty(type.prototype, name, {get() { throw new Error('poisoned'); }}); } catch (e) {}
      return 1; };)");
  AddFunction("f", R"(exports = () => {
      const modules = ['util', 'stream', 'http', 'zlib', 'url', 'events'].map((name) => require(name));
      return [modules.some((module) => module.poisoned), Buffer.from('ok').toString(), new URL('http://h/p').pathname,
              require('util').format('%s %j', 'a', {b: 1})]; };)");
  Load();
  worker().Execute(FunctionRequest("poison"));
  EXPECT_EQ(worker().Execute(FunctionRequest("f")).returned().value_ejson(), R"([false,"ok","/p","a {\"b\":1}"])");
}

TEST_F(WorkerModulesTest, HidesLinesOfTheLibraryFromStacks) {
  v1::ExecuteResponse response = RunFunction("exports = () => require('assert').strictEqual(1, 2);");
  EXPECT_THAT(response.failure().stack(), HasSubstr("AssertionError"));
  EXPECT_THAT(response.failure().stack(), testing::Not(HasSubstr("overlock:")));
}

// ---- fetch, http and https.

constexpr char kOk[] =
    R"({"status":{"$numberInt":"200"},"statusText":"OK","url":"https://example.com/","redirected":false,)"
    R"("headers":[["Content-Type","application/json"],["X-A","1"]]})";

TEST_F(WorkerModulesTest, Fetches) {
  EXPECT_EQ(ReturnedWithAnswer("const r = await fetch('https://example.com', {method: 'POST', body: 'text'});"
                               "return [r.ok, r.headers.get('x-a'), (await r.json()).b, r.url];",
                               kOk, R"({"b":"c"})"),
            R"([true,"1","c","https://example.com/"])");
  EXPECT_EQ(call_.service(), "");
  EXPECT_EQ(call_.action(), "fetch");
  EXPECT_EQ(call_.argument_ejson(), R"({"url":"https://example.com/","method":"POST",)"
                                    R"("headers":[["content-type","text/plain;charset=UTF-8"]],"redirect":"follow"})");
  EXPECT_EQ(call_.body(), "text");
}

TEST_F(WorkerModulesTest, ReadsAnswersOfHttpAsStreams) {
  EXPECT_EQ(ReturnedWithAnswer("const zlib = require('zlib');"
                               "return new Promise((resolve, reject) => require('https').get('https://example.com/p',"
                               " (response) => { const chunks = []; response.pipe(zlib.createGzip())"
                               ".pipe(zlib.createGunzip()).on('data', (chunk) => chunks.push(chunk))"
                               ".on('end', () => resolve(Buffer.concat(chunks).toString())); }).on('error', reject));",
                               kOk, std::string(200'000, 'x')),
            "\"" + std::string(200'000, 'x') + "\"");
  EXPECT_THAT(call_.argument_ejson(), HasSubstr(R"("url":"https://example.com/p")"));
}

// ---- Timers that nothing waits for.

TEST_F(WorkerModulesTest, WaitsForNoTimerWithoutAReference) {
  auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(Returned("exports = () => { setInterval(() => {}, 10).unref(); setTimeout(() => {}, 60000).unref();"
                     " AbortSignal.timeout(60000); return 'done'; };"),
            R"("done")");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(15));
}

TEST_F(WorkerModulesTest, FiresATimerWithoutAReferenceWhileTheInvocationLives) {
  EXPECT_EQ(Returned("exports = async () => { let fired = 0; const ticks = setInterval(() => ++fired, 1).unref();"
                     " const back = setTimeout(() => {}, 1).unref().ref(); const alive = back.hasRef();"
                     " await new Promise((resolve) => setTimeout(resolve, 50)); clearInterval(ticks);"
                     " return [fired > 1, alive]; };"),
            "[true,true]");
}

TEST_F(WorkerModulesTest, ClearsNoTimerOfAnotherApplication) {
  config::v1::ExecutorView other = view_;
  auto& function = *other.add_functions();
  function.set_name("attack");
  function.set_source("exports = () => { for (let id = 1; id < 100000; ++id) clearTimeout(id); };");
  worker().Load("other-fghij", other, 1);
  AddFunction("f", "exports = () => new Promise((resolve) => setTimeout(resolve, 100, 'fired'));");
  Load();
  uint64_t sequence = worker().Start(FunctionRequest("f"));
  v1::ExecuteRequest attack = FunctionRequest("attack");
  attack.mutable_app()->set_app_id("other-fghij");
  attack.mutable_app()->set_revision(1);
  EXPECT_TRUE(worker().Execute(attack).has_returned());
  EXPECT_EQ(worker().Wait(sequence).returned().value_ejson(), R"("fired")");
}

}  // namespace
}  // namespace overlock::executor
