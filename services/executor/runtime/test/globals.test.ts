// Timers, text encodings, URLs, and what else stands in the global object.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {FunctionHost} from './function_host.ts';

const host = new FunctionHost();
const number = (n: number): object => ({$numberInt: String(n)});

test('timers fire in order, with their arguments, and can be cleared', async () => {
  assert.deepEqual(await host.run(`exports = () => new Promise((resolve) => {
    const seen = [];
    setTimeout((x) => seen.push(x), 20, 'late');
    setTimeout((x) => seen.push(x), 6, 'early');
    clearTimeout(setTimeout(() => seen.push('never'), 1));
    setImmediate(() => seen.push('now'));
    const tick = setInterval(() => { if (seen.push('tick') > 20) clearInterval(tick); }, 5);
    setTimeout(() => { clearInterval(tick); resolve([seen[0], seen.includes('late'), seen.includes('never')]); }, 40);
  });`), ['now', true, false]);
});

test('nothing waits for a timer without a reference', async () => {
  const begin = Date.now();
  assert.equal(await host.run(`exports = () => {
    const timer = setTimeout(() => {}, 60000).unref();
    return timer.hasRef(); };`), false);
  assert.ok(Date.now() - begin < 5000);
});

test('a timer wants a function', async () => {
  await assert.rejects(host.evaluate('setTimeout("code", 1)'), /must be a function/);
});

// [expression, result]
const expressions: [string, unknown][] = [
  ['Array.from(new TextEncoder().encode("é€")).join()', '195,169,226,130,172'],
  ['JSON.stringify(new TextEncoder().encodeInto("a€€", new Uint8Array(5)))', '{"read":2,"written":4}'],
  ['new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 0x61]))', 'a'],
  ['new TextDecoder("utf-8", {ignoreBOM: true}).decode(new Uint8Array([0xef, 0xbb, 0xbf, 0x61]))', '\ufeffa'],
  ['new TextDecoder().decode(new Uint8Array([0x61, 0xff, 0x62]))', 'a\ufffdb'],
  ['new TextDecoder("utf-16le").decode(new Uint8Array([0x3d, 0xd8, 0x00, 0xde]))', '😀'],
  ['new TextDecoder("latin1").decode(new Uint8Array([0xe9, 0x80]))', 'é€'],
  ['new TextDecoder("latin1").encoding', 'windows-1252'],
  ['((d) => d.decode(new Uint8Array([0xe2, 0x82]), {stream: true}) + "|" + d.decode(new Uint8Array([0xac])))' +
    '(new TextDecoder())', '|€'],
  ['((d) => d.decode(new Uint8Array([0xe2, 0x82]), {stream: true}) + d.decode())(new TextDecoder())', '\ufffd'],
  ['atob(btoa("\\u00ffa"))', '\u00ffa'],
  ['atob(" aGk ")', 'hi'],
  ['Buffer.from("aGk", "base64").toString()', 'hi'],
  ['Buffer.from("a-_b", "base64url").toString("hex")', '6befdb'],
  ['Buffer.from([0xfb, 0xff]).toString("base64url")', '-_8'],
  ['Buffer.from("zz12", "hex").length', number(0)],
  ['new Buffer("é", "utf-8").toString("hex")', 'c3a9'],
  ['Buffer("abc").slice(1).toString()', 'bc'],
  ['Buffer.concat([Buffer.from("a"), Buffer.alloc(1, "b")]).toString("utf8", 0, 2)', 'ab'],
  ['Buffer.byteLength("é€")', number(5)],
  ['Buffer.from("abc").toString("utf8", 2, 1)', ''],
  ['Buffer.from("é", "latin1").toString("latin1")', 'é'],
  ['Buffer.from("abc") instanceof Uint8Array', true],
  ['new URL("../b?x=1#f", "https://u:p@Example.COM:8080/a/c").href', 'https://u:p@example.com:8080/b?x=1#f'],
  ['new URL("https://bücher.example/ü").href', 'https://xn--bcher-kva.example/%C3%BC'],
  ['new URL("https://XN--BCHER-KVA.example").host', 'xn--bcher-kva.example'],
  ['new URL("http://2130706433/").hostname', '127.0.0.1'],
  ['new URL("http://[::1]:80/").host', '[::1]'],
  ['[...new URLSearchParams("a=1&b=2&a=3")].join(";")', 'a,1;b,2;a,3'],
  ['new URLSearchParams({q: "a b&c"}).toString()', 'q=a+b%26c'],
  ['require("url").parse("http://u:p@h:1/p?q=1#f", true).query.q', '1'],
  ['require("url").resolve("http://h/a/b", "../c")', 'http://h/c'],
  ['require("url").format({protocol: "http", host: "h", pathname: "p"})', 'http://h/p'],
  ['require("url").format(new URL("http://h/p"))', 'http://h/p'],
  ['require("url").URL === URL', true],
  ['typeof performance.now()', 'number'],
  ['process.env.NODE_ENV === undefined && process.version', 'v10.18.1'],
  ['Object.prototype.toString.call(process)', '[object process]'],
  ['global === globalThis', true],
  ['new Promise((f) => queueMicrotask(() => f("queued")))', 'queued'],
  ['new Promise((f) => process.nextTick((a) => f(a), "ticked"))', 'ticked'],
];

