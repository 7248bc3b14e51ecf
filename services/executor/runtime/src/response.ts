// The response object (spec section 8.1).
import type {Binary} from 'bson';
import {Kind, native} from './native.ts';

export interface ResponseState {
  // Whether any setter was called: then the function's result is not sent.
  touched: boolean;
  status: number;
  body: string | Uint8Array | undefined;
  // [name, value, name, value, ...]
  headers: string[];
}

const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const badInValue = /[\r\n\0]/;

function bodyOf(value: any): string | Uint8Array | undefined {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return undefined;
  if (value._bsontype === 'Binary') {
    const binary = value as Binary;
    return (binary.buffer as Uint8Array).subarray(0, binary.position);
  }
  switch (native.kindOf(value)) {
    case Kind.View: return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    case Kind.ArrayBuffer: return new Uint8Array(value);
    default: return String(value);
  }
}

function checkHeader(setter: string, name: unknown, value: unknown): [string, string] {
  const header: [string, string] = [String(name), String(value)];
  if (!headerName.test(header[0])) throw new TypeError(`${setter}: not a header name: ${JSON.stringify(header[0])}`);
  if (badInValue.test(header[1])) throw new TypeError(`${setter}: a header value cannot hold a line break or NUL`);
  return header;
}

let stateOf: (response: HTTPResponse) => ResponseState;

// The second argument of webhooks. Setters give the object back, so calls chain. Also a global constructor, with which
// the Stitch editor's users faked the argument.
export class HTTPResponse {
  #state: ResponseState = {touched: false, status: 200, body: undefined, headers: []};

  static {
    stateOf = (response) => response.#state;
  }

  setStatusCode(code: unknown): this {
    const status = Math.trunc(Number(code));
    if (!(status >= 100 && status <= 599)) throw new RangeError(`setStatusCode: not a status code: ${String(code)}`);
    this.#state.touched = true;
    this.#state.status = status;
    return this;
  }

  setBody(body: unknown): this {
    this.#state.body = bodyOf(body);
    this.#state.touched = true;
    return this;
  }

  setHeader(name: unknown, value: unknown): this {
    const [newName, newValue] = checkHeader('setHeader', name, value);
    const lower = newName.toLowerCase();
    const state = this.#state;
    const kept: string[] = [];
    for (let i = 0; i < state.headers.length; i += 2) {
      if (state.headers[i]!.toLowerCase() !== lower) kept.push(state.headers[i]!, state.headers[i + 1]!);
    }
    kept.push(newName, newValue);
    state.headers = kept;
    state.touched = true;
    return this;
  }

  addHeader(name: unknown, value: unknown): this {
    this.#state.headers.push(...checkHeader('addHeader', name, value));
    this.#state.touched = true;
    return this;
  }
}

export function responseState(response: HTTPResponse): ResponseState {
  return stateOf(response);
}

export function isResponse(value: unknown): boolean {
  return value instanceof HTTPResponse;
}
