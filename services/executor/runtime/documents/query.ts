// Queries: mingo's, with operators of our own for what compares values.
import {Binary, BSONRegExp, Long, MaxKey, MinKey} from 'bson';
import {ComputeOptions} from 'mingo-internal';
import {Context, OpType} from 'mingo/core';
import {Query} from 'mingo/query';
import * as mingoQueryOperators from 'mingo/operators/query';
import * as mingoAccumulators from 'mingo/operators/accumulator';
import * as mingoExpressions from 'mingo/operators/expression';
import * as mingoPipeline from 'mingo/operators/pipeline';
import * as mingoProjections from 'mingo/operators/projection';
import * as mingoWindow from 'mingo/operators/window';
import type {Document} from './bson_values.ts';
import {ErrorCode, fail} from './errors.ts';
import {accumulators, expressions} from './expressions.ts';
import {isNumeric, toNumber} from './numbers.ts';
import {bsonTypeOf, compareValues, equalValues, isDocument, rankOf, regexParts} from './order.ts';
import {candidatesAt, missing, splitPath, valuesAt} from './paths.ts';
import {stages} from './stages.ts';

type Predicate = (value: unknown) => boolean;
type FieldTest = (document: unknown) => boolean;

function isRegex(value: unknown): value is RegExp | BSONRegExp {
  return value instanceof RegExp || value instanceof BSONRegExp;
}

function equals(operand: unknown): Predicate {
  if (operand === null || operand === undefined) return (value) => value === null || value === missing;
  return (value) => value !== missing && equalValues(value, operand);
}

// Values of another type than the operand's are neither less nor more.
function compares(operand: unknown, accepts: (order: number) => boolean): Predicate {
  if (isRegex(operand)) fail(ErrorCode.BadValue, `Can't have RegEx as arg to predicate over field`);
  if (operand instanceof MinKey || operand instanceof MaxKey) {
    return (value) => accepts(compareValues(value === missing ? undefined : value, operand));
  }
  if (operand === null || operand === undefined) return (value) => accepts(0) && equals(null)(value);
  const isNan = (value: any): boolean => isNumeric(value) && Number.isNaN(toNumber(value));
  return (value) => value !== missing && rankOf(value) === rankOf(operand) && isNan(value) === isNan(operand) &&
    accepts(compareValues(value, operand));
}

function matches(operand: unknown): Predicate {
  const regex = operand instanceof RegExp ? operand : new RegExp(...regexParts(operand));
  return (value) => typeof value === 'string' ? regex.test(value) : isRegex(value) && equalValues(value, regex);
}

function isIn(operator: string, operand: unknown): Predicate {
  if (!Array.isArray(operand)) fail(ErrorCode.BadValue, `${operator} needs an array`);
  const alternatives = operand.map((item: unknown) => {
    if (isDocument(item) && Object.keys(item)[0]?.startsWith('$') && Object.keys(item)[0] !== '$ref') {
      fail(ErrorCode.BadValue, `cannot nest $ under ${operator}`);
    }
    return isRegex(item) ? matches(item) : equals(item);
  });
  return (value) => alternatives.some((accepts) => accepts(value));
}

const typeNumbers: Record<number, string> = {
  [-1]: 'minKey', 1: 'double', 2: 'string', 3: 'object', 4: 'array', 5: 'binData', 6: 'undefined', 7: 'objectId',
  8: 'bool', 9: 'date', 10: 'null', 11: 'regex', 12: 'dbPointer', 13: 'javascript', 14: 'symbol',
  15: 'javascriptWithScope', 16: 'int', 17: 'timestamp', 18: 'long', 19: 'decimal', 127: 'maxKey',
};
const numberTypes = ['int', 'long', 'double', 'decimal'];

function hasType(operand: any): Predicate {
  const types = new Set<string>();
  for (const type of Array.isArray(operand) ? operand : [operand]) {
    const name = isNumeric(type) ? typeNumbers[toNumber(type)] : type;
    if (name === 'number') numberTypes.forEach((each) => types.add(each));
    else if (typeof name === 'string' && Object.values(typeNumbers).includes(name)) types.add(name);
    else if (isNumeric(type)) fail(ErrorCode.BadValue, `Invalid numerical type code: ${toNumber(type)}`);
    else fail(ErrorCode.BadValue, `Unknown type name alias: ${String(type)}`);
  }
  return (value) => value !== missing && types.has(bsonTypeOf(value));
}