for (const [expression, result] of expressions) {
  test(expression, async () => {
    assert.deepEqual(await host.evaluate(expression), result);
  });
}

// [expression, what the error says]
const failures: [string, RegExp][] = [
  ['new TextDecoder("utf-8", {fatal: true}).decode(new Uint8Array([0xff]))', /not valid for encoding utf-8/],
  ['new TextDecoder("klingon")', /"klingon" encoding is not supported/],
  ['new TextDecoder("constructor")', /encoding is not supported/],
  ['new TextDecoder().decode("text")', /must be a buffer/],
  ['new URL("nonsense")', /Invalid URL/],
  ['new URL("https://a b/")', /Invalid URL/],
  ['atob("a")', /not correctly encoded/],
  ['btoa("€")', /Invalid character/],
  ['process.exit(1)', /process.exit is not available in functions/],
  ['queueMicrotask(1)', /must be of type function/],
];

for (const [expression, text] of failures) {
  test(`${expression} fails`, async () => {
    await assert.rejects(host.evaluate(expression), text);
  });
}

test('a global of the library can be replaced before and after it was used', async () => {
  assert.deepEqual(await new FunctionHost().run(`exports = () => {
    Buffer = 'mine';
    const before = typeof URL;
    globalThis.URL = 'other';
    return [Buffer, before, URL, Object.keys(globalThis).includes('URL')]; };`), ['mine', 'function', 'other', false]);
});

test('events and aborting', async () => {
  assert.deepEqual(await host.run(`exports = async () => {
    const seen = [];
    const target = new EventTarget();
    target.addEventListener('x', (event) => { seen.push(event.type); event.preventDefault(); }, {once: true});
    seen.push(target.dispatchEvent(new Event('x', {cancelable: true})), target.dispatchEvent(new Event('x')));
    const controller = new AbortController();
    controller.signal.addEventListener('abort', () => seen.push(controller.signal.reason.name));
    const any = AbortSignal.any([controller.signal, AbortSignal.timeout(60000)]);
    controller.abort();
    seen.push(any.aborted, AbortSignal.abort('why').reason);
    try { any.throwIfAborted(); } catch (error) { seen.push(error instanceof DOMException, error.code); }
    const timeout = AbortSignal.timeout(1);
    await new Promise((resolve) => { timeout.onabort = resolve; setTimeout(resolve, 1000); });
    seen.push(timeout.reason.name);
    return seen; };`),
  ['x', false, true, 'AbortError', true, 'why', true, number(20), 'TimeoutError']);
});
