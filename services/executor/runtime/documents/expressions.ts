// Aggregation operators that mingo has for JavaScript's values, here for BSON's: arithmetic by kind of number,
// comparison in BSON's order, conversion.
import {Binary, Decimal128, Long, ObjectId, Timestamp, UUID} from 'bson';
import {ComputeOptions} from 'mingo-internal';
import {evalExpr} from 'mingo/core';
import * as mingoAccumulators from 'mingo/operators/accumulator';
import * as mingoExpressions from 'mingo/operators/expression';
import {ErrorCode, fail} from './errors.ts';
import {calculate, isNumeric, isTruthy, kindOf, makeDouble, type Numeric, ofKind, type Operation,
  toNumber} from './numbers.ts';
import {bsonTypeOf, compareValues} from './order.ts';

type Expression = (document: any, expression: any, options: any) => any;
type Accumulator = (documents: any[], expression: any, options: any) => any;

function operand(args: unknown): any {
  return Array.isArray(args) && args.length === 1 ? args[0] : args;
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined;
}

function needNumber(operator: string, value: unknown): Numeric {
  if (isNumeric(value)) return value;
  return fail(ErrorCode.TypeMismatch, `${operator} only supports numeric types, not ${bsonTypeOf(value)}`);
}

function milliseconds(value: any): any {
  return value instanceof Date ? Long.fromNumber(value.getTime()) : value;
}

const $add: Expression = (document, expression, options) => {
  const args = evalExpr(document, expression, options) as any;
  const values: any[] = Array.isArray(args) ? args : [args];
  if (values.some(isMissing)) return null;
  const dates = values.filter((value) => value instanceof Date).length;
  if (dates > 1) fail(16612, 'only one date allowed in an $add expression');
  const sum = values.map(milliseconds).reduce(
      (total, value) => calculate('add', total, needNumber('$add', value)), 0);
  return dates === 1 ? new Date(Math.round(toNumber(sum))) : sum;
};

function pair(operator: string, document: any, expression: any, options: any): [any, any] {
  const args = evalExpr(document, expression, options) as any;
  if (!Array.isArray(args) || args.length !== 2) {
    fail(
      16020,
      `Expression ${operator} takes exactly 2 arguments. ${Array.isArray(args) ? args.length : 1} were passed in.`);
  }
  return args as [any, any];
}

const $subtract: Expression = (document, expression, options) => {
  const [left, right] = pair('$subtract', document, expression, options);
  if (isMissing(left) || isMissing(right)) return null;
  const difference = calculate(
      'subtract', needNumber('$subtract', milliseconds(left)), needNumber('$subtract', milliseconds(right)));
  return left instanceof Date && !(right instanceof Date) ? new Date(Math.round(toNumber(difference))) : difference;
};

function binary(operator: string, operation: Operation): Expression {
  return (document, expression, options) => {
    const [left, right] = pair(operator, document, expression, options);
    if (isMissing(left) || isMissing(right)) return null;
    needNumber(operator, left);
    if (toNumber(needNumber(operator, right)) === 0) {
      fail(ErrorCode.BadValue, operator === '$mod' ? `can't $mod by zero` : `can't ${operator} by zero`);
    }
    return calculate(operation, left, right);
  };
}

const $multiply: Expression = (document, expression, options) => {
  const args = evalExpr(document, expression, options) as any;
  const values: any[] = Array.isArray(args) ? args : [args];
  if (values.some(isMissing)) return null;
  return values.reduce((product, value) => calculate('multiply', product, needNumber('$multiply', value)), 1);
};

// On one number; the kind stays.
function unary(operator: string, compute: (value: number) => number): Expression {
  return (document, expression, options) => {
    const value = operand(evalExpr(document, expression, options));
    if (isMissing(value)) return null;
    const kind = kindOf(needNumber(operator, value));
    if (kind === 'int' || kind === 'long') {
      return operator === '$abs' && toNumber(value) < 0 ? calculate('subtract', 0, value) : value;
    }
    const result = compute(toNumber(value));
    return Number.isFinite(result) ? ofKind(result, kind) : result;
  };
}

// Half to even, as MongoDB rounds.
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
}

function rounding(operator: string, whole: (value: number) => number): Expression {
  return (document, expression, options) => {
    const args = evalExpr(document, expression, options) as any;
    const [value, places] = Array.isArray(args) ? args : [args];
    if (isMissing(value)) return null;
    const kind = kindOf(needNumber(operator, value));
    const digits = isNumeric(places) ? toNumber(places) : 0;
    if (digits >= 0 && (kind === 'int' || kind === 'long')) return value;
    const number = toNumber(value);
    if (!Number.isFinite(number)) return value;
    const shifted = Number(`${number}e${digits}`);
    const result = Number(`${whole(Number.isNaN(shifted) ? number * 10 ** digits : shifted)}e${-digits}`);
    return ofKind(result, kind);
  };
}

