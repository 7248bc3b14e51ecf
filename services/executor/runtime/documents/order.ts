// BSON's order of values, equality, and keys. mingo compares by these, too: build.mjs puts them in.
import {
  Binary, BSONRegExp, BSONSymbol, Code, DBRef, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId, Timestamp
} from 'bson';
import {Encoding, native} from './native.ts';
import {compareNumbers, isNumeric, numberKey, toNumber} from './numbers.ts';

const enum Rank {
  MinKey,
  Undefined,
  Null,
  Number,
  String,
  Object,
  Array,
  Binary,
  ObjectId,
  Boolean,
  Date,
  Timestamp,
  RegExp,
  Code,
  MaxKey,
  Other,
}

function rankOfObject(value: object): Rank {
  if (Array.isArray(value)) return Rank.Array;
  if (value.constructor === Object || value.constructor === undefined) return Rank.Object;
  if (value instanceof Date) return Rank.Date;
  if (value instanceof ObjectId) return Rank.ObjectId;
  if (value instanceof Timestamp) return Rank.Timestamp;
  if (isNumeric(value)) return Rank.Number;
  if (value instanceof Binary || value instanceof Uint8Array) return Rank.Binary;
  if (value instanceof RegExp || value instanceof BSONRegExp) return Rank.RegExp;
  if (value instanceof BSONSymbol) return Rank.String;
  if (value instanceof MinKey) return Rank.MinKey;
  if (value instanceof MaxKey) return Rank.MaxKey;
  if (value instanceof Code) return Rank.Code;
  if (value instanceof DBRef) return Rank.Other;
  return Rank.Object;
}

export function rankOf(value: unknown): Rank {
  switch (typeof value) {
    case 'number': return Rank.Number;
    case 'string': return Rank.String;
    case 'boolean': return Rank.Boolean;
    case 'object': return value === null ? Rank.Null : rankOfObject(value);
    case 'undefined': return Rank.Undefined;
    default: return Rank.Other;
  }
}

// A document, not an array and not one of BSON's other types.
export function isDocument(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && rankOfObject(value) === Rank.Object;
}

// mingo's names of types; undefined for those that it knows itself.
export function mingoTypeOf(value: object): string | undefined {
  switch (rankOfObject(value)) {
    case Rank.Number: return 'number';
    case Rank.String: return 'string';
    case Rank.Object: return 'object';
    case Rank.Binary: return 'binary';
    case Rank.ObjectId: return 'objectid';
    case Rank.Timestamp: return 'timestamp';
    case Rank.RegExp: return 'regexp';
    case Rank.MinKey: return 'minkey';
    case Rank.MaxKey: return 'maxkey';
    case Rank.Code: return 'javascript';
    default: return undefined;
  }
}

// As the aggregation operator $type and the query operator say it.
export function bsonTypeOf(value: unknown): string {
  switch (rankOf(value)) {
    case Rank.MinKey: return 'minKey';
    case Rank.Undefined: return 'missing';
    case Rank.Null: return 'null';
    case Rank.Number: {
      if (value instanceof Long) return 'long';
      if (value instanceof Decimal128) return 'decimal';
      if (value instanceof Double) return 'double';
      const number = toNumber(value as number | Int32);
      return Number.isInteger(number) && number === (number | 0) && !Object.is(number, -0) ? 'int' : 'double';
    }
    case Rank.String: return value instanceof BSONSymbol ? 'symbol' : 'string';
    case Rank.Object: return 'object';
    case Rank.Array: return 'array';
    case Rank.Binary: return 'binData';
    case Rank.ObjectId: return 'objectId';
    case Rank.Boolean: return 'bool';
    case Rank.Date: return 'date';
    case Rank.Timestamp: return 'timestamp';
    case Rank.RegExp: return 'regex';
    case Rank.Code: return (value as Code).scope ? 'javascriptWithScope' : 'javascript';
    case Rank.MaxKey: return 'maxKey';
    default: return 'dbPointer';
  }
}

function compareSimple(a: any, b: any): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

// UTF-8's order is that of code points; JavaScript's own is that of UTF-16.
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; ++i) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;
    if (isSurrogate(x) !== isSurrogate(y)) return isSurrogate(x) ? 1 : -1;
    return x - y;
  }
  return a.length - b.length;
}

function bytesOf(value: any): Uint8Array {
  return value instanceof Binary ? value.buffer.subarray(0, value.position) : value;
}

