// `require` and the library: modules that are no part of the snapshot but compiled when they are first asked for. Their
// texts are linked into the worker; library/build.mjs makes them.
import {toUtf8, fromUtf8} from './byte_utils.ts';
import * as crypto from './crypto_support.ts';
import {format, formatWithOptions} from './format.ts';
import {customInspect, inspect} from './inspect.ts';
import {requireFromApp} from './modules.ts';
import {native, type Native} from './native.ts';
import {callService} from './services.ts';
import {timers} from './timers.ts';

// What the library's modules may use of the runtime.
export interface Internal {
  readonly native: Native;
  readonly callService: typeof callService;
  readonly crypto: typeof crypto;
  readonly inspect: typeof inspect;
  readonly customInspect: symbol;
  readonly format: typeof format;
  readonly formatWithOptions: typeof formatWithOptions;
  readonly timers: typeof timers;
  readonly toUtf8: typeof toUtf8;
  readonly fromUtf8: typeof fromUtf8;
}

interface Module {
  exports: any;
}

const internal: Internal = {
  get native() {
    return native;
  },
  callService,
  crypto,
  inspect,
  customInspect,
  format,
  formatWithOptions,
  timers,
  toUtf8,
  fromUtf8,
};

// Built-in modules of Node that functions can require.
const builtinNames = [
  'assert', 'buffer', 'crypto', 'events', 'http', 'https', 'os', 'path', 'process', 'punycode', 'querystring', 'stream',
  'string_decoder', 'timers', 'url', 'util', 'zlib',
];
// Those that stand inside another one.
const submodules: Record<string, (load: (name: string) => any) => unknown> = {
  'assert/strict': (load) => load('assert').strict,
  'path/posix': (load) => load('path'),
  perf_hooks: () => ({performance: (globalThis as any).performance}),
  'stream/promises': (load) => load('stream').promises,
  sys: (load) => load('util'),
  'timers/promises': (load) => load('timers').promises,
  tty: () => ({isatty: () => false}),
  'util/types': (load) => load('util').types,
};
// Those that make no sense without files, processes or sockets of one's own.
const unavailable = [
  'async_hooks', 'child_process', 'cluster', 'dgram', 'diagnostics_channel', 'dns', 'domain', 'fs', 'fs/promises',
  'http2', 'inspector', 'module', 'net', 'readline', 'repl', 'tls', 'trace_events', 'v8', 'vm', 'wasi',
  'worker_threads',
];

const loaded: Record<string, Module> = Object.create(null);

// A module of the library. Throws when there is none of that name.
export function loadLibrary(name: string): any {
  const known = loaded[name];
  if (known !== undefined) return known.exports;
  const run = native.compileLibrary(name);
  if (run === undefined) throw new Error(`Module '${name}' is not available in functions`);
  const module: Module = {exports: {}};
  loaded[name] = module;
  try {
    run(loadLibrary, module, module.exports, internal);
  } catch (error) {
    delete loaded[name];
    throw error;
  }
  return module.exports;
}

function notAvailable(what: string): Error {
  const error = new Error(`${what} is not available in functions: they have no files, processes or sockets`);
  return Object.assign(error, {code: 'MODULE_NOT_AVAILABLE'});
}

// Packages often require what they use on some other path: they get a module whose every function throws.
function standIn(name: string): object {
  return new Proxy({}, {
    get: (_, member) => (typeof member === 'symbol' || member === 'then' || member === '__esModule' ? undefined :
      function () {
        throw notAvailable(`${name}.${member}`);
      }),
  });
}

// A built-in module, undefined when there is none of that name. Those of Node that functions cannot have throw, or for
// a package give something that throws when it is used.
export function requireBuiltin(wanted: string, forPackage: boolean = false): {exports: any} | undefined {
  const name = wanted.startsWith('node:') ? wanted.slice(5) : wanted;
  if (builtinNames.includes(name)) return {exports: loadLibrary(name)};
  const submodule = Object.hasOwn(submodules, name) ? submodules[name] : undefined;
  if (submodule !== undefined) return (loaded[`submodule ${name}`] ??= {exports: submodule(loadLibrary)});
  if (unavailable.includes(name)) {
    if (forPackage) return {exports: standIn(name)};
    throw notAvailable(`Module '${name}'`);
  }
  if (wanted.startsWith('node:')) {
    throw Object.assign(new Error(`No such built-in module: ${wanted}`), {code: 'ERR_UNKNOWN_BUILTIN_MODULE'});
  }
  return undefined;
}

// The global `require`.
export function require(name: unknown): unknown {
  if (typeof name !== 'string' || name === '') {
    throw new TypeError(`require: the name must be a string with text, not ${inspect(name)}`);
  }
  const builtin = requireBuiltin(name);
  return builtin === undefined ? requireFromApp(name) : builtin.exports;
}
