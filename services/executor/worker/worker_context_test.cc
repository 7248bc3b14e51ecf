// What functions find in their context, and what they do not.
#include <signal.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/executor/worker/worker_test_fixture.h"

namespace overlock::executor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using v1::Failure;

// ---- context (spec sections 9.3 and 9.4).

TEST_F(WorkerTest, HasTheRequestInTheContext) {
  AddWebhook(
      "const top = context.request.httpMethod; exports = () => [top, context.request, 'rawQueryString' in "
      "context.request];");
  Load();
  v1::ExecuteRequest request = HookRequest("", "a=1");
  AddHeader(request, "User-Agent", "curl");
  EXPECT_EQ(worker().Execute(request).response().body(),
            R"(["POST",{"remoteIPAddress":"203.0.113.7","requestHeaders":{"User-Agent":["curl"]},)"
            R"("webhookUrl":"https://example.com/hook","httpMethod":"POST","rawQueryString":"a=1",)"
            R"("httpUserAgent":"curl","service":"http","action":"hook"},true])");
  EXPECT_THAT(worker().Execute(HookRequest()).response().body(), testing::EndsWith("},false]"));
}

TEST_F(WorkerTest, HasUserValuesAndAppInTheContext) {
  (*view_.mutable_values_json())["limit"] = R"({"n":[1]})";
  AddFunction(
      "f",
      "exports = () => { context.values.get('limit').n.push(2); return [context.user, context.runningAsSystem(),"
      " context.values.get('limit'), context.values.get('none'), context.app.name, context.environment.tag]; };");
  Load();
  v1::ExecuteRequest request = FunctionRequest("f");
  auto& user = *request.mutable_user();
  user.set_id("5e5d6f3c9b1e8a3f4c2d1b0a");
  user.set_type(type::v1::User::TYPE_NORMAL);
  user.set_data_json(R"({"email":"a@b.c"})");
  user.set_custom_data_json(R"({"n":{"$numberInt":"3"}})");
  user.add_identities()->set_provider_type("local-userpass");
  EXPECT_EQ(
      worker().Execute(request).returned().value_ejson(),
      R"([{"id":"5e5d6f3c9b1e8a3f4c2d1b0a","type":"normal","data":{"email":"a@b.c"},)"
      R"("custom_data":{"n":{"$numberInt":"3"}},"identities":[{"id":"","provider_type":"local-userpass"}]},false,)"
      R"({"n":[{"$numberInt":"1"}]},{"$undefined":true},"shop",""])");
}

TEST_F(WorkerTest, CallsFunctionsSynchronouslyAndAsynchronously) {
  AddFunction("sync",
              "exports = (a, b) => ({sum: a + b, when: new Date(5), id: BSON.ObjectId('5e5d6f3c9b1e8a3f4c2d1b0a')});");
  AddFunction("async", "exports = async (x) => { await new Promise(f => setTimeout(f, 1)); return x * 2; };");
  AddFunction("f", R"(exports = async () => {
      const r = context.functions.execute('sync', 1, 2);
      const p = context.functions.execute('async', 21);
      return [r.sum, r.when instanceof Date, r.id instanceof BSON.ObjectId, p instanceof Promise, await p]; };)");
  Load();
  EXPECT_EQ(worker().Execute(FunctionRequest("f")).returned().value_ejson(),
            R"([{"$numberInt":"3"},true,true,true,{"$numberInt":"42"}])");
}

TEST_F(WorkerTest, DrainsACalledFunctionThatWasNotAwaited) {
  AddFunction("slow", "exports = async () => { await new Promise(f => setTimeout(f, 5)); console.log('done'); };");
  AddFunction("f", "exports = () => { context.functions.execute('slow'); return 'early'; };");
  Load();
  v1::ExecuteResponse response = worker().Execute(FunctionRequest("f"));
  EXPECT_EQ(response.returned().value_ejson(), "\"early\"");
  EXPECT_THAT(ConsoleOf(response), ElementsAre("done"));
}