function compareBinary(a: any, b: any): number {
  const left = bytesOf(a);
  const right = bytesOf(b);
  if (left.length !== right.length) return left.length - right.length;
  const subtypes = (a.sub_type ?? 0) - (b.sub_type ?? 0);
  for (let i = 0; subtypes === 0 && i < left.length; ++i) {
    if (left[i] !== right[i]) return left[i]! - right[i]!;
  }
  return subtypes;
}

// [pattern, options] of either class.
export function regexParts(value: any): [string, string] {
  return value instanceof RegExp ? [value.source, [...value.flags].sort().join('')] : [value.pattern, value.options];
}

function compareLists(a: unknown[], b: unknown[]): number {
  for (let i = 0; i < a.length && i < b.length; ++i) {
    const order = compareValues(a[i], b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareDocuments(a: any, b: any): number {
  const left = Object.keys(a);
  const right = Object.keys(b);
  for (let i = 0; i < left.length && i < right.length; ++i) {
    const x = a[left[i]!];
    const y = b[right[i]!];
    const order = rankOf(x) - rankOf(y) || compareText(left[i]!, right[i]!) || compareValues(x, y);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

// Negative, 0 or positive, as BSON's order has it. Undefined stands before null.
export function compareValues(a: any, b: any): number {
  if (a === b && !(typeof a === 'object')) return 0;
  const rank = rankOf(a);
  const ranks = rank - rankOf(b);
  if (ranks !== 0) return ranks;
  switch (rank) {
    case Rank.Number: return compareNumbers(a, b);
    case Rank.String: return compareText(String(a), String(b));
    case Rank.Object: return compareDocuments(a, b);
    case Rank.Array: return compareLists(a, b);
    case Rank.Binary: return compareBinary(a, b);
    case Rank.ObjectId: return compareSimple(a.toHexString(), b.toHexString());
    case Rank.Timestamp: return a.compare(b);
    case Rank.Boolean: return Number(a) - Number(b);
    case Rank.Date: return compareSimple(a.getTime(), b.getTime());
    case Rank.RegExp: return compareLists(regexParts(a), regexParts(b));
    case Rank.Code: return compareText(a.code, b.code) || compareValues(a.scope ?? null, b.scope ?? null);
    case Rank.Other: return compareText(keyOf(a), keyOf(b));
    default: return 0;
  }
}

export function equalValues(a: unknown, b: unknown): boolean {
  return compareValues(a, b) === 0;
}

function sized(tag: string, text: string): string {
  return `${tag}${text.length}:${text}`;
}

// A text that equal values share and others do not; no text is the beginning of another.
export function keyOf(value: any): string {
  switch (rankOf(value)) {
    case Rank.MinKey: return '<';
    case Rank.MaxKey: return '>';
    case Rank.Undefined: return 'u';
    case Rank.Null: return 'z';
    case Rank.Number: return `n${numberKey(value)};`;
    case Rank.String: return sized('s', String(value));
    case Rank.Object: return `{${Object.keys(value).map((name) => sized('', name) + keyOf(value[name])).join('')}}`;
    case Rank.Array: return `[${value.map(keyOf).join('')}]`;
    case Rank.Binary: {
      const bytes = bytesOf(value);
      return `b${value.sub_type ?? 0}:${native.encode(bytes, 0, bytes.length, Encoding.Hex)};`;
    }
    case Rank.ObjectId: return `o${value.toHexString()}`;
    case Rank.Boolean: return value ? 't' : 'f';
    case Rank.Date: return `d${value.getTime()};`;
    case Rank.Timestamp: return `m${value.toString()};`;
    case Rank.RegExp: return sized('r', regexParts(value)[0]) + sized('', regexParts(value)[1]);
    case Rank.Code: return sized('c', value.code) + keyOf(value.scope ?? null);
    default: return sized('x', value instanceof DBRef ? keyOf(value.toJSON()) : String(value));
  }
}

// A Map by the value of its keys, in place of mingo's.
export class ValueMap<V> extends Map<any, V> {
  readonly #masters = new Map<string, unknown>();

  static init(): ValueMap<any> {
    return new ValueMap();
  }
  override clear(): void {
    this.#masters.clear();
    super.clear();
  }
  override delete(key: unknown): boolean {
    const name = keyOf(key);
    return super.delete(this.#masters.get(name)) && this.#masters.delete(name);
  }
  override get(key: unknown): V | undefined {
    const name = keyOf(key);
    return this.#masters.has(name) ? super.get(this.#masters.get(name)) : undefined;
  }
  override has(key: unknown): boolean {
    return this.#masters.has(keyOf(key));
  }
  override set(key: unknown, value: V): this {
    const name = keyOf(key);
    if (!this.#masters.has(name)) this.#masters.set(name, key);
    return super.set(this.#masters.get(name), value);
  }
}
