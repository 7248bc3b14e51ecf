// Commands that read documents.
import type {Long} from 'bson';
import {Aggregator} from 'mingo/aggregator';
import {
  arrayField, booleanField, checkFields, countField, documentField, longOf, variablesOf, wrongType
} from './arguments.ts';
import {type Document, plain, writeDocument, writeStored} from './bson_values.ts';
import {checkCollection} from './catalog.ts';
import {continueCursor, killCursor, openCursor, type Source, sourceOf} from './cursors.ts';
import {ErrorCode, fail} from './errors.ts';
import {native} from './native.ts';
import {isNumeric, toNumber} from './numbers.ts';
import {isDocument, ValueMap} from './order.ts';
import {candidatesAt, isIndex, missing, splitPath} from './paths.ts';
import {projection} from './projection.ts';
import {compile, isStage, mingoOptions, withRegexes} from './query.ts';
import {documentOf, type Match, matches} from './scan.ts';
import {compareKeys, keysOf, parseSort, type SortKey} from './sorting.ts';
import {positionOf} from './update_paths.ts';

// What find may hold to sort it.
const sortBytesMax = 64 << 20;

export interface Call {
  database: string;
  command: Document;
  now: number;
}

type Output = (match: Match) => Uint8Array;

// What is not changed is passed on byte for byte.
function outputOf(specification: Document, filter: Document): Output {
  if (Object.keys(specification).length === 0) return (match) => match.bytes;
  const project = findProjection(specification, filter);
  return (match) => writeDocument(project(documentOf(match)));
}

export function findProjection(specification: Document, filter: Document): (document: Document) => Document {
  return projection(specification, mingoOptions(), {
    positionOf: (document, path) => positionOf(document, filter, path),
    elementTest(criteria) {
      const accepts = compile({items: {$elemMatch: criteria}});
      return (item) => accepts({items: [item]});
    },
  });
}

// A scan that goes on where it was, in the order of insertion.
class Scan implements Source {
  readonly waitingBytes = 0;
  #after = 0;
  #matches: Generator<Match> | undefined;

  constructor(private readonly collection: number, private readonly filter: Document,
              private readonly variables: Document | undefined, private readonly output: Output,
              private skip: number, private left: number) {}

  get isOver(): boolean {
    return this.left === 0;
  }

  next(): IteratorResult<Uint8Array, unknown> {
    this.#matches ??= matches(this.collection, this.filter, this.variables, this.#after);
    while (this.left > 0) {
      const {value, done} = this.#matches.next();
      if (done) break;
      this.#after = value.row;
      if (this.skip > 0) {
        --this.skip;
        continue;
      }
      --this.left;
      return {done: false, value: this.output(value)};
    }
    return {done: true, value: undefined};
  }

  suspend(): void {
    this.#matches = undefined;
  }
}

interface Keyed {
  match: Match;
  keys: unknown[];
}

// Of as many as are wanted at most, the first in the order. Those that are equal stay in the order of insertion.
export function firstInOrder(found: Iterable<Match>, sort: SortKey[], wanted: number, natural: boolean): Match[] {
  let kept: Keyed[] = [];
  let bytes = 0;
  const order = (a: Keyed, b: Keyed): number => natural ? (a.match.row - b.match.row) * sort[0]!.direction :
                                                          compareKeys(a.keys, b.keys, sort);
  for (const match of found) {
    // The record's buffer holds its neighbours, too, and the document is quickly read again.
    const own = {row: match.row, bytes: match.bytes.slice(), document: undefined};
    kept.push({match: own, keys: natural ? [] : keysOf(documentOf(match), sort)});
    bytes += own.bytes.length;
    if (kept.length >= 2 * wanted + 100) {
      kept = kept.sort(order).slice(0, wanted);
      bytes = kept.reduce((sum, {match: {bytes: each}}) => sum + each.length, 0);
    }
    if (bytes > sortBytesMax) {
      fail(
        ErrorCode.SortMemoryLimit,
        `Executor error during find command: Sort exceeded memory limit of ${sortBytesMax} bytes`);
    }
  }
  return kept.sort(order).slice(0, wanted).map(({match}) => match);
}

export function sortOf(specification: Document): {sort: SortKey[]; natural: boolean} {
  return {sort: parseSort(specification), natural: Object.keys(specification)[0] === '$natural'};
}

export function find({database, command, now}: Call): Uint8Array {
  checkFields(command, [
    'filter', 'sort', 'projection', 'skip', 'limit', 'batchSize', 'singleBatch', 'noCursorTimeout',
    'allowPartialResults', 'returnKey', 'showRecordId', 'max', 'min',
  ]);
  const odd = ['returnKey', 'showRecordId', 'max', 'min'].find((field) => command[field]);
  if (odd !== undefined) fail(ErrorCode.NotImplemented, `'${odd}' is not supported by the embedded database`);
  const name = command.find;
  checkCollection(database, name);
  const filter = documentField(command, 'filter');
  const variables = variablesOf(command);
  const skip = countField(command, 'skip') ?? 0;
  const limit = countField(command, 'limit') || Infinity;
  const output = outputOf(documentField(command, 'projection'), filter);
  const {sort, natural} = sortOf(documentField(command, 'sort'));
  const collection = native.findCollection(database, name);
  let source: Source;
  if (sort.length === 0 || (natural && sort[0]!.direction === 1)) {
    source = new Scan(collection, filter, variables, output, skip, limit);
  } else {
    const found = firstInOrder(matches(collection, filter, variables), sort, skip + limit, natural);
    source = sourceOf(found.slice(skip).map(output));
  }
  const options = {
    batchSize: countField(command, 'batchSize'),
    singleBatch: booleanField(command, 'singleBatch', false)
  };
  return openCursor(`${database}.${name}`, source, options, now);
}