TEST_F(WorkerTest, SharesNoObjectBetweenFunctions) {
  AddFunction("keep", "exports = (o) => { o.n = 2; this.kept = o; o.inner.push(1); return o; };");
  AddFunction("f", R"(exports = () => {
      const o = {n: 1, inner: [], f() {}}; const r = context.functions.execute('keep', o);
      return [o.n, o.inner.length, r.n, r === o, r instanceof Object, 'f' in r]; };)");
  Load();
  EXPECT_EQ(worker().Execute(FunctionRequest("f")).returned().value_ejson(),
            R"([{"$numberInt":"1"},{"$numberInt":"0"},{"$numberInt":"2"},false,true,false])");
}

TEST_F(WorkerTest, PassesErrorsOfCalledFunctionsOn) {
  AddFunction("bad", "exports = () => { throw new RangeError('bad'); };");
  AddFunction("later", "exports = async () => { throw new RangeError('later'); };");
  AddFunction("broken", "exports = ");
  AddFunction("f", R"(exports = async () => { const seen = [];
      for (const name of ['bad', 'later', 'broken', 'none'])
        try { await context.functions.execute(name); } catch (e) { seen.push(e instanceof Error, String(e)); }
      return seen; };)");
  Load();
  EXPECT_EQ(worker().Execute(FunctionRequest("f")).returned().value_ejson(),
            R"([true,"RangeError: bad",true,"RangeError: later",)"
            R"(true,"Error: function 'broken': SyntaxError: Unexpected end of input",)"
            R"(true,"Error: function not found: 'none'"])");
}

TEST_F(WorkerTest, RunsCalledFunctionsAsTheCallersUserOrTheSystem) {
  AddFunction("who", "exports = () => context.user.type + context.runningAsSystem();");
  AddFunction("system", "exports = () => context.user.type + context.runningAsSystem();", true);
  AddFunction(
      "f",
      "exports = () => [context.functions.execute('who'), context.functions.execute('system'), context.user.type];");
  Load();
  v1::ExecuteRequest request = FunctionRequest("f");
  request.mutable_user()->set_type(type::v1::User::TYPE_SERVER);
  EXPECT_EQ(worker().Execute(request).returned().value_ejson(), R"(["serverfalse","systemtrue","server"])");
}

TEST_F(WorkerTest, NamesWhatItDoesNotHave) {
  EXPECT_THAT(RunFunction("exports = () => require('fs');").failure().message(),
              HasSubstr("Module 'fs' is not available in functions"));
}

// ---- The console (spec section 9.7).

TEST_F(WorkerTest, KeepsTheFirstConsoleLines) {
  v1::ExecuteResponse response = RunFunction(
      "exports = () => { console.log('a %s %d', 'b', 3, {x: [1, 'y']}); console.error(new Map([[1, 2]]), "
      "BSON.Int32(1));"
      " console.warn('w'.repeat(600)); for (let i = 0; i < 30; ++i) console.debug(i); };");
  ASSERT_EQ(response.console_size(), 25);
  EXPECT_EQ(response.console(0).text(), "a b 3 { x: [ 1, 'y' ] }");
  EXPECT_EQ(response.console(0).level(), v1::ConsoleLine::LEVEL_INFO);
  EXPECT_EQ(response.console(1).text(), "Map(1) { 1 => 2 } Int32(1)");
  EXPECT_EQ(response.console(1).level(), v1::ConsoleLine::LEVEL_ERROR);
  EXPECT_EQ(response.console(2).text(), std::string(512, 'w'));
  EXPECT_EQ(response.console(24).text(), "21");
}

// ---- The wall.

TEST_F(WorkerTest, KeepsLanguagesAndUniversalTimeInTheJail) {
  EXPECT_EQ(
      ReturnedBy(
          "[new Date(0).getTimezoneOffset(), new Date(0).toString(), new Intl.NumberFormat('de-DE').format(1234.5),"
          " new Date(0).toLocaleDateString('en-US', {timeZone: 'America/New_York'}),"
          " ['b', '\\u00e4', 'a'].sort((x, y) => x.localeCompare(y)).join('')]"),
      "[{\"$numberInt\":\"0\"},\"Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time)\",\"1.234,5\","
      "\"12/31/1969\",\"a\xc3\xa4"
      "b\"]");
}