// mingo's own on JavaScript's numbers; what comes out is a double.
function onDoubles(mingoOperator: Expression): Expression {
  const plainNumber = (value: any): any => isNumeric(value) ? toNumber(value) : value;
  return (document, expression, options) => {
    const args = evalExpr(document, expression, options) as any;
    const result = mingoOperator(document, Array.isArray(args) ? args.map(plainNumber) : plainNumber(args), options);
    return typeof result === 'number' ? makeDouble(result) : result;
  };
}

function comparison(operator: string, accepts: (order: number) => unknown): Expression {
  return (document, expression, options) => {
    const [left, right] = pair(operator, document, expression, options);
    return accepts(compareValues(left, right));
  };
}

function sumOf(values: unknown[]): Numeric {
  return values.filter(isNumeric).reduce<Numeric>((sum, value) => calculate('add', sum, value), 0);
}

function averageOf(values: unknown[]): Numeric | null {
  const numbers = values.filter(isNumeric);
  return numbers.length === 0 ? null : calculate('divide', sumOf(numbers), numbers.length);
}

function extremeOf(values: unknown[], direction: number): unknown {
  let best: unknown = null;
  for (const value of values) {
    if (isMissing(value)) continue;
    if (best === null || compareValues(value, best) * direction > 0) best = value;
  }
  return best;
}

const reductions: Record<string, (values: unknown[]) => unknown> = {
  $sum: sumOf,
  $avg: averageOf,
  $max: (values) => extremeOf(values, 1),
  $min: (values) => extremeOf(values, -1),
};

// The expression's value for each document; undefined where it has none.
function each(documents: any[], expression: any, options: any): unknown[] {
  if (isMissing(expression)) return documents;
  return documents.map(
    (document) => evalExpr(document, expression, ComputeOptions.init(options).update({root: document}) as any));
}

export const accumulators: Record<string, Accumulator> = {
  $push: (documents, expression, options) =>
    each(documents, expression, options).filter((value) => value !== undefined),
};
// mingo gives these as arrays of one.
for (const name of ['$top', '$bottom']) {
  accumulators[name] = (documents, expression, options) =>
    (mingoAccumulators as Record<string, any>)[name](documents, expression, options)[0];
}
for (const [name, reduce] of Object.entries(reductions)) {
  accumulators[name] = (documents, expression, options) => reduce(each(documents, expression, options));
}

function cannotConvert(value: unknown, to: string): never {
  return fail(241, `Failed to convert ${bsonTypeOf(value)} to ${to} in $convert with no onError value`);
}

// A number in text, or of what else has one.
function numericOf(value: any, to: string): Numeric {
  if (isNumeric(value)) return value;
  if (typeof value === 'boolean') return Number(value);
  if (value instanceof Date && to !== 'int') return Long.fromNumber(value.getTime());
  if (typeof value !== 'string' || !/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value))
    return cannotConvert(value, to);
  return Decimal128.fromStringWithRounding(value);
}

function integerOf(value: any, to: 'int' | 'long'): Numeric {
  const numeric = numericOf(value, to);
  const [min, max] = to === 'int' ? [-(2n ** 31n), 2n ** 31n] : [-(2n ** 63n), 2n ** 63n];
  const text = numeric instanceof Decimal128 && /^-?\d+$/.test(numeric.toString()) ? numeric.toString() : undefined;
  const number = Math.trunc(toNumber(numeric));
  if (!Number.isFinite(number) || (typeof value === 'string' && text === undefined)) return cannotConvert(value, to);
  const integer = numeric instanceof Long ? numeric.toBigInt() : BigInt(text ?? number);
  if (integer < min! || integer >= max!) return cannotConvert(value, to);
  return to === 'int' ? Number(integer) : Long.fromBigInt(integer);
}

function textOf(value: any): string {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof UUID || (value instanceof Binary && value.sub_type === Binary.SUBTYPE_UUID)) {
    return new UUID(value.buffer).toString();
  }
  if (['string', 'boolean'].includes(typeof value) || isNumeric(value) || value instanceof ObjectId)
    return String(value);
  return cannotConvert(value, 'string');
}

function dateOf(value: any): Date {
  if (value instanceof Date) return value;
  if (value instanceof ObjectId) return value.getTimestamp();
  if (value instanceof Timestamp) return new Date(value.getHighBitsUnsigned() * 1000);
  const date = new Date(
    isNumeric(value) && kindOf(value) !== 'int' ? toNumber(value) :
      typeof value === 'string'                 ? value :
                                                  NaN);
  return Number.isNaN(date.getTime()) ? cannotConvert(value, 'date') : date;
}

