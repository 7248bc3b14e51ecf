// Sorting by paths, as MongoDB does: of an array the item that comes first in the direction counts.
import {isNumeric, toNumber} from './numbers.ts';
import {compareValues, isDocument} from './order.ts';
import {ErrorCode, fail} from './errors.ts';
import {missing, splitPath, valuesAt} from './paths.ts';

export interface SortKey {
  path: string;
  parts: string[];
  direction: 1 | -1;
}

export function parseSort(specification: unknown): SortKey[] {
  if (!isDocument(specification)) fail(ErrorCode.TypeMismatch, `the sort must be an object`);
  return Object.keys(specification).map((path) => {
    const direction: any = specification[path];
    const number = isNumeric(direction) ? toNumber(direction) : NaN;
    if (number !== 1 && number !== -1)
      fail(15975, '$sort key ordering must be 1 (for ascending) or -1 (for descending)');
    return {path, parts: splitPath(path), direction: number as 1 | -1};
  });
}

function keyAt(document: unknown, {parts, direction}: SortKey): unknown {
  const found = valuesAt(document, parts);
  let best: unknown;
  let isFirst = true;
  for (const value of found) {
    // An empty array stands before null: undefined does.
    const items = value === missing ? [null] :
      !Array.isArray(value)         ? [value] :
      value.length === 0            ? [undefined] :
                                      value;
    for (const item of items) {
      if (isFirst || compareValues(item, best) * direction < 0) best = item;
      isFirst = false;
    }
  }
  return isFirst ? null : best;
}

export function keysOf(document: unknown, sort: SortKey[]): unknown[] {
  return sort.map((key) => keyAt(document, key));
}

export function compareKeys(a: unknown[], b: unknown[], sort: SortKey[]): number {
  for (let i = 0; i < sort.length; ++i) {
    const order = compareValues(a[i], b[i]) * sort[i]!.direction;
    if (order !== 0) return order;
  }
  return 0;
}

// The documents in order; those that are equal stay as they are.
export function sorted<T>(documents: T[], sort: SortKey[]): T[] {
  const keyed = documents.map((document) => ({document, keys: keysOf(document, sort)}));
  return keyed.sort((a, b) => compareKeys(a.keys, b.keys, sort)).map(({document}) => document);
}
