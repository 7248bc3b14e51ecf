// Extended JSON v2. Results are canonical and compact (spec section 8.2).
import {BSONRegExp, Code, DBRef, EJSON as BsonEJSON} from 'bson';
import {byteUtils} from './byte_utils.ts';
import {Kind, native} from './native.ts';

const {isInteger} = Number;
const {isArray} = Array;
const {is, keys, defineProperty} = Object;
const {parse: jsonParse, stringify: jsonStringify} = JSON;
const int32Min = -0x80000000;
const int32Max = 0x7fffffff;
const int64Limit = 2 ** 63;
const depthMax = 500;
const mustBeEscaped = /[\u0000-\u001f"\\\ud800-\udfff]/;

// Only what is written the same by every JSON writer is written here; the rest is JSON.stringify's.
function quote(text: string): string {
  return mustBeEscaped.test(text) ? jsonStringify(text) : '"' + text + '"';
}

function writeNumber(value: number): string {
  if (isInteger(value) && !is(value, -0)) {
    if (value >= int32Min && value <= int32Max) return '{"$numberInt":"' + value + '"}';
    if (value >= -int64Limit && value < int64Limit) return '{"$numberLong":"' + BigInt(value) + '"}';
  }
  return '{"$numberDouble":"' + (is(value, -0) ? '-0.0' : value) + '"}';
}

function writeBytes(bytes: Uint8Array): string {
  return '{"$binary":{"base64":"' + byteUtils.toBase64(bytes) + '","subType":"00"}}';
}

function writeEntries(entries: Iterable<[unknown, unknown]>, depth: number): string {
  let out = '';
  for (const [key, value] of entries) {
    const text = write(value, depth);
    if (text !== undefined) out += (out === '' ? '' : ',') + quote(String(key)) + ':' + text;
  }
  return '{' + out + '}';
}

function writeArray(values: Iterable<unknown>, depth: number): string {
  let out = '';
  let first = true;
  for (const value of values) {
    out += (first ? '' : ',') + (write(value, depth) ?? 'null');
    first = false;
  }
  return '[' + out + ']';
}

function writeBsonValue(value: any, depth: number): string {
  switch (value._bsontype) {
    case 'ObjectId':
      return '{"$oid":"' + value.toHexString() + '"}';
    case 'Int32':
      return '{"$numberInt":"' + value.value + '"}';
    case 'Code': {
      const scope = (value as Code).scope;
      return '{"$code":' + quote(String(value.code)) + (scope ? ',"$scope":' + write(scope, depth) : '') + '}';
    }
    case 'DBRef': {
      const {collection, oid, db, fields} = value as DBRef;
      const parts: [string, unknown][] = [['$ref', collection], ['$id', oid]];
      if (db) parts.push(['$db', db]);
      for (const name of keys(fields ?? {})) parts.push([name, fields![name]]);
      return writeEntries(parts, depth);
    }
    default:
      return jsonStringify(value.toExtendedJSON({relaxed: false}));
  }
}

function writeObject(value: any, depth: number): string {
  if (depth > depthMax) throw new TypeError('Converting a circular or too deeply nested structure to EJSON');
  if (isArray(value)) return writeArray(value, depth + 1);
  if (typeof value._bsontype === 'string' && typeof value.toExtendedJSON === 'function') {
    return writeBsonValue(value, depth + 1);
  }
  switch (native.kindOf(value)) {
    case Kind.Date:
      return '{"$date":{"$numberLong":"' + (value as Date).getTime() + '"}}';
    case Kind.RegExp:
      return writeBsonValue(new BSONRegExp(value.source, value.flags.replace(/[^imxlsu]/g, '')), depth);
    case Kind.Map:
      return writeEntries(value as Map<unknown, unknown>, depth + 1);
    case Kind.Set:
      return writeArray(value as Set<unknown>, depth + 1);
    case Kind.ArrayBuffer:
      return writeBytes(new Uint8Array(value));
    case Kind.View:
      return writeBytes(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  }
  let out = '';
  for (const key of keys(value)) {
    const text = write(value[key], depth + 1);
    if (text !== undefined) out += (out === '' ? '' : ',') + quote(key) + ':' + text;
  }
  return '{' + out + '}';
}

// Undefined for what JSON leaves out: functions and symbols.
function write(value: unknown, depth: number): string | undefined {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      return writeNumber(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      return value === null ? 'null' : writeObject(value, depth);
    case 'undefined':
      return '{"$undefined":true}';
    case 'bigint':
      return '{"$numberLong":"' + BigInt.asIntN(64, value) + '"}';
    default:
      return undefined;
  }
}

// Canonical and compact. Undefined for functions and symbols.
export function toCanonical(value: unknown): string | undefined {
  return write(value, 0);
}

function revive(value: any, relaxed: boolean): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isArray(value)) {
    for (let i = 0; i < value.length; ++i) value[i] = revive(value[i], relaxed);
    return value;
  }
  const names = keys(value);
  if (names.some((name) => name.charCodeAt(0) === 0x24)) {
    if (names.length === 1 && value.$undefined === true) return undefined;
    return BsonEJSON.parse(jsonStringify(value), {relaxed});
  }
  for (const name of names) {
    const revived = revive(value[name], relaxed);
    if (name === '__proto__') {
      defineProperty(value, name, {value: revived, writable: true, enumerable: true, configurable: true});
    } else {
      value[name] = revived;
    }
  }
  return value;
}

interface Options {
  relaxed?: boolean;
}

// The global `EJSON`. Without options `stringify` is canonical, `parse` gives plain JavaScript values where they hold.
export const EJSON = {
  parse(text: string, options?: Options): unknown {
    const plain = jsonParse(text);
    // Every special form has a key that begins with a dollar sign, which can be written as an escape, too.
    const source = String(text);
    return source.includes('$') || source.includes('\\u') ? revive(plain, options?.relaxed ?? true) : plain;
  },
  stringify(value: unknown, replacer?: unknown, space?: unknown, options?: Options): string | undefined {
    if (replacer == null && space == null && options == null) return toCanonical(value);
    if (typeof replacer === 'object' && replacer !== null && !isArray(replacer)) {
      return BsonEJSON.stringify(value, {relaxed: false, ...(replacer as Options)});
    }
    if (typeof space === 'object' && space !== null) {
      return BsonEJSON.stringify(value, replacer as any, 0, {relaxed: false, ...(space as Options)});
    }
    return BsonEJSON.stringify(value, replacer as any, space as any, {relaxed: false, ...options});
  },
};