TEST_F(WorkerTest, ConfinesPoisonedPrototypesToTheirFunction) {
  AddFunction("poison", R"(exports = () => {
      for (const type of [Object, Array, String, Promise, Map, RegExp, Function, Date])
        for (const name of Object.getOwnPropertyNames(type.prototype))
          try { Object.defineProperty(type.prototype, name, {get() { throw new Error('poisoned'); }}); } catch (e) {}
      JSON.stringify = JSON.parse = () => 'poisoned'; return 1; };)");
  AddFunction("f", R"(exports = async (a) => { let seen = 'none';
      try { context.functions.execute('poison', {a}); } catch (e) { seen = 'threw'; }
      return {a: EJSON.parse('{"b":[1]}'), seen: typeof seen, s: 'x'.toUpperCase()}; };)");
  Load();
  worker().Execute(FunctionRequest("poison"));
  EXPECT_EQ(worker().Execute(FunctionRequest("f", {"[1]"})).returned().value_ejson(),
            R"({"a":{"b":[{"$numberInt":"1"}]},"seen":"string","s":"X"})");
}

TEST_F(WorkerTest, ShowsNoObjectOfAnotherFunctionToReplacedBuiltIns) {
  // Every built-in that could be handed a foreign object is replaced by one that looks at what it gets.
  const std::string spy = R"(
      const own = Object, protoOf = Object.getPrototypeOf, inherit = Object.setPrototypeOf;
      const apply = Reflect.apply, construct = Reflect.construct;
      let leaks = [];
      const look = (name, values) => { for (let i = 0; i < values.length; ++i) { const v = values[i];
          if (v !== null && (typeof v === 'object' || typeof v === 'function')) {
            let p = v; while (protoOf(p) !== null) p = protoOf(p);
            if (p !== own.prototype && p !== v) leaks[leaks.length] = name; } } };
      const spyOn = (holder, holderName) => { for (const name of own.getOwnPropertyNames(holder)) {
          const d = own.getOwnPropertyDescriptor(holder, name);
          if (typeof d.value !== 'function' || name === 'constructor') continue;
          const real = d.value;
          const fake = function(...args) { look(holderName + name, [this, ...args]);
              return new.target ? construct(real, args) : apply(real, this, args); };
          fake.prototype = real.prototype; inherit(fake, real);
          try { own.defineProperty(holder, name, {value: fake, configurable: true, writable: true}); } catch (e) {} } };
      const spyOnAll = () => {
        for (const type of ['Object', 'Array', 'Map', 'Set', 'WeakMap', 'Date', 'RegExp', 'String', 'Number', 'Promise',
                            'Function', 'Error', 'Uint8Array', 'ArrayBuffer']) {
          spyOn(globalThis[type].prototype, type + '.prototype.'); spyOn(globalThis[type], type + '.'); }
        spyOn(Reflect, 'Reflect.'); spyOn(JSON, 'JSON.');
        spyOn(Uint8Array.prototype.__proto__, 'TypedArray.prototype.');
        spyOn(globalThis, ''); };
      const make = () => ({a: [1, {b: 2}], d: new Date(1), r: /x/g, m: new Map([[{k: 1}, {v: 1}]]), s: new Set([{}]),
          e: new TypeError('t'), u: new Uint8Array([1, 2]), id: BSON.ObjectId(), bin: BSON.Binary.fromText('x'),
          dec: BSON.Decimal128.fromString('1'), l: BSON.Long(1, 2), f() {}, p: new Proxy({}, {})});)";
  AddFunction("callee",
              spy +
                  "exports = (x) => { if (x === 'leaks') return leaks; if (x === 'throw') throw new Error('e');"
                  " if (x === 'later') return Promise.reject(new Error('l')); return make(); }; spyOnAll();");
  AddFunction("f", spy + R"(exports = async () => {
      context.functions.execute('callee', make());
      try { context.functions.execute('callee', 'throw'); } catch (e) {}
      try { await context.functions.execute('callee', 'later'); } catch (e) {}
      context.functions.execute('callee', 'later');
      await new Promise((resolve) => setTimeout(resolve, 1));
      return [context.functions.execute('callee', 'leaks'), leaks]; };
      spyOnAll();)");
  Load();
  v1::ExecuteResponse response = worker().Execute(FunctionRequest("f"));
  EXPECT_EQ(response.returned().value_ejson(), "[[],[]]") << response.ShortDebugString();
}

