// BSON's four kinds of numbers. As documents are read (bson_values.ts) a number is an int32 if it is whole and a double
// if it is not; a double that is whole is a Double, an int64 a Long.
import {Decimal128, Double, Int32, Long} from 'bson';

export type Numeric = number | Int32 | Double | Long | Decimal128;
export type Kind = 'int' | 'long' | 'double' | 'decimal';

export function isNumeric(value: unknown): value is Numeric {
  return typeof value === 'number' ||
    (typeof value === 'object' && (value instanceof Double || value instanceof Long || value instanceof Decimal128 ||
                                   value instanceof Int32) &&
     // A Timestamp is a Long to JavaScript.
     (value as any)._bsontype !== 'Timestamp');
}

const int32Max = 2 ** 31 - 1;
const int64Max = 2n ** 63n - 1n;

export function kindOf(value: Numeric): Kind {
  if (typeof value === 'number') {
    return Number.isInteger(value) && value >= -int32Max - 1 && value <= int32Max && !Object.is(value, -0) ? 'int' :
                                                                                                             'double';
  }
  if (value instanceof Long) return 'long';
  if (value instanceof Decimal128) return 'decimal';
  return value instanceof Int32 ? 'int' : 'double';
}

export function toNumber(value: Numeric): number {
  if (typeof value === 'number') return value;
  if (value instanceof Long) return value.toNumber();
  if (value instanceof Decimal128) return Number(value.toString());
  return value.value;
}

// As MongoDB's expressions take it: null and 0 are false, the empty text is true.
export function isTruthy(value: unknown): boolean {
  if (isNumeric(value)) return toNumber(value) !== 0;
  return value !== null && value !== undefined && value !== false;
}

export function makeDouble(value: number): Numeric {
  return Number.isInteger(value) ? new Double(value) : value;
}

// coefficient * 10 ** exponent.
interface Exact {
  coefficient: bigint;
  exponent: number;
}

// Without trailing zeros in the coefficient.
function stripped(coefficient: bigint, exponent: number): Exact {
  if (coefficient === 0n) return {coefficient, exponent: 0};
  while (coefficient % 10n === 0n) {
    coefficient /= 10n;
    ++exponent;
  }
  return {coefficient, exponent};
}

function parseDecimal(text: string): Exact | number {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:E([+-]?\d+))?$/.exec(text);
  if (match === null) return Number(text);
  const fraction = match[3] ?? '';
  const coefficient = BigInt(match[2]! + fraction);
  return {coefficient: match[1] ? -coefficient : coefficient, exponent: Number(match[4] ?? 0) - fraction.length};
}

// A number as it is for what is not finite.
function exactOf(value: Numeric): Exact | number {
  if (value instanceof Decimal128) return parseDecimal(value.toString());
  if (value instanceof Long) return {coefficient: value.toBigInt(), exponent: 0};
  let number = toNumber(value);
  if (!Number.isFinite(number)) return number;
  let halvings = 0;
  for (; !Number.isInteger(number); number *= 2) ++halvings;
  return {coefficient: BigInt(number) * 5n ** BigInt(halvings), exponent: -halvings};
}

function sign(value: bigint | number): number {
  return value < 0 ? -1 : value > 0 ? 1 : 0;
}

function digitsOf(value: bigint): number {
  return value.toString().length - (value < 0n ? 1 : 0);
}

function compareExact(a: Exact, b: Exact): number {
  const signs = sign(a.coefficient) - sign(b.coefficient);
  if (signs !== 0 || a.coefficient === 0n) return sign(signs);
  const magnitude = digitsOf(a.coefficient) + a.exponent - digitsOf(b.coefficient) - b.exponent;
  if (magnitude !== 0) return sign(magnitude) * sign(a.coefficient);
  const shift = a.exponent - b.exponent;
  return shift >= 0 ? sign(a.coefficient * 10n ** BigInt(shift) - b.coefficient) :
                      sign(a.coefficient - b.coefficient * 10n ** BigInt(-shift));
}

// Exact, whatever the kinds; NaN is equal to itself and less than all else.
export function compareNumbers(a: Numeric, b: Numeric): number {
  const small = (value: Numeric): boolean => !(value instanceof Decimal128) && !(value instanceof Long);
  let left: Exact | number = small(a) ? toNumber(a) : exactOf(a);
  let right: Exact | number = small(b) ? toNumber(b) : exactOf(b);
  if (Number.isNaN(left) || Number.isNaN(right)) return sign(Number(Number.isNaN(right)) - Number(Number.isNaN(left)));
  if (typeof left === 'number' && typeof right === 'number') return left < right ? -1 : left > right ? 1 : 0;
  if (typeof left === 'number') {
    if (!Number.isFinite(left)) return sign(left);
    left = exactOf(left) as Exact;
  }
  if (typeof right === 'number') {
    if (!Number.isFinite(right)) return -sign(right);
    right = exactOf(right) as Exact;
  }
  return compareExact(left, right);
}