function hasRemainder(operand: any): Predicate {
  if (!Array.isArray(operand) || operand.length !== 2 || !operand.every(isNumeric)) {
    fail(ErrorCode.BadValue, 'malformed mod, needs to be an array of two numbers');
  }
  const [divisor, remainder] = operand.map((number) => Math.trunc(toNumber(number)));
  if (divisor === 0) fail(ErrorCode.BadValue, 'divisor cannot be 0');
  return (value) => isNumeric(value) && Math.trunc(toNumber(value)) % divisor! + 0 === remainder! + 0;
}

// A test of bits: the positions, or those of a mask.
function bitPositions(operator: string, operand: any): number[] {
  if (Array.isArray(operand)) return operand.map((position) => toNumber(position));
  const ones = (bits: bigint): number[] => [...bits.toString(2)].reverse().flatMap((bit, i) => bit === '1' ? [i] : []);
  if (isNumeric(operand) && toNumber(operand) >= 0) return ones(BigInt(Math.trunc(toNumber(operand))));
  if (operand instanceof Binary) {
    return [...operand.buffer.subarray(0, operand.position)].flatMap(
        (byte, i) => ones(BigInt(byte)).map((bit) => 8 * i + bit));
  }
  fail(ErrorCode.FailedToParse, `${operator} takes an Array, a number, or a BinData`);
}

function tests(operator: string, operand: unknown): Predicate {
  const positions = bitPositions(operator, operand);
  const wanted = operator.endsWith('Set');
  const bitOf = (value: unknown): ((position: number) => boolean) | undefined => {
    if (value instanceof Binary) {
      return (position) => ((value.buffer[position >> 3] ?? 0) >> (position & 7) & 1) === 1;
    }
    if (!isNumeric(value)) return undefined;
    const number = toNumber(value);
    if (!Number.isInteger(number) || Math.abs(number) > 2 ** 63) return undefined;
    const bits = BigInt.asIntN(64, value instanceof Long ? value.toBigInt() : BigInt(number));
    return (position) => (bits >> BigInt(Math.min(position, 63)) & 1n) === 1n;
  };
  return (value) => {
    const bit = bitOf(value);
    if (bit === undefined) return false;
    const accepts = (position: number): boolean => bit(position) === wanted;
    return operator.startsWith('$bitsAll') ? positions.every(accepts) : positions.some(accepts);
  };
}

function sizeOf(operand: unknown): number {
  const size = isNumeric(operand) ? toNumber(operand) : NaN;
  if (!Number.isInteger(size)) fail(ErrorCode.FailedToParse, 'Failed to parse $size. Expected an integer');
  if (size < 0) fail(ErrorCode.BadValue, 'Failed to parse $size. Expected a non-negative number');
  return size;
}

function isTrue(value: unknown): boolean {
  return isNumeric(value) ? toNumber(value) !== 0 : value !== false && value !== null && value !== undefined;
}

// Whether one item of an array matches. Operators test the item itself, fields look into it.
function elementTest(criteria: unknown): Predicate {
  if (!isDocument(criteria)) fail(ErrorCode.BadValue, '$elemMatch needs an Object');
  const names = Object.keys(criteria);
  const onValues = names.length > 0 && names.every((name) => /^\$(?!and$|or$|nor$|expr$|where$)/.test(name));
  if (!onValues) {
    const query = compile(criteria);
    return (item) => (isDocument(item) || Array.isArray(item)) && query(item as Document);
  }
  const query = compile({item: criteria});
  return (item) => query({item});
}

// On any value at the path, items of arrays among them.
function onCandidates(make: (operand: any) => Predicate): (field: string, operand: unknown) => FieldTest {
  return (field, operand) => {
    const parts = splitPath(field);
    const accepts = make(operand);
    return (document) => candidatesAt(document, parts).some(accepts);
  };
}

function onValues(make: (operand: any) => Predicate): (field: string, operand: unknown) => FieldTest {
  return (field, operand) => {
    const parts = splitPath(field);
    const accepts = make(operand);
    return (document) => valuesAt(document, parts).some(accepts);
  };
}

function no(positive: (field: string, operand: unknown) => FieldTest): (field: string, operand: unknown) => FieldTest {
  return (field, operand) => {
    const accepts = positive(field, operand);
    return (document) => !accepts(document);
  };
}

function all(field: string, operand: unknown): FieldTest {
  if (!Array.isArray(operand)) fail(ErrorCode.BadValue, '$all needs an array');
  const each = operand.map((item) => {
    if (isDocument(item) && Object.keys(item)[0] === '$elemMatch') return operators.$elemMatch!(field, item.$elemMatch);
    return onCandidates(isRegex(item) ? matches : equals)(field, item);
  });
  return (document) => each.length > 0 && each.every((accepts) => accepts(document));
}

