// Field paths as queries follow them: through arrays.
import {isDocument} from './order.ts';
import {ErrorCode, fail} from './errors.ts';

// What stands at a path that leads to nothing.
export const missing = Symbol('missing');

const index = /^(0|[1-9]\d*)$/;

export function isIndex(part: string): boolean {
  return index.test(part);
}

export function splitPath(path: string): string[] {
  const parts = path.split('.');
  if (parts.includes('__proto__')) fail(ErrorCode.BadValue, `the field name __proto__ is not allowed in '${path}'`);
  return parts;
}

export function ownValue(document: any, name: string): unknown {
  return Object.prototype.hasOwnProperty.call(document, name) ? document[name] : undefined;
}

function collect(value: any, parts: string[], at: number, found: unknown[]): void {
  if (at === parts.length) {
    found.push(value === undefined ? missing : value);
    return;
  }
  const part = parts[at]!;
  if (Array.isArray(value)) {
    if (isIndex(part) && Number(part) < value.length) collect(value[Number(part)], parts, at + 1, found);
    for (const item of value) {
      if (isDocument(item)) collect(item, parts, at, found);
    }
  } else if (isDocument(value)) {
    collect(ownValue(value, part), parts, at + 1, found);
  } else {
    found.push(missing);
  }
}

// All values that a path leads to, arrays whole; `missing` for each document on the way that has no such field.
export function valuesAt(document: unknown, parts: string[]): unknown[] {
  if (parts.length === 1 && isDocument(document)) {
    const value = ownValue(document, parts[0]!);
    return [value === undefined ? missing : value];
  }
  const found: unknown[] = [];
  collect(document, parts, 0, found);
  return found;
}

// The same, and behind each array its items.
export function candidatesAt(document: unknown, parts: string[]): unknown[] {
  const found = valuesAt(document, parts);
  if (!found.some(Array.isArray)) return found;
  return found.flatMap((value) => Array.isArray(value) ? [value, ...value] : [value]);
}