// The same text for equal numbers.
export function numberKey(value: Numeric): string {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value + 0);
  const found = exactOf(value);
  if (typeof found === 'number') return String(found);
  const exact = stripped(found.coefficient, found.exponent);
  if (exact.exponent === 0) return String(exact.coefficient);
  if (exact.exponent > 0 && exact.exponent <= 16) return String(exact.coefficient * 10n ** BigInt(exact.exponent));
  return `${exact.coefficient}E${exact.exponent}`;
}

export type Operation = 'add' | 'subtract' | 'multiply' | 'divide' | 'mod';

function onNumbers(operation: Operation, a: number, b: number): number {
  switch (operation) {
    case 'add': return a + b;
    case 'subtract': return a - b;
    case 'multiply': return a * b;
    case 'divide': return a / b;
    case 'mod': return a % b;
  }
}

function onIntegers(operation: Operation, a: bigint, b: bigint): bigint {
  switch (operation) {
    case 'add': return a + b;
    case 'subtract': return a - b;
    case 'multiply': return a * b;
    case 'divide': return a / b;
    case 'mod': return a % b;
  }
}

const decimalDigits = 34;

function onDecimals(operation: Operation, a: Numeric, b: Numeric): Decimal128 {
  const left = exactOf(a);
  const right = exactOf(b);
  const divides = operation === 'divide' || operation === 'mod';
  // An exponent that far away does not change the 34 digits that are kept.
  const far = typeof left !== 'number' && typeof right !== 'number' && Math.abs(left.exponent - right.exponent) > 200;
  if (typeof left === 'number' || typeof right === 'number' || (divides && right.coefficient === 0n) ||
      (far && operation !== 'multiply')) {
    return Decimal128.fromString(String(onNumbers(operation, toNumber(a), toNumber(b))));
  }
  let {coefficient, exponent} = left;
  if (operation === 'multiply') {
    coefficient *= right.coefficient;
    exponent += right.exponent;
  } else if (operation === 'divide') {
    const scale = decimalDigits + 1 + digitsOf(right.coefficient);
    coefficient = coefficient * 10n ** BigInt(scale) / right.coefficient;
    exponent -= right.exponent + scale;
    ({coefficient, exponent} = stripped(coefficient, exponent));
  } else {
    exponent = Math.min(left.exponent, right.exponent);
    const aligned = (value: Exact): bigint => value.coefficient * 10n ** BigInt(value.exponent - exponent);
    coefficient = onIntegers(operation, aligned(left), aligned(right));
  }
  return Decimal128.fromStringWithRounding(`${coefficient}E${exponent}`);
}

function ofInteger(value: bigint, isLong: boolean): Numeric {
  const number = Number(value);
  if (!isLong && number >= -int32Max - 1 && number <= int32Max) return number;
  if (value > int64Max || value < -int64Max - 1n) return makeDouble(number);
  return Long.fromBigInt(value);
}

// With MongoDB's kinds: decimal above double above int64 above int32, which becomes an int64 where it must; an int64
// that overflows becomes a double. A quotient of whole numbers is a double.
export function calculate(operation: Operation, a: Numeric, b: Numeric): Numeric {
  const kinds = [kindOf(a), kindOf(b)];
  if (kinds.includes('decimal')) return onDecimals(operation, a, b);
  if (kinds.includes('double') || operation === 'divide') {
    return makeDouble(onNumbers(operation, toNumber(a), toNumber(b)));
  }
  const integer = (value: Numeric): bigint => value instanceof Long ? value.toBigInt() : BigInt(toNumber(value));
  return ofInteger(onIntegers(operation, integer(a), integer(b)), kinds.includes('long'));
}

// The value as one of the kind that comes out of a calculation with it alone.
export function ofKind(value: number, kind: Kind): Numeric {
  switch (kind) {
    case 'int': return ofInteger(BigInt(value), false);
    case 'long': return Long.fromNumber(value);
    case 'double': return makeDouble(value);
    case 'decimal': return Decimal128.fromStringWithRounding(String(value));
  }
}