function exists(field: string, operand: unknown): FieldTest {
  const parts = splitPath(field);
  const wanted = isTrue(operand);
  return (document) => valuesAt(document, parts).some((value) => value !== missing) === wanted;
}

function unsupported(operator: string): () => never {
  return () => fail(ErrorCode.NotImplemented, `${operator} is not supported by the embedded database`);
}

const eq = onCandidates(equals);
const isInAny = onCandidates((operand) => isIn('$in', operand));
const operators: Record<string, (field: string, operand: unknown) => FieldTest> = {
  $eq: eq,
  $ne: no(eq),
  $in: isInAny,
  $nin: no(isInAny),
  $lt: onCandidates((operand) => compares(operand, (order) => order < 0)),
  $lte: onCandidates((operand) => compares(operand, (order) => order <= 0)),
  $gt: onCandidates((operand) => compares(operand, (order) => order > 0)),
  $gte: onCandidates((operand) => compares(operand, (order) => order >= 0)),
  $regex: onCandidates(matches),
  $type: onCandidates(hasType),
  $mod: onCandidates(hasRemainder),
  $size: onValues((operand) => {
    const size = sizeOf(operand);
    return (value) => Array.isArray(value) && value.length === size;
  }),
  $elemMatch: onValues((operand) => {
    const accepts = elementTest(operand);
    return (value) => Array.isArray(value) && value.some(accepts);
  }),
  $all: all,
  $exists: exists,
};
for (const name of ['$bitsAllSet', '$bitsAllClear', '$bitsAnySet', '$bitsAnyClear']) {
  operators[name] = onCandidates((operand) => tests(name, operand));
}
for (const name of [
  '$where', '$text', '$jsonSchema', '$geoWithin', '$geoIntersects', '$near', '$nearSphere', '$within', '$box',
]) {
  operators[name] = unsupported(name);
}

const {$function, ...harmlessExpressions} = mingoExpressions as Record<string, any>;
const {$accumulator, ...harmlessAccumulators} = mingoAccumulators as Record<string, any>;

const context = Context.init({
  accumulator: {...harmlessAccumulators, ...accumulators},
  expression: {...harmlessExpressions, ...expressions},
  pipeline: {...mingoPipeline, ...stages} as any,
  projection: mingoProjections as any,
  query: {...mingoQueryOperators, ...operators} as any,
  window: mingoWindow as any,
});

export function isStage(name: string): boolean {
  return context.getOperator(OpType.PIPELINE, name) !== null;
}

// For whatever of mingo takes options. `scriptEnabled` is what $setWindowFields wants for functions of its own;
// operators that take an author's are not among ours.
export function mingoOptions(more: {variables?: Document | undefined; collectionResolver?: unknown} = {}): any {
  return new ComputeOptions({
    idKey: '_id', scriptEnabled: true, useStrictMode: true, failOnError: true, processingMode: 0, context, ...more,
  });
}

// mingo takes the text of a pattern only.
export function withRegexes(value: any): any {
  if (value instanceof BSONRegExp) return new RegExp(value.pattern, value.options);
  if (Array.isArray(value)) return value.map(withRegexes);
  if (!isDocument(value) || value.constructor !== Object) return value;
  if (Object.hasOwn(value, '$options') && !Object.hasOwn(value, '$regex')) {
    fail(ErrorCode.BadValue, '$options needs a $regex');
  }
  const result: Document = {};
  for (const name of Object.keys(value)) {
    if (name === '$comment') continue;
    if (name === '__proto__') fail(ErrorCode.BadValue, 'the field name __proto__ is not allowed in a query');
    result[name] = withRegexes(value[name]);
  }
  return result;
}

export function compile(filter: Document, variables?: Document): (document: Document) => boolean {
  const query = new Query(withRegexes(filter), mingoOptions({variables}));
  return (document) => query.test(document as any);
}

// The value that a filter wants as `_id`; `missing` if that takes a look at more than one document.
export function wantedId(filter: Document): unknown {
  if (!Object.hasOwn(filter, '_id')) return missing;
  let id = filter._id;
  if (isDocument(id) && Object.keys(id).some((name) => name.startsWith('$'))) {
    if (Object.keys(id).length !== 1 || !Object.hasOwn(id, '$eq')) return missing;
    id = id.$eq;
  }
  // An array may be an item's value, null a field that is not there; neither is an `_id`.
  return id === undefined || isRegex(id) || Array.isArray(id) ? missing : id;
}
