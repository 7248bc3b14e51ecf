// What the worker gives each context. The runtime library lives in a snapshot, which holds no native function, so these
// arrive when a context is made: see install() in main.ts. The other end is services/executor/js/natives.cc.
import type {Invocation} from './invocation.ts';

export const enum Kind {
  Other = 0,
  Array = 1,
  Date = 2,
  RegExp = 3,
  Map = 4,
  Set = 5,
  ArrayBuffer = 6,
  View = 7,
  Error = 8,
  Promise = 9,
  Proxy = 10,
  Function = 11,
}

export const enum Encoding {
  Utf8 = 0,
  Hex = 1,
  Base64 = 2,
}

// What a function that another function called came to. It belongs to the callee's context.
export interface Outcome {
  readonly state: 'returned' | 'threw' | 'pending';
  readonly value: unknown;
  // Only while pending: `listener` is called once.
  subscribe(listener: (fulfilled: boolean, value: unknown) => void): void;
}

export interface Native {
  // The invocation that the running code belongs to; it is carried across await and then.
  getCurrent(): Invocation | undefined;
  setCurrent(invocation: Invocation | undefined): void;
  log(sequence: number, level: number, text: string): void;
  // The most bytes that the next console line may have; 0 if no more lines are kept.
  consoleBytesLeft(sequence: number): number;
  // The id, or 0 when the invocation has ended already.
  setTimer(sequence: number, delayMs: number, repeat: boolean, fire: () => void): number;
  clearTimer(id: number): void;
  // Whether the invocation waits for the timer before it ends.
  awaitTimer(id: number, awaited: boolean): void;
  // Counts asynchronous operations that an invocation waits for before it ends.
  beginOperation(sequence: number): void;
  endOperation(sequence: number): void;
  // The invocation's promise has settled.
  settled(sequence: number): void;
  // Runs another function of the application in its own context. Throws when there is none or it does not load.
  callFunction(sequence: number, name: string, caller: Invocation, args: unknown[]): Outcome;
  // A value of the application as JSON text.
  value(name: string): string | undefined;
  // [method, URL, raw query, remote address, service, webhook, header name, header value, ...]; undefined without a
  // request or when the invocation has ended. Service and webhook are empty where there is none.
  request(sequence: number): string[] | undefined;
  // [id, type, data, custom data, identity id, identity type, ...]
  user(sequence: number): string[] | undefined;
  // [application id, name, location, deployment model]
  app(sequence: number): string[] | undefined;
  // [tag, name of a value, its JSON text, ...]
  environment(sequence: number): string[] | undefined;
  random(bytes: number): Uint8Array;
  encode(bytes: Uint8Array, start: number, end: number, encoding: Encoding): string;
  // Undefined when the text is not of that encoding.
  decode(text: string, encoding: Encoding): Uint8Array | undefined;
  // A copy of what an ArrayBuffer or a view of one holds; throws for anything else.
  copyBytes(source: unknown): Uint8Array;
  kindOf(value: unknown): Kind;
  // The stack of an Error, also when the function writes stacks in a way of its own; empty for anything else.
  errorStack(value: unknown): string;
  // What a promise has come to.
  promiseState(promise: object): ['pending' | 'fulfilled' | 'rejected', unknown];
  proxyTarget(proxy: object): unknown;

  // A module of the library as a function; undefined when there is none of that name.
  compileLibrary(name: string): LibraryModule | undefined;
  // A file of the application's dependencies as text, by its path from `node_modules/` on; undefined without such a file.
  dependency(path: string): string | undefined;
  hasDependency(path: string): boolean;
  // Such a file as the body of a function (exports, require, module, __filename, __dirname). Throws a SyntaxError.
  compileDependency(path: string): (...args: any[]) => unknown;
  // HTML's structured clone; `transfer` holds array buffers.
  structuredClone(value: unknown, transfer: unknown): unknown;
  // Milliseconds of a clock that never goes back, in steps of 0.1.
  monotonicMs(): number;

  // Cryptography. Raw bytes in, raw bytes out; a TypeError for arguments that cannot be, an Error for what did not
  // succeed. Nothing here can be interrupted: crypto_support.ts passes large data in pieces. See crypto/*.h.
  hashNames(): string[];
  cipherNames(): string[];
  hash(name: string, data: Uint8Array): Uint8Array;
  hmac(name: string, key: Uint8Array, data: Uint8Array): Uint8Array;
  // The number of a hash, or with a key of an HMAC, that takes its data in pieces. endHash() gives it up.
  openHash(name: string, key: Uint8Array | undefined): number;
  updateHash(id: number, data: Uint8Array): void;
  copyHash(id: number): number;
  endHash(id: number): Uint8Array;
  // The same for ciphers. endCipher() gives the rest, and behind it the tag of 16 bytes when a mode that authenticates
  // has encrypted.
  openCipher(name: string, encrypt: boolean, key: Uint8Array, iv: Uint8Array): number;
  setCipherPadding(id: number, padding: boolean): void;
  addCipherData(id: number, associated: Uint8Array): void;
  setCipherTag(id: number, tag: Uint8Array): void;
  updateCipher(id: number, data: Uint8Array): Uint8Array;
  endCipher(id: number): Uint8Array;
  // `digest` is the message's hash, for Ed25519 the message. `saltBytes` of RSASSA-PSS: -1 as the hash, -2 any.
  sign(scheme: Scheme, hash: string, pem: string, digest: Uint8Array, saltBytes: number): Uint8Array;
  verify(
      scheme: Scheme, hash: string, pem: string, digest: Uint8Array, saltBytes: number, signature: Uint8Array): boolean;
  // [kind, bits, curve, PEM as PKCS#8 or SPKI]
  readKey(pem: string, isPrivate: boolean): string[];
  // Without a hash the padding is PKCS#1's, else OAEP.
  rsaEncrypt(pem: string, oaepHash: string, label: Uint8Array | undefined, data: Uint8Array): Uint8Array;
  rsaDecrypt(pem: string, oaepHash: string, label: Uint8Array | undefined, data: Uint8Array): Uint8Array;
  // Changes `u` and `t` in place; at most 20,000 iterations.
  pbkdf2Step(hash: string, password: Uint8Array, u: Uint8Array, t: Uint8Array, count: number): void;
  scrypt(
      password: Uint8Array, salt: Uint8Array, cost: number, blockSize: number, parallelization: number,
      bytes: number): Uint8Array;

  // The type of a service of the application; undefined when there is none of that name.
  serviceType(sequence: number, name: string): string | undefined;
  // Has the supervisor call an action; `argument` is canonical Extended JSON. `settle` gets the result as Extended JSON
  // and bytes, or the message and the code of the failure, and the number and the name that a database's server gave
  // it: zero and empty without one. An invocation waits for its calls before it ends.
  callService(
      sequence: number, service: string, action: string, argument: string, body: Uint8Array | undefined,
      asSystem: boolean,
      settle: (ok: boolean, text: string, bodyOrCode: Uint8Array | string, number: number, name: string) => void): void;
}

// `ecdsa` signatures are r and s behind each other; `key` is what goes with the key, ECDSA in DER.
export type Scheme = 'pss' | 'pkcs1v15' | 'ecdsa' | 'ed25519' | 'key';

export type LibraryModule =
    (require: (name: string) => any, module: {exports: any}, exports: any, internal: object) => void;

export let native: Native;

export function setNative(value: Native): void {
  native = value;
}
