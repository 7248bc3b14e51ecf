// Indexes. Those that are unique are held; others are remembered and change nothing.
import {type Document, readDocument, writeDocument} from './bson_values.ts';
import {CommandError, ErrorCode, fail} from './errors.ts';
import {native} from './native.ts';
import {isNumeric, toNumber} from './numbers.ts';
import {isDocument, keyOf} from './order.ts';
import {missing, splitPath, valuesAt} from './paths.ts';
import {documentOf, matches} from './scan.ts';

export interface Index {
  name: string;
  key: Record<string, number>;
  unique: boolean;
  sparse: boolean;
}

const indexesMax = 64;
// Of one document in one index, where arrays multiply.
const keysMax = 1000;

export const idIndex: Index = {name: '_id_', key: {_id: 1}, unique: true, sparse: false};

export function indexesOf(collection: number): Index[] {
  return collection === 0 ? [] : native.indexes(collection).map((bytes) => readDocument(bytes) as unknown as Index);
}

interface UniqueKey {
  index: Index;
  values: unknown[];
  // What the store keeps.
  text: string;
}

function keysIn(document: Document, index: Index): UniqueKey[] {
  const columns = Object.keys(index.key).map((path) => valuesAt(document, splitPath(path)).flatMap(
    (value) => !Array.isArray(value) ? [value] : value.length === 0 ? [undefined] : value));
  if (index.sparse && columns.every((column) => column.every((value) => value === missing))) return [];
  let rows: unknown[][] = [[]];
  for (const column of columns) {
    const values = column.length === 0 ? [null] : column.map((value) => value === missing ? null : value);
    rows = rows.flatMap((row) => values.map((value) => [...row, value]));
    if (rows.length > keysMax)
      fail(ErrorCode.BadValue, `a document has more than ${keysMax} keys in the index ${index.name}`);
  }
  const keys = new Map<string, UniqueKey>();
  for (const values of rows) {
    const text = `${index.name}\0${keyOf(values)}`;
    keys.set(text, {index, values, text});
  }
  return [...keys.values()];
}

export function uniqueKeysOf(document: Document, indexes: Index[]): UniqueKey[] {
  return indexes.filter(({unique}) => unique).flatMap((index) => keysIn(document, index));
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `"${value}"`;
  if (isNumeric(value)) return String(toNumber(value));
  const name = (value as any)?.constructor?.name;
  return isDocument(value) || Array.isArray(value) ? JSON.stringify(value) :
    name === 'ObjectId'                            ? `ObjectId('${value}')` :
                                                     String(value);
}

// For a result of the store that is not positive.
export function duplicateKey(namespace: string, result: number, id: unknown, keys: UniqueKey[]): CommandError {
  const {index, values} = result === 0 ? {index: idIndex, values: [id]} : keys[-result - 1]!;
  const fields = Object.keys(index.key);
  const pairs = fields.map((field, i) => `${field}: ${shown(values[i])}`);
  return new CommandError(
      ErrorCode.DuplicateKey,
      `E11000 duplicate key error collection: ${namespace} index: ${index.name} dup key: { ${pairs.join(', ')} }`,
      {keyPattern: index.key, keyValue: Object.fromEntries(fields.map((field, i) => [field, values[i] ?? null]))});
}

export function parseIndex(specification: unknown): Index {
  if (!isDocument(specification) || !isDocument(specification.key)) {
    fail(ErrorCode.FailedToParse, 'each index needs a key pattern');
  }
  const pattern: Document = specification.key;
  const fields = Object.keys(pattern);
  if (fields.length === 0) fail(ErrorCode.CannotCreateIndex, 'Index keys cannot be an empty object');
  const key: Record<string, number> = {};
  for (const field of fields) {
    splitPath(field);
    const direction: any = pattern[field];
    if (!isNumeric(direction)) {
      fail(
        ErrorCode.NotImplemented,
        `indexes of the kind '${String(direction)}' are not supported by the embedded database`);
    }
    key[field] = toNumber(direction);
  }
  for (const option of ['partialFilterExpression', 'expireAfterSeconds']) {
    if (specification[option] !== undefined) {
      fail(ErrorCode.NotImplemented, `${option} is not supported by the embedded database`);
    }
  }
  const name = specification.name ?? fields.map((field) => `${field}_${key[field]}`).join('_');
  if (typeof name !== 'string' || name === '' || name === '*' || name.includes('\0')) {
    fail(ErrorCode.CannotCreateIndex, 'index names must be texts that are not empty');
  }
  return {name, key, unique: specification.unique === true, sparse: specification.sparse === true};
}

// Whether it is new.
export function createIndex(namespace: string, collection: number, index: Index): boolean {
  const existing = indexesOf(collection);
  const same = [idIndex, ...existing].find(
      ({name, key}) => name === index.name || JSON.stringify(key) === JSON.stringify(index.key));
  if (same !== undefined) {
    if (JSON.stringify(same.key) === JSON.stringify(index.key) &&
        (same === idIndex || (same.unique === index.unique && same.name === index.name))) {
      return false;
    }
    fail(85, `An equivalent index already exists with a different name or different options: ${same.name}`);
  }
  if (existing.length >= indexesMax)
    fail(ErrorCode.CannotCreateIndex, `a collection has at most ${indexesMax} indexes`);
  if (index.unique) {
    for (const match of matches(collection, {})) {
      const keys = keysIn(documentOf(match), index);
      const result = native.addUniqueKeys(collection, match.row, keys.map(({text}) => text));
      if (result < 0) throw duplicateKey(namespace, result, undefined, keys);
    }
  }
  native.putIndex(collection, index.name, writeDocument(index));
  return true;
}

export function dropIndex(collection: number, name: string): void {
  native.removeUniqueKeys(collection, `${name}\0`);
  native.dropIndex(collection, name);
}
