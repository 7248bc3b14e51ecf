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
  // The id, or 0 when the invocation has ended already.
  setTimer(sequence: number, delayMs: number, repeat: boolean, fire: () => void): number;
  clearTimer(id: number): void;
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
  // request or when the invocation has ended.
  request(sequence: number): string[] | undefined;
  // [id, type, data, custom data, identity id, identity type, ...]
  user(sequence: number): string[] | undefined;
  // [application id, application name]
  app(sequence: number): string[] | undefined;
  random(bytes: number): Uint8Array;
  encode(bytes: Uint8Array, start: number, end: number, encoding: Encoding): string;
  // Undefined when the text is not of that encoding.
  decode(text: string, encoding: Encoding): Uint8Array | undefined;
  // A copy of what an ArrayBuffer or a view of one holds; throws for anything else.
  copyBytes(source: unknown): Uint8Array;
  kindOf(value: unknown): Kind;
}

export let native: Native;

export function setNative(value: Native): void {
  native = value;
}
