// Extended JSON v2. Results are canonical and compact (spec section 8.2).
import {BSONRegExp, Code, DBRef, EJSON as BsonEJSON, Long} from 'bson';
import {byteUtils} from './byte_utils.ts';
import {Kind, native} from './native.ts';

const {isInteger, isSafeInteger} = Number;
const {isArray} = Array;
const {is, keys, defineProperty} = Object;
const {parse: jsonParse, stringify: jsonStringify} = JSON;
const {asIntN} = BigInt;
const {String: textOf} = globalThis;
const {call} = Function.prototype;
const exec: (pattern: RegExp, text: string) => unknown = call.bind(RegExp.prototype.exec) as never;
const getTime: (date: Date) => number = call.bind(Date.prototype.getTime) as never;
const forEachOfMap: (map: Map<unknown, unknown>, visit: (value: unknown, name: unknown) => void) => void =
    call.bind(Map.prototype.forEach) as never;
const forEachOfSet: (set: Set<unknown>, visit: (value: unknown) => void) => void =
    call.bind(Set.prototype.forEach) as never;
const int32Min = -0x80000000;
const int32Max = 0x7fffffff;
const int64Limit = 2 ** 63;
export const depthMax = 500;
const mustBeEscaped = /[\u0000-\u001f"\\\ud800-\udfff]/;

// Only what is written the same by every JSON writer is written here; the rest is JSON.stringify's.
export function quote(text: string): string {
  return exec(mustBeEscaped, text) !== null ? jsonStringify(text) : '"' + text + '"';
}

function writeNumber(value: number): string {
  if (isInteger(value) && !is(value, -0)) {
    if (value >= int32Min && value <= int32Max) return '{"$numberInt":"' + value + '"}';
    if (value >= -int64Limit && value < int64Limit) return '{"$numberLong":"' + BigInt(value) + '"}';
  }
  return '{"$numberDouble":"' + (is(value, -0) ? '-0.0' : value) + '"}';
}

// A time that is none is null, as in JSON.
function writeDate(milliseconds: number): string {
  return milliseconds === milliseconds ? '{"$date":{"$numberLong":"' + milliseconds + '"}}' : 'null';
}

function writeBigInt(value: bigint): string {
  if (asIntN(64, value) !== value) throw new RangeError(`a BigInt beyond 64 bits has no form in EJSON: ${value}`);
  return '{"$numberLong":"' + value + '"}';
}

function writeBytes(bytes: Uint8Array): string {
  return '{"$binary":{"base64":"' + byteUtils.toBase64(bytes) + '","subType":"00"}}';
}

// Members of an object, one behind the other.
class Members {
  #text = '';

  add(name: unknown, value: unknown, depth: number): void {
    const text = write(value, depth);
    if (text !== undefined) this.#text += (this.#text === '' ? '' : ',') + quote(textOf(name)) + ':' + text;
  }

  get text(): string {
    return '{' + this.#text + '}';
  }
}

function writeMap(map: Map<unknown, unknown>, depth: number): string {
  const members = new Members();
  forEachOfMap(map, (value, name) => members.add(name, value, depth));
  return members.text;
}

function writeArray(values: ArrayLike<unknown>, depth: number): string {
  let out = '';
  for (let i = 0; i < values.length; ++i) out += (i === 0 ? '' : ',') + (write(values[i], depth) ?? 'null');
  return '[' + out + ']';
}

function writeSet(set: Set<unknown>, depth: number): string {
  let out = '';
  forEachOfSet(set, (value) => {
    out += (out === '' ? '' : ',') + (write(value, depth) ?? 'null');
  });
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
      const members = new Members();
      members.add('$ref', collection, depth);
      members.add('$id', oid, depth);
      if (db) members.add('$db', db, depth);
      const names = keys(fields ?? {});
      for (let i = 0; i < names.length; ++i) members.add(names[i], fields![names[i]!], depth);
      return members.text;
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
      return writeDate(getTime(value));
    case Kind.RegExp:
      return writeBsonValue(new BSONRegExp(value.source, value.flags.replace(/[^imxlsu]/g, '')), depth);
    case Kind.Map:
      return writeMap(value, depth + 1);
    case Kind.Set:
      return writeSet(value, depth + 1);
    case Kind.ArrayBuffer:
      return writeBytes(new Uint8Array(value));
    case Kind.View:
      return writeBytes(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  }
  // As in JSON.stringify.
  if (typeof value.toJSON === 'function') return write(value.toJSON(), depth + 1) ?? 'null';
  let out = '';
  const names = keys(value);
  for (let i = 0; i < names.length; ++i) {
    const text = write(value[names[i]!], depth + 1);
    if (text !== undefined) out += (out === '' ? '' : ',') + quote(names[i]!) + ':' + text;
  }
  return '{' + out + '}';
}

// `BSON.MaxKey` and `BSON.MinKey` stand for their only values; other functions are left out.
function writeType(value: any): string | undefined {
  switch (value._bsontype) {
    case 'MaxKey':
      return '{"$maxKey":1}';
    case 'MinKey':
      return '{"$minKey":1}';
    default:
      return undefined;
  }
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
      return writeBigInt(value);
    case 'function':
      return writeType(value);
    default:
      return undefined;
  }
}

