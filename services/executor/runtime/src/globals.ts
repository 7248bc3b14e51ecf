// The global names that functions find (spec section 9.5).
import {makeBson} from './bson_types.ts';
import {makeConsole} from './console.ts';
import {currentContext} from './context.ts';
import {EJSON} from './ejson.ts';
import {native} from './native.ts';
import {loadLibrary, require} from './require.ts';
import {HTTPResponse} from './response.ts';
import {TextDecoder, TextEncoder} from './text_encoding.ts';
import {timers} from './timers.ts';
import {utilsCrypto} from './utils_crypto.ts';
import {utilsJwt} from './utils_jwt.ts';

// What V8 brings and a function must not have: threads and machine code of its own, and callbacks that would run while
// no invocation does.
const withheld = ['Atomics', 'SharedArrayBuffer', 'WebAssembly', 'FinalizationRegistry'];

function define(global: object, name: string, value: unknown): void {
  Object.defineProperty(global, name, {value, writable: true, enumerable: false, configurable: true});
}

// Which module of the library a global name comes from. It is loaded when the name is first read.
const fromLibrary: Record<string, string> = {
  AbortController: 'web', AbortSignal: 'web', Blob: 'web', Buffer: 'buffer', DOMException: 'web', Event: 'web',
  EventTarget: 'web', File: 'web', FormData: 'web', Headers: 'web', Request: 'web', Response: 'web',
  URL: 'whatwg-url', URLSearchParams: 'whatwg-url', atob: 'buffer', btoa: 'buffer', fetch: 'web',
};

// The value is made when the name is first read.
function defineLazily(global: object, name: string, make: () => unknown): void {
  Object.defineProperty(global, name, {
    configurable: true,
    get() {
      const value = make();
      define(global, name, value);
      return value;
    },
    set(value: unknown) {
      define(global, name, value);
    },
  });
}

const performance = {
  now: (): number => native.monotonicMs(),
  get timeOrigin(): number {
    return Date.now() - native.monotonicMs();
  },
};

function queueMicrotask(callback: unknown): void {
  if (typeof callback !== 'function') throw new TypeError('The "callback" argument must be of type function');
  void Promise.resolve().then(() => {
    callback();
  });
}

function structuredClone(value: unknown, options?: {transfer?: unknown[]}): unknown {
  try {
    return native.structuredClone(value, options?.transfer);
  } catch (error) {
    const {message} = error as Error;
    if (!/could not be cloned|can be transferred/.test(message)) throw error;
    const {DOMException} = loadLibrary('web');
    throw new DOMException(message, 'DataCloneError');
  }
}

// For every context: V8 adds some of these after it has read the snapshot.
export function withhold(global: object): void {
  for (const name of withheld) delete (global as Record<string, unknown>)[name];
}

export function installGlobals(global: object): void {
  const named: Record<string, unknown> = {
    BSON: makeBson(),
    EJSON,
    HTTPResponse,
    console: makeConsole(),
    TextDecoder,
    TextEncoder,
    performance,
    queueMicrotask,
    require,
    structuredClone,
    utils: {crypto: utilsCrypto, jwt: utilsJwt},
    // Functions in strict mode assign it, too.
    exports: undefined,
    global,
    ...timers,
  };
  for (const name of Object.keys(named)) define(global, name, named[name]);
  for (const name of Object.keys(fromLibrary)) defineLazily(global, name, () => loadLibrary(fromLibrary[name]!)[name]);
  defineLazily(global, 'process', () => loadLibrary('process'));
  defineLazily(global, 'crypto', () => loadLibrary('crypto').webcrypto);
  Object.defineProperty(global, 'context', {
    configurable: true,
    get: currentContext,
    set(value: unknown) {
      define(global, 'context', value);
    },
  });
}
