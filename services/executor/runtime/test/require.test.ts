import assert from 'node:assert/strict';
import {test} from 'node:test';
import {FunctionHost} from './function_host.ts';

// [module, expression over m, result]
const modules: [string, string, unknown][] = [
  ['assert', '(() => { try { m.deepEqual({a: 1}, {a: 2}); } catch (e) { return e.code; } })()', 'ERR_ASSERTION'],
  ['assert/strict', '(() => { try { m.equal(1, "1"); } catch (e) { return e.name; } })()', 'AssertionError'],
  ['buffer', 'm.Buffer === Buffer', true],
  ['events', '((e) => { let n = 0; e.on("x", (a) => n += a); e.emit("x", 2); return n + m.EventEmitter.name; })(new m)',
    '2EventEmitter'],
  ['http', '[m.METHODS.includes("PATCH"), m.STATUS_CODES[404]].join()', 'true,Not Found'],
  ['https', 'typeof m.request', 'function'],
  ['os', 'm.EOL', '\n'],
  ['path', 'm.join("a", "..", "b", "c.txt") + m.extname("x.js")', 'b/c.txt.js'],
  ['path/posix', 'm.basename("/a/b")', 'b'],
  ['perf_hooks', 'm.performance === performance', true],
  ['process', 'm === process && m.versions.node', '10.18.1'],
  ['punycode', 'm.toASCII("mañana.com")', 'xn--maana-pta.com'],
  ['querystring', 'm.stringify(m.parse("a=1&b=x%20y&a=2"))', 'a=1&a=2&b=x%20y'],
  ['stream', 'm.Readable.from(["a", "b"]).pipe(new m.PassThrough({objectMode: true})).toArray().then((l) => l.join())',
    'a,b'],
  ['stream/promises', 'typeof m.pipeline', 'function'],
  ['string_decoder',
    '((d) => d.write(Buffer.from([0xe2, 0x82])) + d.write(Buffer.from([0xac])))(new m.StringDecoder())', '€'],
  ['sys', 'm === require("util")', true],
  ['timers', 'new Promise((f) => m.setTimeout(f, 1, "later"))', 'later'],
  ['timers/promises', 'm.setTimeout(1, "value")', 'value'],
  ['tty', 'm.isatty(1)', false],
  ['url', 'm.parse("http://h/p?a=b").pathname', '/p'],
  ['util', 'm.promisify((a, f) => f(null, a + 1))(1)', {$numberInt: '2'}],
  ['util', '[m.isDeepStrictEqual({a: [1]}, {a: [1]}), m.isDeepStrictEqual([1], ["1"])].join()', 'true,false'],
  ['util', '[m.types.isDate(new Date()), m.types.isRegExp({}), m.TextEncoder === TextEncoder].join()',
    'true,false,true'],
  ['util', 'm.format("%s", m.inspect({a: 1}))', '{ a: 1 }'],
  ['util/types', 'm.isPromise(Promise.resolve())', true],
  ['zlib', 'm.gunzipSync(m.gzipSync("text")).toString()', 'text'],
  ['zlib', 'new Promise((f, r) => m.deflate("abc", (e, b) => e ? r(e) : m.inflate(b, (e, t) => f(t.toString()))))',
    'abc'],
];

for (const [name, expression, result] of modules) {
  test(`require('${name}'): ${expression}`, async () => {
    const host = new FunctionHost();
    assert.deepEqual(await host.run(`exports = async () => { const m = require('${name}'); return ${expression}; };`),
                     result);
    assert.equal(await host.evaluate(`require('node:${name}') === require('${name}') || ${name.includes('/')}`), true);
  });
}

test('a module is made once in a context', async () => {
  assert.equal(await new FunctionHost().evaluate('require("util") === require("util")'), true);
});

test('require works at the top level', async () => {
  assert.equal(await new FunctionHost().run('const path = require("path"); exports = () => path.sep;'), '/');
});

// [name, code, message]
const failures: [string, string, RegExp][] = [
  ['"nothing-like-this"', 'MODULE_NOT_FOUND', /^Cannot find module 'nothing-like-this'/],
  ['"node:nothing"', 'ERR_UNKNOWN_BUILTIN_MODULE', /No such built-in module: node:nothing/],
  ...['fs', 'child_process', 'cluster', 'net', 'tls', 'dgram', 'dns', 'vm', 'v8', 'worker_threads', 'readline',
    'module'].map((name): [string, string, RegExp] => (
        [`"${name}"`, 'MODULE_NOT_AVAILABLE', new RegExp(`^Module '${name}' is not available in functions`)])),
  ['"__proto__"', 'MODULE_NOT_FOUND', /Cannot find module/],
  ['"web"', 'MODULE_NOT_FOUND', /Cannot find module/],
  ['"aws/s3"', 'MODULE_NOT_FOUND', /Cannot find module/],
  ['""', 'none', /the name must be a string with text, not ''/],
  ['5', 'none', /not 5/],
];

for (const [name, code, message] of failures) {
  test(`require(${name}) says what is wrong`, async () => {
    const [actualCode, text] = await new FunctionHost().run(
        `exports = () => { try { require(${name}); } catch (e) { return [e.code ?? 'none', e.message]; } };`);
    assert.equal(actualCode, code);
    assert.match(text, message);
  });
}

test('the library keeps what it works with to itself', async () => {
  // Everything that a function can do while the library runs its code: replaced built-ins look at their callers.
  const found = await new FunctionHost().run(`
    const seen = [];
    const look = (f) => { try { if (f && f.arguments) seen.push(...f.arguments); } catch {} };
    const watched = [[Object, 'assign'], [Object, 'defineProperty'], [Object, 'create'], [Array.prototype, 'map']];
    for (const [object, name] of watched) {
      const original = object[name];
      object[name] = function (...args) {
        try { look(object[name].caller); } catch {}
        Error.prepareStackTrace = (_, sites) => { sites.forEach((site) => look(site.getFunction())); return ''; };
        void new Error().stack;
        return Reflect.apply(original, this, args);
      };
    }
    exports = () => { for (const name of ['util', 'stream', 'http', 'url', 'crypto']) require(name); fetch;
      return seen.some((value) => value && value.callService); };`);
  assert.equal(found, false);
});

test('packages load although they require what functions cannot have', async () => {
  const files = {'node_modules/p/index.js': `const fs = require('fs'); const {Socket} = require('net');
    class Own extends Socket {}
    module.exports = {path: require('path').sep, read: () => fs.readFileSync('/etc/passwd'), open: () => new Own(),
      promise: (async () => fs)()};`};
  assert.deepEqual(await new FunctionHost({files}).run(`exports = async () => {
    const p = require('p');
    const failed = (run) => { try { run(); } catch (error) { return [error.code, error.message].join(); } };
    return [p.path, failed(p.read), failed(p.open), typeof await p.promise]; };`), [
    '/',
    'MODULE_NOT_AVAILABLE,fs.readFileSync is not available in functions: they have no files, processes or sockets',
    'MODULE_NOT_AVAILABLE,net.Socket is not available in functions: they have no files, processes or sockets',
    'object',
  ]);
});