export function getMore({database, command, now}: Call): Uint8Array {
  checkFields(command, ['collection', 'batchSize', 'term']);
  const id = longOf('getMore', command.getMore);
  checkCollection(database, command.collection);
  return continueCursor(id, `${database}.${command.collection}`, countField(command, 'batchSize'), now);
}

export function killCursors({database, command}: Call): Document {
  checkFields(command, ['cursors']);
  checkCollection(database, command.killCursors);
  const cursorsKilled: Long[] = [];
  const cursorsNotFound: Long[] = [];
  for (const value of arrayField(command, 'cursors')) {
    const id = longOf('cursors', value);
    (killCursor(id) ? cursorsKilled : cursorsNotFound).push(id);
  }
  return {cursorsKilled, cursorsNotFound, cursorsAlive: [], cursorsUnknown: []};
}

export function count({database, command}: Call): Document {
  checkFields(command, ['query', 'limit', 'skip', 'fields']);
  checkCollection(database, command.count);
  const filter = documentField(command, 'query');
  const skip = countField(command, 'skip') ?? 0;
  const limit = countField(command, 'limit') || Infinity;
  const collection = native.findCollection(database, command.count);
  let n = 0;
  if (Object.keys(filter).length === 0) {
    n = collection === 0 ? 0 : native.countDocuments(collection);
  } else {
    for (const _ of matches(collection, filter)) {
      if (++n >= skip + limit) break;
    }
  }
  return {n: Math.min(Math.max(n - skip, 0), limit)};
}

export function distinct({database, command}: Call): Document {
  checkFields(command, ['key', 'query']);
  checkCollection(database, command.distinct);
  if (typeof command.key !== 'string') wrongType('distinct.key', command.key, 'string');
  const parts = splitPath(command.key);
  const values = new ValueMap<true>();
  const collection = native.findCollection(database, command.distinct);
  for (const match of matches(collection, documentField(command, 'query'))) {
    for (const value of candidatesAt(documentOf(match), parts)) {
      // Of an array its items count, unless a path ends in an index.
      if (value !== missing && (!Array.isArray(value) || isIndex(parts[parts.length - 1]!))) values.set(value, true);
    }
  }
  return {values: [...values.keys()]};
}

function* documentsOf(found: Iterable<Match>): Generator<Document> {
  for (const match of found) yield documentOf(match);
}

// A first $match is a filter of the scan, which then may find an `_id` by its key.
function splitMatch(pipeline: any[]): [Document, any[]] {
  const filter = pipeline[0]?.$match;
  return isDocument(filter) ? [filter, pipeline.slice(1)] : [{}, pipeline];
}

export function aggregate({database, command, now}: Call): Uint8Array {
  checkFields(command, ['pipeline', 'cursor', 'explain']);
  if (command.explain) fail(ErrorCode.NotImplemented, 'explain is not supported by the embedded database');
  const pipeline = arrayField(command, 'pipeline');
  if (!pipeline.every((stage) => isDocument(stage) && Object.keys(stage).length === 1)) {
    fail(40323, 'A pipeline stage specification object must contain exactly one field.');
  }
  for (const stage of pipeline) {
    const unknown = Object.keys(stage).find((stageName) => !isStage(stageName));
    if (unknown !== undefined) fail(40324, `Unrecognized pipeline stage name: '${unknown}'`);
  }
  // {aggregate: 1} is of the database, for pipelines that bring their own documents.
  const isOnDatabase = isNumeric(command.aggregate) && toNumber(command.aggregate) === 1;
  const name = isOnDatabase ? '$cmd.aggregate' : command.aggregate;
  if (!isOnDatabase) checkCollection(database, name);
  if (!isDocument(command.cursor)) {
    fail(ErrorCode.FailedToParse, `The 'cursor' option is required, except for aggregate with the explain argument`);
  }
  const variables = variablesOf(command);
  const collection = isOnDatabase ? 0 : native.findCollection(database, name);
  const read = (from: string): Document[] => {
    checkCollection(database, from);
    return [...documentsOf(matches(native.findCollection(database, from), {}))];
  };
  const [filter, rest] = splitMatch(pipeline);
  const aggregator = new Aggregator(
      withRegexes(plain(rest)), mingoOptions({collectionResolver: read, variables}));
  const results: Uint8Array[] = [];
  for (const document of aggregator.stream(documentsOf(matches(collection, filter, variables)))) {
    results.push(writeStored(document as Document, 'return'));
  }
  return openCursor(
    `${database}.${name}`, sourceOf(results), {batchSize: countField(command.cursor, 'batchSize')}, now);
}