function objectIdOf(value: any): ObjectId {
  if (value instanceof ObjectId) return value;
  return typeof value === 'string' && /^[0-9a-fA-F]{24}$/.test(value) ? ObjectId.createFromHexString(value) :
                                                                        cannotConvert(value, 'objectId');
}

function doubleOf(value: any): Numeric {
  return makeDouble(toNumber(numericOf(value, 'double')));
}

function decimalOf(value: any): Decimal128 {
  const numeric = numericOf(value, 'decimal');
  return numeric instanceof Decimal128 ? numeric : Decimal128.fromString(String(numeric));
}

const conversions: Record<string, [number, (value: any) => unknown]> = {
  double: [1, doubleOf],
  string: [2, textOf],
  objectId: [7, objectIdOf],
  bool: [8, isTruthy],
  date: [9, dateOf],
  int: [16, (value) => integerOf(value, 'int')],
  long: [18, (value) => integerOf(value, 'long')],
  decimal: [19, decimalOf],
};

const $convert: Expression = (document, expression, options) => {
  const value = evalExpr(document, expression.input, options);
  if (isMissing(value)) return evalExpr(document, expression.onNull ?? null, options) ?? null;
  const to: any = evalExpr(document, expression.to, options);
  const wanted = isNumeric(to) ? toNumber(to) : to;
  const found = Object.entries(conversions).find(([name, [number]]) => name === wanted || number === wanted);
  if (found === undefined) return fail(ErrorCode.BadValue, `Unknown type name: ${String(wanted)}`);
  try {
    return found[1][1](value);
  } catch (error) {
    if (expression.onError === undefined) throw error;
    return evalExpr(document, expression.onError, options);
  }
};

function conversion(convert: (value: any) => unknown): Expression {
  return (document, expression, options) => {
    const value = operand(evalExpr(document, expression, options));
    return isMissing(value) ? null : convert(value);
  };
}

export const expressions: Record<string, Expression> = {
  $add,
  $subtract,
  $multiply,
  $divide: binary('$divide', 'divide'),
  $mod: binary('$mod', 'mod'),
  $abs: unary('$abs', Math.abs),
  $ceil: unary('$ceil', Math.ceil),
  $floor: unary('$floor', Math.floor),
  $round: rounding('$round', roundHalfEven),
  $trunc: rounding('$trunc', Math.trunc),
  $eq: comparison('$eq', (order) => order === 0),
  $ne: comparison('$ne', (order) => order !== 0),
  $lt: comparison('$lt', (order) => order < 0),
  $lte: comparison('$lte', (order) => order <= 0),
  $gt: comparison('$gt', (order) => order > 0),
  $gte: comparison('$gte', (order) => order >= 0),
  $cmp: comparison('$cmp', (order) => order < 0 ? -1 : order > 0 ? 1 : 0),
  $not: (document, expression, options) => !isTruthy(operand(evalExpr(document, expression, options))),
  $type: (document, expression, options) => bsonTypeOf(operand(evalExpr(document, expression, options))),
  $isNumber: (document, expression, options) => isNumeric(operand(evalExpr(document, expression, options))),
  $convert,
  $toInt: conversion((value) => integerOf(value, 'int')),
  $toLong: conversion((value) => integerOf(value, 'long')),
  $toDouble: conversion(doubleOf),
  $toDecimal: conversion(decimalOf),
  $toString: conversion(textOf),
  $toBool: conversion(isTruthy),
  $toDate: conversion(dateOf),
  $toObjectId: conversion(objectIdOf),
};
for (const [name, reduce] of Object.entries(reductions)) {
  expressions[name] = (document, expression, options) => {
    // In $group the operator is an accumulator, and what stands here is the group.
    if (Array.isArray(document)) return accumulators[name]!(document, expression, options);
    // One operand that is an array stands for its items.
    const value = operand(evalExpr(document, expression, options));
    return reduce(Array.isArray(value) ? value : [value]);
  };
}
for (const name of [
  '$pow', '$sqrt', '$exp', '$ln', '$log', '$log10', '$sin', '$cos', '$tan', '$asin', '$acos', '$atan', '$atan2',
  '$sinh', '$cosh', '$tanh', '$degreesToRadians', '$radiansToDegrees',
]) {
  const mingoOperator = (mingoExpressions as Record<string, any>)[name];
  if (mingoOperator !== undefined) expressions[name] = onDoubles(mingoOperator);
}

// JavaScript's own operators, where mingo uses them.
for (const type of [Long, Decimal128] as any[]) {
  Object.defineProperty(type.prototype, 'valueOf', {
    value(this: Numeric): number {
      return toNumber(this);
    },
  });
}