// Canonical and compact. Undefined for functions and symbols.
export function toCanonical(value: unknown): string | undefined {
  return write(value, 0);
}

// What makes an object a value of another type. Other names with a dollar sign are a query's operators.
class NameSet extends Set<string> {}
defineProperty(NameSet.prototype, 'has', {value: Set.prototype.has});
const typeNames = new NameSet([
  '$binary', '$code', '$date', '$dbPointer', '$maxKey', '$minKey', '$numberDecimal', '$numberDouble', '$numberInt',
  '$numberLong', '$oid', '$ref', '$regex', '$regularExpression', '$symbol', '$timestamp', '$undefined', '$uuid',
]);
const integerText = /^[+-]?\d+$/;

// A plain number, or a Long where a number could not hold it.
function reviveNumber(name: string, value: unknown): unknown {
  const number = typeof value === 'number' ? value : typeof value === 'string' && value !== '' ? Number(value) : NaN;
  const whole = integerText.test(String(value));
  switch (name) {
    case '$numberInt':
      if (whole && number >= int32Min && number <= int32Max) return number;
      break;
    case '$numberLong':
      if (whole && isSafeInteger(number)) return number;
      if (whole && typeof value === 'string') return Long.fromStringStrict(value);
      break;
    default:
      if (number === number || value === 'NaN') return number;
  }
  throw new TypeError(`EJSON.parse: ${name} is not a number of that type: ${quote(String(value))}`);
}

function reviveType(value: any, name: string, alone: boolean, relaxed: boolean): unknown {
  if (alone && name === '$undefined' && value.$undefined === true) return undefined;
  if (alone && relaxed && name !== '$numberDecimal' && name.startsWith('$number')) {
    return reviveNumber(name, value[name]);
  }
  // The form of version 1: {"$binary": "...", "$type": "00"}.
  const legacy = typeof value.$binary === 'string';
  const result = BsonEJSON.parse(jsonStringify(value), {relaxed, legacy});
  if (name === '$date' && isNaN(result as unknown as number)) {
    throw new TypeError(`EJSON.parse: $date is not a date: ${jsonStringify(value.$date)}`);
  }
  return result;
}

function revive(value: any, relaxed: boolean): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isArray(value)) {
    for (let i = 0; i < value.length; ++i) value[i] = revive(value[i], relaxed);
    return value;
  }
  const names = keys(value);
  const special = names.find((name) => typeNames.has(name));
  if (special !== undefined) return reviveType(value, special, names.length === 1, relaxed);
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
