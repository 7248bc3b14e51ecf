"""Two dozen functions that try to take everything, or to break what others use. Data: a name and a source each."""

# Every one of them must cost its own invocation only. What they are answered is up to the limit that they meet first.
HOSTILE_FUNCTIONS = {
    "endlessLoop": "exports = () => { for (;;) {} };",
    "hugeArray": "exports = () => Array.from({length: 1e9}).length;",
    "growingHeap": "exports = () => { const kept = []; for (;;) kept.push(new Array(1000).fill(kept.length)); };",
    "filledArray": "exports = () => new Array(3e7).fill({}).map((x) => ({x})).length;",
    "growingMap": "exports = () => { const map = new Map(); for (let i = 0;; ++i) map.set(i, 'value ' + i); };",
    "doublingString": "exports = () => { let text = 'x'; for (;;) text += text + 'y'; };",
    "repeatedString": "exports = () => { const all = []; for (;;) all.push('ab'.repeat(2 ** 28)); };",
    "splitString": "exports = () => 'a,'.repeat(1 << 27).split(',').length;",
    "joinedArray": "exports = () => new Array(5e6).fill('0123456789').join('-').length;",
    "spreadArguments": "exports = () => Math.max(...new Array(5e7).fill(1));",
    "arrayBuffers": "exports = () => { const all = []; for (;;) all.push(new Uint8Array(1 << 24).fill(1)); };",
    "deepRecursion": "exports = function f() { return f() + 1; };",
    "backtracking": "exports = () => /^(a+)+$/.test('a'.repeat(48) + '!');",
    "deepJson": "exports = () => JSON.parse('['.repeat(2e6) + ']'.repeat(2e6));",
    "wideJson": "exports = () => JSON.parse('[' + '{\"a\":[1,2,3]},'.repeat(2e6) + '0]').length;",
    "microtasks": "exports = () => { const again = () => Promise.resolve().then(again); return again(); };",
    "neverSettles": "exports = () => new Promise(() => {});",
    "manyTimers": "exports = () => { for (;;) setTimeout(() => {}, 60000); };",
    "timerLoop": "exports = () => new Promise(() => { setInterval(() => { for (let i = 0; i < 1e6; ++i); }, 1); });",
    "consoleFlood": "exports = () => { for (;;) console.log('x'.repeat(100000), {a: [1, 2, 3]}); };",
    "hugeAnswer": "exports = (payload, response) => { response.setBody('x'.repeat(30 << 20)); };",
    "poisonedPrototypes": """
        const all = [Array, Object, Promise, String, Number, Map, Function, RegExp, Error];
        exports = () => {
          for (const one of all) {
            for (const name of Object.getOwnPropertyNames(one.prototype)) {
              try { one.prototype[name] = () => { throw new Error('poisoned'); }; } catch (error) {}
            }
          }
          JSON.stringify = JSON.parse = Reflect.apply = () => { throw new Error('poisoned'); };
          return {a: [1]};
        };""",
    "preparedStackTrace": """
        Error.prepareStackTrace = () => { for (;;) {} };
        exports = () => { throw new Error('look at my stack'); };""",
    "callsItself": """
        exports = (payload, response) => {
          const trap = new Proxy({}, {ownKeys() { for (;;) {} }, get() { return trap; }});
          return trap;
        };""",
}
assert len(HOSTILE_FUNCTIONS) == 24
