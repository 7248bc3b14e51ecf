// Standard JSON, as endpoints answer with it when asked to: what BSON has and JSON has not is written in the forms that
// MongoDB documented (https://www.mongodb.com/docs/atlas/app-services/data-api/data-formats/), and otherwise left out or
// null as JSON.stringify does.
import type {Binary, BSONRegExp, Code, DBRef, Timestamp} from 'bson';
import {byteUtils} from './byte_utils.ts';
import {depthMax, quote} from './ejson.ts';
import {Kind, native} from './native.ts';

const {isFinite: isFiniteNumber} = Number;
const {isArray} = Array;
const {keys} = Object;
const {stringify} = JSON;
const {String: textOf} = globalThis;
const {call} = Function.prototype;
const toISOString: (date: Date) => string = call.bind(Date.prototype.toISOString) as never;
const getTime: (date: Date) => number = call.bind(Date.prototype.getTime) as never;
const subarray: (bytes: Uint8Array, begin: number, end: number) => Uint8Array =
    call.bind(Uint8Array.prototype.subarray) as never;
const forEachOfMap: (map: Map<unknown, unknown>, visit: (value: unknown, name: unknown) => void) => void =
    call.bind(Map.prototype.forEach) as never;
const forEachOfSet: (set: Set<unknown>, visit: (value: unknown) => void) => void =
    call.bind(Set.prototype.forEach) as never;

function writeNumber(value: number): string {
  return isFiniteNumber(value) ? '' + value : 'null';
}

function writeDate(date: Date): string {
  const time = getTime(date);
  return time === time ? '"' + toISOString(date) + '"' : 'null';
}

function writeBytes(bytes: Uint8Array, subtype: number): string {
  return '{"Subtype":' + subtype + ',"Data":"' + byteUtils.toBase64(bytes) + '"}';
}

function writePattern(pattern: string, options: string): string {
  return '{"Pattern":' + quote(pattern) + ',"Options":' + quote(options) + '}';
}

// The member with a comma where there is one before; nothing for a value that JSON leaves out.
function member(before: string, name: unknown, value: unknown, depth: number): string {
  const text = write(value, depth);
  return text === undefined ? '' : (before === '' ? '' : ',') + quote(textOf(name)) + ':' + text;
}

function writeArray(values: ArrayLike<unknown>, depth: number): string {
  let out = '';
  for (let i = 0; i < values.length; ++i) out += (i === 0 ? '' : ',') + (write(values[i], depth) ?? 'null');
  return '[' + out + ']';
}

function writeMap(map: Map<unknown, unknown>, depth: number): string {
  let out = '';
  forEachOfMap(map, (value, name) => {
    out += member(out, name, value, depth);
  });
  return '{' + out + '}';
}

function writeSet(set: Set<unknown>, depth: number): string {
  let out = '';
  forEachOfSet(set, (value) => {
    out += (out === '' ? '' : ',') + (write(value, depth) ?? 'null');
  });
  return '[' + out + ']';
}

function writeReference(reference: DBRef, depth: number): string {
  let out = member('', '$ref', reference.collection, depth);
  out += member(out, '$id', reference.oid, depth);
  if (reference.db) out += member(out, '$db', reference.db, depth);
  const fields = reference.fields ?? {};
  const names = keys(fields);
  for (let i = 0; i < names.length; ++i) out += member(out, names[i], fields[names[i]!], depth);
  return '{' + out + '}';
}

function writeBsonValue(value: any, depth: number): string {
  switch (value._bsontype) {
    case 'ObjectId':
      return '"' + value.toHexString() + '"';
    case 'Int32':
    case 'Double':
      return writeNumber(value.value);
    case 'Long':
      return value.toString();
    case 'Decimal128':
      return quote(value.toString());
    case 'Binary': {
      const binary = value as Binary;
      return writeBytes(subarray(binary.buffer as Uint8Array, 0, binary.position), binary.sub_type);
    }
    case 'BSONRegExp':
      return writePattern((value as BSONRegExp).pattern, (value as BSONRegExp).options);
    case 'Timestamp':
      return '{"T":' + (value as Timestamp).t + ',"I":' + (value as Timestamp).i + '}';
    case 'MinKey':
    case 'MaxKey':
      return '{}';
    case 'BSONSymbol':
      return quote(textOf(value.value));
    case 'Code': {
      const {code, scope} = value as Code;
      return scope ? '{"Code":' + quote(textOf(code)) + ',"Scope":' + write(scope, depth) + '}' : quote(textOf(code));
    }
    case 'DBRef':
      return writeReference(value as DBRef, depth);
    default:
      return stringify(value.toExtendedJSON({relaxed: true}));
  }
}

function writeObject(value: any, depth: number): string | undefined {
  if (depth > depthMax) throw new TypeError('Converting a circular or too deeply nested structure to JSON');
  if (isArray(value)) return writeArray(value, depth + 1);
  if (typeof value._bsontype === 'string' && typeof value.toExtendedJSON === 'function') {
    return writeBsonValue(value, depth + 1);
  }
  switch (native.kindOf(value)) {
    case Kind.Date:
      return writeDate(value);
    case Kind.RegExp:
      return writePattern(value.source, value.flags);
    case Kind.Map:
      return writeMap(value, depth + 1);
    case Kind.Set:
      return writeSet(value, depth + 1);
    case Kind.ArrayBuffer:
      return writeBytes(new Uint8Array(value), 0);
    case Kind.View:
      return writeBytes(new Uint8Array(value.buffer, value.byteOffset, value.byteLength), 0);
  }
  if (typeof value.toJSON === 'function') return write(value.toJSON(), depth + 1);
  let out = '';
  const names = keys(value);
  for (let i = 0; i < names.length; ++i) out += member(out, names[i], value[names[i]!], depth + 1);
  return '{' + out + '}';
}

// Undefined for what JSON leaves out.
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
    case 'bigint':
      return '' + value;
    case 'function':
      return isKey(value) ? '{}' : undefined;
    default:
      return undefined;
  }
}

// `BSON.MaxKey` and `BSON.MinKey` stand for their only values.
function isKey(value: any): boolean {
  return value._bsontype === 'MaxKey' || value._bsontype === 'MinKey';
}

// Compact. Undefined for functions, symbols and undefined.
export function toPlain(value: unknown): string | undefined {
  return write(value, 0);
}
