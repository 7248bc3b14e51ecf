// Update operators that change arrays.
import type {Document} from './bson_values.ts';
import {ErrorCode, fail} from './errors.ts';
import {isNumeric, toNumber} from './numbers.ts';
import {bsonTypeOf, compareValues, equalValues, isDocument} from './order.ts';
import {compile} from './query.ts';
import {parseSort, sorted} from './sorting.ts';
import type {Slot} from './update_paths.ts';

function arrayOf(slot: Slot): any[] | undefined {
  const value = slot.get();
  if (value === undefined || Array.isArray(value)) return value;
  return fail(ErrorCode.BadValue, `The field '${slot.path}' must be an array but is of type ${bsonTypeOf(value)}`);
}

function integerOf(name: string, value: unknown): number {
  const number = isNumeric(value) ? toNumber(value) : NaN;
  if (!Number.isInteger(number)) fail(ErrorCode.BadValue, `The value for ${name} must be an integer value`);
  return number;
}

function eachOf(operator: string, operand: unknown, modifiers: string[]): Document | undefined {
  if (!isDocument(operand) || !Object.hasOwn(operand, '$each')) return undefined;
  if (!Array.isArray(operand.$each)) {
    fail(ErrorCode.TypeMismatch, `The argument to $each in ${operator} must be an array but it was of type: ${
      bsonTypeOf(operand.$each)}`);
  }
  const unknown = Object.keys(operand).find((name) => name !== '$each' && !modifiers.includes(name));
  if (unknown !== undefined) fail(ErrorCode.BadValue, `Unrecognized clause in ${operator}: ${unknown}`);
  return operand;
}

function sortItems(items: any[], order: unknown): any[] {
  if (isNumeric(order)) {
    const direction = toNumber(order);
    if (direction !== 1 && direction !== -1) fail(ErrorCode.BadValue, 'The $sort element value must be either 1 or -1');
    return items.sort((a, b) => compareValues(a, b) * direction);
  }
  return sorted(items, parseSort(order));
}

export function push(slot: Slot, operand: unknown): void {
  const modifiers = eachOf('$push', operand, ['$slice', '$sort', '$position']);
  let items = arrayOf(slot)?.slice() ?? [];
  if (modifiers === undefined) {
    items.push(operand);
    return slot.set(items);
  }
  const position = modifiers.$position === undefined ? items.length : integerOf('$position', modifiers.$position);
  // A negative one counts from the end, as with splice().
  items.splice(position, 0, ...modifiers.$each);
  if (modifiers.$sort !== undefined) items = sortItems(items, modifiers.$sort);
  if (modifiers.$slice !== undefined) {
    const slice = integerOf('$slice', modifiers.$slice);
    items = slice >= 0 ? items.slice(0, slice) : items.slice(slice);
  }
  slot.set(items);
}

export function addToSet(slot: Slot, operand: unknown): void {
  const values: unknown[] = eachOf('$addToSet', operand, [])?.$each ?? [operand];
  const items = arrayOf(slot)?.slice() ?? [];
  for (const value of values) {
    if (!items.some((item) => equalValues(item, value))) items.push(value);
  }
  slot.set(items);
}

export function pop(slot: Slot, operand: unknown): void {
  const end = integerOf('$pop', operand);
  if (end !== 1 && end !== -1) fail(ErrorCode.FailedToParse, `$pop expects 1 or -1, found: ${end}`);
  const value = slot.get();
  if (value === undefined) return;
  if (!Array.isArray(value)) {
    fail(ErrorCode.TypeMismatch, `Path '${slot.path}' contains an element of non-array type '${bsonTypeOf(value)}'`);
  }
  slot.set(end === 1 ? value.slice(0, -1) : value.slice(1));
}

// What $pull takes out: a query on the items, or a value.
function pulled(operand: any): (item: unknown) => boolean {
  if (isDocument(operand)) {
    const first = Object.keys(operand)[0];
    if (first !== undefined && /^\$(?!and$|or$|nor$|expr$)/.test(first)) {
      const accepts = compile({item: operand});
      return (item) => !Array.isArray(item) && accepts({item});
    }
    const accepts = compile(operand);
    return (item) => isDocument(item) && accepts(item);
  }
  const accepts = compile({item: operand});
  return (item) => equalValues(item, operand) || (!Array.isArray(item) && accepts({item}));
}

function removeItems(operator: string, slot: Slot, drop: (item: unknown) => boolean): void {
  const value = slot.get();
  if (value === undefined) return;
  if (!Array.isArray(value)) fail(ErrorCode.BadValue, `Cannot apply ${operator} to a non-array value`);
  slot.set(value.filter((item) => !drop(item)));
}

export function pull(slot: Slot, operand: unknown): void {
  removeItems('$pull', slot, pulled(operand));
}

export function pullAll(slot: Slot, operand: unknown): void {
  if (!Array.isArray(operand)) {
    fail(ErrorCode.BadValue, `$pullAll requires an array argument but was given a ${bsonTypeOf(operand)}`);
  }
  removeItems('$pullAll', slot, (item) => operand.some((value) => equalValues(item, value)));
}
