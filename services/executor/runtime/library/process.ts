// `process`: what libraries look at before they begin. The version is that of spec section 9.5.
import EventEmitter = require('events');

const version = '10.18.1';

function hrtime(before?: [number, number]): [number, number] {
  const ns = BigInt(Math.round(internal.native.monotonicMs() * 1e6));
  let seconds = Number(ns / 1000000000n);
  let nanos = Number(ns % 1000000000n);
  if (before !== undefined) {
    seconds -= before[0];
    nanos -= before[1];
    if (nanos < 0) {
      --seconds;
      nanos += 1e9;
    }
  }
  return [seconds, nanos];
}
hrtime.bigint = (): bigint => BigInt(Math.round(internal.native.monotonicMs() * 1e6));

function notAvailable(name: string): () => never {
  return () => {
    throw new Error(`process.${name} is not available in functions`);
  };
}

// Packages tell Node by this tag.
const bare = Object.defineProperty(new EventEmitter(), Symbol.toStringTag, {value: 'process', configurable: true});

export = Object.assign(bare, {
  title: 'overlock',
  version: `v${version}`,
  versions: {node: version},
  arch: 'x64',
  platform: 'linux',
  argv: [],
  execArgv: [],
  env: {},
  exitCode: undefined,
  pid: 1,
  ppid: 0,
  browser: false,
  release: {name: 'node'},
  stdout: {isTTY: false, fd: 1, write: (text: unknown) => console.log(String(text))},
  stderr: {isTTY: false, fd: 2, write: (text: unknown) => console.error(String(text))},
  config: {},
  cwd: () => '/',
  chdir: notAvailable('chdir'),
  umask: () => 0o22,
  exit: notAvailable('exit'),
  abort: notAvailable('abort'),
  kill: notAvailable('kill'),
  binding: notAvailable('binding'),
  emitWarning: (warning: unknown) => console.warn(String(warning)),
  hrtime,
  uptime: () => internal.native.monotonicMs() / 1000,
  memoryUsage: () => ({rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0}),
  nextTick: (callback: (...args: unknown[]) => void, ...args: unknown[]) => {
    if (typeof callback !== 'function') throw new TypeError('The "callback" argument must be of type function');
    queueMicrotask(() => callback(...args));
  },
});
