// Commands that write documents. Each is one transaction. As on a server, an error keeps what was written before it;
// what the time limit ends leaves nothing.
import {ObjectId} from 'bson';
import {
  arrayField, booleanField, checkCollation, checkFields, countField, documentField, variablesOf, wrongType
} from './arguments.ts';
import {checkSize, type Document, firstName, readDocument, writeDocument, writeStored} from './bson_values.ts';
import {checkCollection, openCollection} from './catalog.ts';
import {type CommandError, commandErrorOf, ErrorCode, fail} from './errors.ts';
import {duplicateKey, type Index, indexesOf, uniqueKeysOf} from './indexes.ts';
import {native} from './native.ts';
import {isNumeric, toNumber} from './numbers.ts';
import {bsonTypeOf, isDocument, keyOf} from './order.ts';
import {ownValue} from './paths.ts';
import {type Call, findProjection, firstInOrder, sortOf} from './reads.ts';
import {documentOf, type Match, matches} from './scan.ts';
import {documentOf as documentOfFilter, parseUpdate, type Update} from './update.ts';

const statementsMax = 100_000;

// A collection that is being written to.
class Target {
  readonly namespace: string;
  collection: number;
  indexes: Index[];

  constructor(private readonly database: string, private readonly name: unknown) {
    checkCollection(database, name);
    this.namespace = `${database}.${name}`;
    native.beginWrite();
    this.collection = native.findCollection(database, name);
    this.indexes = indexesOf(this.collection);
  }

  // `document` has its `_id`; `bytes` is what it is written as.
  insert(document: Document, bytes: Uint8Array): void {
    if (this.collection === 0) this.collection = openCollection(this.database, this.name as string);
    const keys = uniqueKeysOf(document, this.indexes);
    const result = native.insert(this.collection, keyOf(document._id), bytes, keys.map(({text}) => text));
    if (result <= 0) throw duplicateKey(this.namespace, result, document._id, keys);
  }

  replace(row: number, document: Document, bytes: Uint8Array): void {
    const keys = uniqueKeysOf(document, this.indexes);
    const result = native.replace(this.collection, row, bytes, keys.map(({text}) => text));
    if (result < 0) throw duplicateKey(this.namespace, result, document._id, keys);
  }
}

function checkId(id: unknown): void {
  const type = bsonTypeOf(id);
  if (type === 'array' || type === 'regex') fail(ErrorCode.InvalidIdField, `The '_id' value cannot be of type ${type}`);
  const name = isDocument(id) ? Object.keys(id).find((field) => field.startsWith('$')) : undefined;
  if (name !== undefined)
    fail(
      ErrorCode.DollarPrefixedFieldName,
      `_id fields may not contain '$'-prefixed fields: ${name} is not valid for storage.`);
}

// With `_id` first.
function withId(document: Document): Document {
  const id = ownValue(document, '_id');
  const {_id, ...rest} = document;
  return {_id: id === undefined ? new ObjectId() : id, ...rest};
}

function insertOne(target: Target, bytes: Uint8Array): void {
  checkSize(bytes, 'insert');
  let document = readDocument(bytes);
  // What has its `_id` in its place is stored as it came.
  if (firstName(bytes) !== '_id' || document._id === undefined) {
    document = withId(document);
    bytes = writeStored(document, 'insert');
  }
  checkId(document._id);
  target.insert(document, bytes);
}

function writeErrorOf(index: number, error: CommandError): Document {
  return {index, code: error.code, ...error.key, errmsg: error.message};
}

// Runs the statements one after the other, until an error if they are ordered.
function runAll(command: Document, statements: any[], run: (statement: any, index: number) => void): Document {
  if (statements.length === 0 || statements.length > statementsMax) {
    fail(72, `Write batch sizes must be between 1 and ${statementsMax}. Got ${statements.length} operations.`);
  }
  const ordered = booleanField(command, 'ordered', true);
  const writeErrors: Document[] = [];
  for (let i = 0; i < statements.length; ++i) {
    try {
      run(statements[i], i);
    } catch (error) {
      writeErrors.push(writeErrorOf(i, commandErrorOf(error)));
      if (ordered) break;
    }
  }
  return writeErrors.length > 0 ? {writeErrors} : {};
}

