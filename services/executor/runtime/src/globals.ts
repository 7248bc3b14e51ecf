// The global names that functions find (spec section 9.5).
import {makeBson} from './bson_types.ts';
import {makeConsole} from './console.ts';
import {currentContext, missing} from './context.ts';
import {EJSON} from './ejson.ts';
import {HTTPResponse} from './response.ts';
import {timers} from './timers.ts';

// What V8 brings and a function must not have: threads and machine code of its own, and callbacks that would run while
// no invocation does.
const withheld = ['Atomics', 'SharedArrayBuffer', 'WebAssembly', 'FinalizationRegistry'];

function define(global: object, name: string, value: unknown): void {
  Object.defineProperty(global, name, {value, writable: true, enumerable: false, configurable: true});
}

// For every context: V8 adds some of these after it has read the snapshot.
export function withhold(global: object): void {
  for (const name of withheld) delete (global as Record<string, unknown>)[name];
}

export function installGlobals(global: object): void {
  const utils = {
    crypto: Object.fromEntries(
        ['encrypt', 'decrypt', 'sign', 'verify', 'hmac', 'hash'].map((name) => [name, missing('utils.crypto')])),
    jwt: {encode: missing('utils.jwt'), decode: missing('utils.jwt')},
  };
  const named: Record<string, unknown> = {
    BSON: makeBson(),
    EJSON,
    HTTPResponse,
    console: makeConsole(),
    utils,
    require: missing('require'),
    // Functions in strict mode assign it, too.
    exports: undefined,
    global,
    ...timers,
  };
  for (const name of Object.keys(named)) define(global, name, named[name]);
  Object.defineProperty(global, 'context', {
    configurable: true,
    get: currentContext,
    set(value: unknown) {
      define(global, 'context', value);
    },
  });
}