TEST_F(WorkerTest, SaysWhenAFunctionBrokeItsOwnEnvironment) {
  AddFunction("f",
              "exports = () => { Object.defineProperty(Object.prototype, 'state', {set() { throw 1; }});"
              " Reflect.apply = () => { throw 1; }; globalThis.BigInt = null; return 2 ** 40; };");
  Load();
  EXPECT_EQ(worker().Execute(FunctionRequest("f")).failure().kind(), Failure::KIND_THREW);
  EXPECT_TRUE(worker().Execute(FunctionRequest("f")).has_failure());
}

TEST_F(WorkerTest, HidesItsOwnMachinery) {
  EXPECT_EQ(
      ReturnedBy(
          "[typeof __overlockInstall, typeof WebAssembly, typeof SharedArrayBuffer, typeof native,"
          " (() => { const e = {}; Error.stackTraceLimit = 50; Error.captureStackTrace(e);"
          " const p = Error.prepareStackTrace; Error.prepareStackTrace = (_, s) => s.map(f => typeof f.getFunction());"
          " const s = (Error.captureStackTrace(e), e.stack); Error.prepareStackTrace = p;"
          " return s.slice(1).filter(t => t === 'function').length <= 1; })()]"),
      R"(["undefined","undefined","undefined","undefined",true])");
}

TEST_F(WorkerTest, SkipsWhatTheSupervisorRevoked) {
  AddFunction("f", "exports = () => 1;");
  Load();
  worker::v1::ToWorker revoked;
  revoked.mutable_invoke()->set_sequence(200);
  *revoked.mutable_invoke()->mutable_request() = FunctionRequest("f");
  worker().page().claim(200) = kRevoked;
  worker().Send(revoked);
  uint64_t sequence = worker().Start(FunctionRequest("f"));
  EXPECT_TRUE(worker().Wait(sequence).has_returned());
  EXPECT_EQ(worker().page().claim(200), kRevoked);
  EXPECT_EQ(worker().page().claim(sequence), kClaimed);
  EXPECT_GE(worker().page().begun_sequence, sequence);
  EXPECT_EQ(worker().page().running_sequence, 0u);
}

TEST_F(WorkerTest, TellsColdStartsAndWhatItKeeps) {
  AddFunction("f", "exports = () => 1;");
  AddFunction("g", "exports = () => 2;");
  Load();
  // Other tests had the same worker.
  StatusPage& page = worker().page();
  const uint64_t contexts_before = page.contexts_made;
  for (const char* name : {"f", "g", "f"}) EXPECT_TRUE(worker().Execute(FunctionRequest(name)).has_returned());
  EXPECT_EQ(page.contexts_made - contexts_before, 2u);
  EXPECT_GE(page.isolates_made, 1u);
  // Measured when there is nothing to do, which comes after the answer.
  auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (page.isolates == 0 && std::chrono::steady_clock::now() < give_up) std::this_thread::yield();
  EXPECT_GE(page.isolates, 1u);
  EXPECT_GT(page.heap_bytes, 100'000u);
}

TEST_F(WorkerTest, ForgetsARevisionThatIsUnloaded) {
  AddFunction("f", "exports = () => 1;");
  Load();
  v1::ExecuteRequest request = FunctionRequest("f");
  EXPECT_TRUE(worker().Execute(request).has_returned());
  worker::v1::ToWorker unload;
  *unload.mutable_unload_app()->mutable_app() = request.app();
  worker().Send(unload);
  EXPECT_EQ(worker().Execute(request).failure().kind(), Failure::KIND_WORKER_LOST);
}

TEST_F(WorkerTest, EndsWhenTheChannelCloses) {
  if (InThread()) GTEST_SKIP() << "the harness waits for its threads";
  EndWorker();
  pid_t pid = worker().pid();
  EndWorker();
  EXPECT_EQ(kill(pid, 0), -1);
}

}  // namespace
}  // namespace overlock::executor
