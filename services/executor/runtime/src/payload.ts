// The first argument of webhooks and endpoints (spec section 7).
import {EJSON} from './ejson.ts';
import {fromUtf8} from './byte_utils.ts';
import {binaryOfAscii} from './bson_types.ts';
import {hasOwn} from './has_own.ts';
import {Binary} from 'bson';

const {defineProperty} = Object;

// A request's body as the worker hands it over: text when it is ASCII, undefined when there is none.
export type Body = string | Uint8Array | undefined;

function setOwn(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') defineProperty(object, name, {value, writable: true, enumerable: true, configurable: true});
  else object[name] = value;
}

// Percent-decoding that never fails: what is no escape stays as it is, and the bytes are read as UTF-8. Each character
// of `text` is one byte.
function decodeBytes(text: string): string {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let i = 0; i < text.length; ++i) {
    let byte = text.charCodeAt(i);
    if (byte === 0x25 && /^[0-9A-Fa-f]{2}$/.test(text.slice(i + 1, i + 3))) {
      byte = Number.parseInt(text.slice(i + 1, i + 3), 16);
      i += 2;
    }
    bytes[length++] = byte;
  }
  return fromUtf8(bytes.subarray(0, length));
}

function decodeComponent(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  return /[%\u0080-\uffff]/.test(spaced) ? decodeBytes(spaced) : spaced;
}

// Adds the pairs of a query or a form that are not there yet: of repeated names the first one counts.
function addPairs(text: string, target: Record<string, unknown>): void {
  for (let begin = 0; begin < text.length;) {
    let end = text.indexOf('&', begin);
    if (end < 0) end = text.length;
    if (end > begin) {
      const equals = text.indexOf('=', begin);
      const nameEnd = equals < 0 || equals > end ? end : equals;
      const name = decodeComponent(text.slice(begin, nameEnd));
      if (!hasOwn(target, name)) {
        setOwn(target, name, nameEnd === end ? '' : decodeComponent(text.slice(nameEnd + 1, end)));
      }
    }
    begin = end + 1;
  }
}

export function makeHeaders(flat: string[], begin: number): Record<string, string[]> {
  const headers: Record<string, string[]> = {};
  for (let i = begin; i + 1 < flat.length; i += 2) {
    const name = flat[i]!;
    const values = hasOwn(headers, name) ? headers[name]! : undefined;
    if (values !== undefined) values[values.length] = flat[i + 1]!;
    else setOwn(headers, name, [flat[i + 1]!]);
  }
  return headers;
}

function bytesAsText(body: Body): string {
  if (body === undefined || typeof body === 'string') return body ?? '';
  let text = '';
  for (let i = 0; i < body.length; i += 4096) text += String.fromCharCode(...body.subarray(i, i + 4096));
  return text;
}

function utf8Text(body: Body): string {
  return body === undefined || typeof body === 'string' ? body ?? '' : fromUtf8(body);
}

// The fields of a form come first: they win over the URL's (as in Go's ParseForm, which Stitch was built on).
export function httpPayload(headers: string[], query: string, body: Body, isForm: boolean): object {
  const pairs: Record<string, unknown> = {};
  if (isForm) addPairs(bytesAsText(body), pairs);
  if (query !== '') addPairs(query, pairs);
  const payload: Record<string, unknown> = {query: pairs, headers: makeHeaders(headers, 0)};
  if (body !== undefined) payload.body = typeof body === 'string' ? binaryOfAscii(body) : new Binary(body, 0);
  return payload;
}

// GitHub sends JSON, or a form whose field `payload` is that JSON.
export function githubPayload(body: Body, isForm: boolean): unknown {
  if (!isForm) return JSON.parse(utf8Text(body));
  const fields: Record<string, unknown> = {};
  addPairs(bytesAsText(body), fields);
  return JSON.parse(String(fields.payload));
}

export function twilioPayload(query: string, body: Body): object {
  const fields: Record<string, unknown> = {};
  addPairs(bytesAsText(body), fields);
  if (query !== '') addPairs(query, fields);
  return fields;
}

export function functionArguments(texts: string[]): unknown[] {
  const args: unknown[] = [];
  for (let i = 0; i < texts.length; ++i) args[i] = EJSON.parse(texts[i]!);
  return args;
}
