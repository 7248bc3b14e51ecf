// Runs the paths that every invocation takes once before the snapshot is made, so that it holds their bytecode: a new
// context then compiles nothing of ours on its first call.
import {enter, ResponseUse, ResultForm, Target} from './invocation.ts';
import {Kind, type Native, setNative} from './native.ts';
import {finish, invoke} from './run.ts';

const silent: Native = {
  getCurrent: () => undefined,
  setCurrent: () => {},
  log: () => {},
  consoleBytesLeft: () => 512,
  setTimer: () => 0,
  clearTimer: () => {},
  awaitTimer: () => {},
  beginOperation: () => {},
  endOperation: () => {},
  settled: () => {},
  callFunction: () => {
    throw new Error('nothing to call');
  },
  value: () => 'null',
  request: () => ['POST', '', '', '', '', '', 'Accept', '*'],
  user: () => ['', 'system', '', ''],
  app: () => ['', '', '', ''],
  environment: () => [''],
  errorStack: () => '',
  random: (bytes) => new Uint8Array(bytes),
  encode: () => '',
  decode: () => new Uint8Array(0),
  copyBytes: () => new Uint8Array(0),
  kindOf: (value) => (Array.isArray(value) ? Kind.Array : Kind.Other),
  promiseState: () => ['pending', undefined],
  proxyTarget: () => undefined,
  compileLibrary: () => undefined,
  dependency: () => undefined,
  hasDependency: () => false,
  compileDependency: () => () => {},
  structuredClone: (value) => value,
  monotonicMs: () => 0,
  hashNames: () => [],
  cipherNames: () => [],
  hash: () => new Uint8Array(0),
  hmac: () => new Uint8Array(0),
  openHash: () => 0,
  updateHash: () => {},
  copyHash: () => 0,
  endHash: () => new Uint8Array(0),
  openCipher: () => 0,
  setCipherPadding: () => {},
  addCipherData: () => {},
  setCipherTag: () => {},
  updateCipher: () => new Uint8Array(0),
  endCipher: () => new Uint8Array(0),
  sign: () => new Uint8Array(0),
  verify: () => false,
  readKey: () => [],
  rsaEncrypt: () => new Uint8Array(0),
  rsaDecrypt: () => new Uint8Array(0),
  pbkdf2Step: () => {},
  scrypt: () => new Uint8Array(0),
  serviceType: () => undefined,
  callService: () => {},
};

export function warmUp(): void {
  setNative(silent);
  const globals = globalThis as any;
  const handlers = [
    (payload: any) => ({a: 1, b: [0.5, 'text', true, null], body: payload.body.text(), query: payload.query}),
    (_: unknown, response: any) => response.setStatusCode(200).setHeader('A', 'b').addHeader('A', 'c').setBody('text'),
    () => [globals.context.request, globals.context.user, globals.context.values.get('a')],
    () => globals.console.log('text', {a: [1, 'b']}),
  ];
  for (const handler of handlers) {
    const invocation = invoke(handler as never, 0, Target.Http, ['Accept', '*'], 'a=%20b', '{}', true);
    finish(invocation, ResultForm.Canonical, ResponseUse.InsteadOfResult);
    finish(invocation, ResultForm.Plain, ResponseUse.AroundResult);
  }
  const asynchronous = (): unknown => Promise.resolve();
  const argument = '{"a":{"$numberInt":"1"}}';
  const invocation = invoke(asynchronous, 0, Target.Function, [argument], '', undefined, false);
  finish(invocation, ResultForm.Canonical, ResponseUse.None);
  enter(undefined);
}
