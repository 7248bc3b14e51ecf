// Paths of updates: where a change goes in one document.
import type {Document} from './bson_values.ts';
import {setOwn} from './bson_values.ts';
import {ErrorCode, fail} from './errors.ts';
import {bsonTypeOf, isDocument} from './order.ts';
import {isIndex, ownValue, splitPath} from './paths.ts';
import {compile} from './query.ts';

// As MongoDB: more items than this an update does not put before a new one.
const paddingMax = 1_500_000;

// A field or an item that may not be there yet.
export class Slot {
  constructor(private readonly document: Document, readonly parts: string[]) {}

  get path(): string {
    return this.parts.join('.');
  }

  get name(): string {
    return this.parts[this.parts.length - 1]!;
  }

  // The document or array that holds it; undefined if that is not there.
  private parent(): any {
    let value: any = this.document;
    for (const part of this.parts.slice(0, -1)) {
      if (Array.isArray(value)) value = isIndex(part) ? value[Number(part)] : undefined;
      else value = isDocument(value) ? ownValue(value, part) : undefined;
    }
    return value;
  }

  get(): any {
    const parent = this.parent();
    if (Array.isArray(parent)) return isIndex(this.name) ? parent[Number(this.name)] : undefined;
    return isDocument(parent) ? ownValue(parent, this.name) : undefined;
  }

  // Makes the documents on the way there.
  set(value: unknown): void {
    let holder: any = this.document;
    this.parts.forEach((part, i) => {
      const isLast = i === this.parts.length - 1;
      if (Array.isArray(holder)) {
        if (!isIndex(part)) this.notViable(part, i, holder);
        const at = Number(part);
        if (at - holder.length > paddingMax)
          fail(ErrorCode.BadValue, `can't backfill more than ${paddingMax} elements`);
        while (holder.length < at) holder.push(null);
        if (isLast) holder[at] = value;
        else if (holder[at] === undefined) holder[at] = {};
        holder = holder[at];
      } else if (isDocument(holder)) {
        if (isLast) setOwn(holder, part, value);
        else if (ownValue(holder, part) === undefined) setOwn(holder, part, {});
        holder = ownValue(holder, part);
      } else {
        this.notViable(part, i, holder);
      }
    });
  }

  remove(): void {
    const parent = this.parent();
    if (Array.isArray(parent)) {
      if (isIndex(this.name) && Number(this.name) < parent.length) parent[Number(this.name)] = null;
    } else if (isDocument(parent)) {
      delete parent[this.name];
    }
  }

  private notViable(part: string, at: number, holder: unknown): never {
    return fail(ErrorCode.PathNotViable, `Cannot create field '${part}' in element {${
      this.parts[at - 1]}: ${Array.isArray(holder) ? '[...]' : bsonTypeOf(holder)}}`);
  }
}

// Names of a filter's fields, those inside $and, $or and $nor among them.
function fieldsOf(filter: Document): string[] {
  return Object.keys(filter).flatMap((name) => name.startsWith('$') && Array.isArray(filter[name]) ?
    filter[name].filter(isDocument).flatMap(fieldsOf) : [name]);
}

export class ArrayFilters {
  readonly #tests = new Map<string, (item: unknown) => boolean>();
  readonly #unused = new Set<string>();

  constructor(filters: unknown) {
    if (filters === undefined) return;
    if (!Array.isArray(filters)) fail(ErrorCode.TypeMismatch, 'arrayFilters must be an array');
    for (const filter of filters) {
      const names = new Set(isDocument(filter) ? fieldsOf(filter).map((field) => field.split('.')[0]!) : []);
      if (names.size !== 1) {
        fail(ErrorCode.FailedToParse, 'Error parsing array filter: Expected a single top-level field name');
      }
      const [name] = names as Set<string>;
      if (this.#tests.has(name!)) {
        fail(ErrorCode.FailedToParse, `Found multiple array filters with the same top-level field name ${name}`);
      }
      const accepts = compile(filter);
      this.#tests.set(name!, (item) => accepts({[name!]: item}));
      this.#unused.add(name!);
    }
  }

  find(name: string, path: string): (item: unknown) => boolean {
    const accepts = this.#tests.get(name);
    if (accepts === undefined) {
      fail(ErrorCode.BadValue, `No array filter found for identifier '${name}' in path '${path}'`);
    }
    this.#unused.delete(name);
    return accepts;
  }

  // Notes what the paths name, without a document.
  use(path: string): void {
    for (const part of splitPath(path)) {
      const name = /^\$\[(.+)\]$/.exec(part)?.[1];
      if (name !== undefined) this.find(name, path);
    }
  }

  checkUsed(): void {
    for (const name of this.#unused) {
      fail(ErrorCode.FailedToParse, `The array filter for identifier '${name}' was not used in the update`);
    }
  }
}

// The conditions of a filter that look into the array at `path`, as a filter of their own.
function conditionsOn(filter: Document, path: string): Document[] {
  return Object.keys(filter).flatMap((name): Document[] => {
    if (name === '$and' && Array.isArray(filter[name])) {
      return filter[name].flatMap((part: Document) => conditionsOn(part, path));
    }
    if (name === '$or' && Array.isArray(filter[name])) {
      const branches = filter[name].map((part: Document) => conditionsOn(part, path));
      return branches.every((branch: Document[]) => branch.length > 0) ?
        [{$or: branches.map((branch: Document[]) => ({$and: branch}))}] : [];
    }
    return name === path || name.startsWith(`${path}.`) ? [{[name]: filter[name]}] : [];
  });
}

// Which item of the array at `path` the filter was met by; -1 for none.
export function positionOf(document: Document, filter: Document, path: string[]): number {
  const array = new Slot(document, path).get();
  const conditions = conditionsOn(filter, path.join('.'));
  if (!Array.isArray(array) || conditions.length === 0) return -1;
  const accepts = compile({$and: conditions});
  return array.findIndex((item) => {
    const alone: Document = {};
    new Slot(alone, path).set([item]);
    return accepts(alone);
  });
}

// The places in the document that a path with `$`, `$[]` and `$[name]` means.
export function slotsOf(document: Document, path: string, filter: Document, arrayFilters: ArrayFilters): Slot[] {
  const parts = splitPath(path);
  let found: string[][] = [[]];
  for (const part of parts) {
    if (part === '') fail(56, `The update path '${path}' contains an empty field name, which is not allowed.`);
    if (!part.startsWith('$')) {
      found = found.map((base) => [...base, part]);
      continue;
    }
    if (part === '$') {
      found = found.map((base) => {
        const position = positionOf(document, filter, base);
        if (position < 0) {
          fail(ErrorCode.BadValue, 'The positional operator did not find the match needed from the query.');
        }
        return [...base, String(position)];
      });
      continue;
    }
    const name = /^\$\[(.*)\]$/.exec(part)?.[1];
    if (name === undefined) {
      fail(ErrorCode.DollarPrefixedFieldName,
           `The dollar ($) prefixed field '${part}' in '${path}' is not allowed in the context of an update`);
    }
    const accepts = name === '' ? () => true : arrayFilters.find(name, path);
    found = found.flatMap((base) => {
      const array = new Slot(document, base).get();
      if (!Array.isArray(array)) {
        fail(
          ErrorCode.BadValue,
          `The path '${base.join('.')}' must exist in the document in order to apply array updates.`);
      }
      return array.flatMap((item, i) => accepts(item) ? [[...base, String(i)]] : []);
    });
  }
  return found.map((place) => new Slot(document, place));
}