export function insert({database, command}: Call): Document {
  checkFields(command, ['documents', 'ordered']);
  const target = new Target(database, command.insert);
  let n = 0;
  const errors = runAll(command, arrayField(command, 'documents'), (bytes) => {
    if (!(bytes instanceof Uint8Array)) wrongType('insert.documents', bytes, 'object');
    insertOne(target, bytes);
    ++n;
  });
  return {n, ...errors};
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

interface Changed {
  before: Document;
  after: Document;
  modified: boolean;
}

function changeOne(target: Target, match: Match, update: Update, filter: Document): Changed {
  const before = readDocument(match.bytes);
  const id = keyOf(before._id);
  const after = update.apply(documentOf(match), filter, false);
  if (keyOf(after._id) !== id) {
    fail(
      ErrorCode.ImmutableField,
      update.isReplacement ? `After applying the update, the (immutable) field '_id' was found to have been altered` :
                             `Performing an update on the path '_id' would modify the immutable field '_id'`);
  }
  // The `_id` of the store stays, whatever equal number the update has.
  after._id = before._id;
  const bytes = writeStored(after, 'update');
  const modified = !sameBytes(bytes, match.bytes) && !sameBytes(bytes, writeDocument(before));
  if (modified) target.replace(match.row, after, bytes);
  return {before, after, modified};
}

function insertByUpdate(target: Target, update: Update, filter: Document): Document {
  const wanted = ownValue(documentOfFilter(filter), '_id');
  const base = !update.isReplacement ? documentOfFilter(filter) : wanted === undefined ? {} : {_id: wanted};
  const document = withId(update.apply(base, filter, true));
  if (wanted !== undefined && keyOf(wanted) !== keyOf(document._id)) {
    fail(ErrorCode.ImmutableField, `Performing an update on the path '_id' would modify the immutable field '_id'`);
  }
  checkId(document._id);
  target.insert(document, writeStored(document, 'insert'));
  return document;
}

function checkStatement(statement: unknown, known: string[], field: string): asserts statement is Document {
  if (!isDocument(statement)) wrongType(field, statement, 'object');
  for (const name of Object.keys(statement)) {
    if (!known.includes(name)) fail(ErrorCode.UnknownField, `BSON field '${field}.${name}' is an unknown field.`);
  }
  if (!isDocument(statement.q)) fail(40414, `BSON field '${field}.q' is missing but a required field`);
  checkCollation(statement.collation);
}

export function update({database, command}: Call): Document {
  checkFields(command, ['updates', 'ordered']);
  const target = new Target(database, command.update);
  let n = 0;
  let nModified = 0;
  const upserted: Document[] = [];
  const errors = runAll(command, arrayField(command, 'updates'), (statement, index) => {
    checkStatement(
      statement, ['q', 'u', 'c', 'multi', 'upsert', 'arrayFilters', 'collation', 'hint'], 'update.updates');
    const variables = {...variablesOf(command), ...statement.c};
    const change = parseUpdate(statement.u, statement.arrayFilters, variables);
    const multi = booleanField(statement, 'multi', false);
    if (multi && change.isReplacement) {
      fail(ErrorCode.FailedToParse, 'multi update is not supported for replacement-style update');
    }
    let found = 0;
    for (const match of matches(target.collection, statement.q, variables)) {
      ++found;
      ++n;
      if (changeOne(target, match, change, statement.q).modified) ++nModified;
      if (!multi) break;
    }
    if (found > 0 || !booleanField(statement, 'upsert', false)) return;
    upserted.push({index, _id: insertByUpdate(target, change, statement.q)._id});
    ++n;
  });
  return {n, nModified, ...upserted.length > 0 && {upserted}, ...errors};
}

export function remove({database, command}: Call): Document {
  checkFields(command, ['deletes', 'ordered']);
  const target = new Target(database, command.delete);
  let n = 0;
  const errors = runAll(command, arrayField(command, 'deletes'), (statement) => {
    checkStatement(statement, ['q', 'limit', 'collation', 'hint'], 'delete.deletes');
    const limit = countField(statement, 'limit');
    if (limit !== 0 && limit !== 1) {
      fail(ErrorCode.FailedToParse, `The limit field in delete objects must be 0 or 1. Got ${limit}`);
    }
    for (const match of matches(target.collection, statement.q, variablesOf(command))) {
      native.remove(target.collection, match.row);
      ++n;
      if (limit === 1) break;
    }
  });
  return {n, ...errors};
}

function firstMatch(collection: number, command: Document, filter: Document): Match | undefined {
  const {sort, natural} = sortOf(documentField(command, 'sort'));
  const found = matches(collection, filter, variablesOf(command));
  if (sort.length > 0) return firstInOrder(found, sort, 1, natural)[0];
  const {value, done} = found.next();
  return done ? undefined : value;
}

function flagOf(command: Document, field: string): boolean {
  const value = command[field];
  return isNumeric(value) ? toNumber(value) !== 0 : booleanField(command, field, false);
}

export function findAndModify({database, command}: Call): Document {
  checkFields(command, ['query', 'sort', 'remove', 'update', 'new', 'fields', 'upsert', 'arrayFilters']);
  const name = Object.values(command)[0];
  const removes = flagOf(command, 'remove');
  if (removes === (command.update !== undefined)) {
    fail(ErrorCode.FailedToParse, removes ? 'Cannot specify both an update and remove=true' :
                                            `Either an update or remove=true must be specified`);
  }
  const upsert = flagOf(command, 'upsert');
  const returnsNew = flagOf(command, 'new');
  if (removes && (upsert || returnsNew)) {
    fail(ErrorCode.FailedToParse, `Cannot specify both ${upsert ? 'upsert' : 'new'}=true and remove=true`);
  }
  const filter = documentField(command, 'query');
  const fields = documentField(command, 'fields');
  const project = Object.keys(fields).length > 0 ? findProjection(fields, filter) : (document: Document) => document;
  const change = removes ? undefined : parseUpdate(command.update, command.arrayFilters, variablesOf(command));
  const target = new Target(database, name);
  const match = firstMatch(target.collection, command, filter);
  if (change === undefined) {
    if (match === undefined) return {lastErrorObject: {n: 0}, value: null};
    native.remove(target.collection, match.row);
    return {lastErrorObject: {n: 1}, value: project(readDocument(match.bytes))};
  }
  if (match !== undefined) {
    const {before, after} = changeOne(target, match, change, filter);
    return {lastErrorObject: {n: 1, updatedExisting: true}, value: project(returnsNew ? after : before)};
  }
  if (!upsert) return {lastErrorObject: {n: 0, updatedExisting: false}, value: null};
  const inserted = insertByUpdate(target, change, filter);
  return {
    lastErrorObject: {n: 1, updatedExisting: false, upserted: inserted._id},
    value: returnsNew ? project(inserted) : null,
  };
}
