// The response object (spec section 8.1).
import type {Binary} from 'bson';
import {Kind, native} from './native.ts';

export interface ResponseState {
  // Whether any setter was called.
  touched: boolean;
  // 0 until it is set.
  status: number;
  // Whether setBody() was called.
  hasBody: boolean;
  body: string | Uint8Array | undefined;
  // [name, value, name, value, ...]
  headers: string[];
}

const {call} = Function.prototype;
const {String: textOf, Number: number} = globalThis;
const {trunc} = Math;
const {stringify} = JSON;
const exec: (pattern: RegExp, text: string) => unknown = call.bind(RegExp.prototype.exec) as never;
const toLowerCase: (text: string) => string = call.bind(String.prototype.toLowerCase) as never;
const subarray: (bytes: Uint8Array, begin: number, end: number) => Uint8Array =
    call.bind(Uint8Array.prototype.subarray) as never;

const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const badInValue = /[\r\n\0]/;

function bodyOf(value: any): string | Uint8Array | undefined {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return undefined;
  if (value._bsontype === 'Binary') {
    const binary = value as Binary;
    return subarray(binary.buffer as Uint8Array, 0, binary.position);
  }
  switch (native.kindOf(value)) {
    case Kind.View: return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    case Kind.ArrayBuffer: return new Uint8Array(value);
    default: return textOf(value);
  }
}

function nameOf(setter: string, name: unknown): string {
  const text = textOf(name);
  if (exec(headerName, text) === null) throw new TypeError(`${setter}: not a header name: ${stringify(text)}`);
  return text;
}

function valueOf(setter: string, value: unknown): string {
  const text = textOf(value);
  if (exec(badInValue, text) !== null) {
    throw new TypeError(`${setter}: a header value cannot hold a line break or NUL`);
  }
  return text;
}

let stateOf: (response: HTTPResponse) => ResponseState;

// The second argument of webhooks and endpoints. Setters give the object back, so calls chain. Also a global
// constructor, with which the Stitch editor's users faked the argument.
export class HTTPResponse {
  #state: ResponseState = {touched: false, status: 0, hasBody: false, body: undefined, headers: []};

  static {
    stateOf = (response) => response.#state;
  }

  setStatusCode(code: unknown): this {
    const status = trunc(number(code));
    if (!(status >= 100 && status <= 599)) throw new RangeError(`setStatusCode: not a status code: ${textOf(code)}`);
    this.#state.touched = true;
    this.#state.status = status;
    return this;
  }

  setBody(body: unknown): this {
    this.#state.body = bodyOf(body);
    this.#state.hasBody = true;
    this.#state.touched = true;
    return this;
  }

  setHeader(name: unknown, value: unknown): this {
    const newName = nameOf('setHeader', name);
    const newValue = valueOf('setHeader', value);
    const lower = toLowerCase(newName);
    const {headers} = this.#state;
    let kept = 0;
    for (let i = 0; i < headers.length; i += 2) {
      if (toLowerCase(headers[i]!) === lower) continue;
      headers[kept++] = headers[i]!;
      headers[kept++] = headers[i + 1]!;
    }
    headers.length = kept;
    return this.#add(newName, newValue);
  }

  addHeader(name: unknown, value: unknown): this {
    return this.#add(nameOf('addHeader', name), valueOf('addHeader', value));
  }

  #add(name: string, value: string): this {
    const {headers} = this.#state;
    headers[headers.length] = name;
    headers[headers.length] = value;
    this.#state.touched = true;
    return this;
  }
}

export function responseState(response: HTTPResponse): ResponseState {
  return stateOf(response);
}

// `lowerName` in lower case.
export function hasHeader(state: ResponseState, lowerName: string): boolean {
  for (let i = 0; i < state.headers.length; i += 2) {
    if (toLowerCase(state.headers[i]!) === lowerName) return true;
  }
  return false;
}

export function isResponse(value: unknown): boolean {
  return value instanceof HTTPResponse;
}
