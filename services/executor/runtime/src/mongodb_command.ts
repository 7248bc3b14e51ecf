// Commands to MongoDB as functions send them: checked arguments in, the server's reply out (spec section 11). The
// supervisor knows the cluster and the rules.
import {deserialize, Long, ObjectId, serialize} from 'bson';
import {hasOwn} from './has_own.ts';
import {Kind, native} from './native.ts';
import {callService} from './services.ts';

export type Document = Record<string, any>;

// Where a command goes.
export interface Place {
  readonly service: string;
  readonly database: string;
  // Empty for a command to the database itself.
  readonly collection: string;
}

const {isArray} = Array;
const {keys} = Object;
const {isInteger} = Number;
// The server's names of errors that concern one document: its reply has the code alone.
const writeErrorNames: Record<number, string> = {
  11000: 'DuplicateKey', 121: 'DocumentValidationFailure', 66: 'ImmutableField', 2: 'BadValue', 9: 'FailedToParse',
  14: 'TypeMismatch', 28: 'PathNotViable', 10334: 'BSONObjectTooLarge',
};

function describe(value: any): string {
  switch (typeof value) {
    case 'undefined': return 'undefined';
    case 'object': break;
    default: return `a ${typeof value}`;
  }
  if (value === null) return 'null';
  if (isArray(value)) return 'an array';
  if (typeof value._bsontype === 'string') return `BSON.${value._bsontype}`;
  return isDocument(value) ? 'an object' : 'another type';
}

function isDocument(value: any): boolean {
  if (typeof value !== 'object' || value === null || isArray(value)) return false;
  if (typeof value._bsontype === 'string') return false;
  const kind = native.kindOf(value);
  return kind === Kind.Other || kind === Kind.Map || kind === Kind.Proxy;
}

// `method` is what the function called, `what` the argument's name there.
export function checkDocument(method: string, what: string, value: unknown): Document {
  if (!isDocument(value)) throw new TypeError(`${method}: ${what} must be an object, not ${describe(value)}`);
  return value as Document;
}

export function optionalDocument(method: string, what: string, value: unknown): Document | undefined {
  return value === undefined || value === null ? undefined : checkDocument(method, what, value);
}

export function checkArray(method: string, what: string, value: unknown): unknown[] {
  if (!isArray(value)) throw new TypeError(`${method}: ${what} must be an array, not ${describe(value)}`);
  return value;
}

export function checkName(method: string, what: string, value: unknown): string {
  if (typeof value !== 'string' || value === '' || value.includes('\0')) {
    const given = value === '' ? 'empty' : describe(value);
    throw new TypeError(`${method}: ${what} must be a string with text, not ${given}`);
  }
  return value;
}

// A count of documents, also as BSON.Int32 or BSON.Long.
export function checkCount(method: string, what: string, value: any): number {
  const number = typeof value === 'object' && value !== null && value._bsontype ? Number(value.toString()) : value;
  if (typeof number !== 'number' || !isInteger(number) || number < 0 || number > 0x7fffffff) {
    throw new TypeError(`${method}: ${what} must be an integer from 0 to ${0x7fffffff}`);
  }
  return number;
}

// A query must not lose a condition: what is undefined means null there, where a stored document leaves it out.
function withoutGaps(value: any): unknown {
  if (value === undefined) return null;
  if (typeof value === 'function') return value._bsontype === undefined ? null : new value();
  if (isArray(value)) return value.map(withoutGaps);
  if (!isDocument(value) || native.kindOf(value) !== Kind.Other || typeof value.toBSON === 'function') return value;
  const copy: Document = {};
  for (const name of keys(value)) {
    const part = withoutGaps(value[name]);
    if (name !== '__proto__') copy[name] = part;
    else Object.defineProperty(copy, name, {value: part, writable: true, enumerable: true, configurable: true});
  }
  return copy;
}

export function checkQuery(method: string, what: string, value: unknown): Document {
  return value === undefined || value === null ? {} : withoutGaps(checkDocument(method, what, value)) as Document;
}

export function checkPipeline(method: string, value: unknown): Document[] {
  const stages = checkArray(method, 'the pipeline', value);
  return stages.map((stage, i) => withoutGaps(checkDocument(method, `stage ${i} of the pipeline`, stage)) as Document);
}

// An update has operators, or is a pipeline.
export function checkUpdate(method: string, value: unknown): Document | Document[] {
  if (isArray(value)) return checkPipeline(method, value);
  const update = checkDocument(method, 'the update', value);
  const names = keys(update);
  if (names.length === 0 || !names.every((name) => name.startsWith('$'))) {
    throw new TypeError(`${method}: the update must have operators such as $set, and nothing else`);
  }
  return update;
}

export function checkReplacement(method: string, value: unknown): Document {
  const replacement = checkDocument(method, 'the replacement', value);
  const operator = keys(replacement).find((name) => name.startsWith('$'));
  if (operator !== undefined) throw new TypeError(`${method}: the replacement must have no operators, not ${operator}`);
  return replacement;
}

// The document with an `_id`, which is made here if it has none. The caller's own is not touched.
export function withId(document: Document): Document {
  const plain = typeof document.toBSON === 'function' ? document.toBSON() :
    native.kindOf(document) === Kind.Map ? Object.fromEntries(document as never) : document;
  const {_id: id, ...rest} = plain;
  return id === undefined ? {_id: new ObjectId(), ...rest} : plain;
}

export function asLong(id: unknown): Long {
  return typeof id === 'number' ? Long.fromNumber(id) : id as Long;
}

// A session, as its commands carry it.
export interface Session {
  fieldsOf(method: string): Document;
}

// The fields that a session, if the options name one, adds to a command.
export function sessionFields(method: string, options: Document | undefined): Document {
  const session = options?.session as Session | undefined | null;
  if (session === undefined || session === null) return {};
  if (typeof session.fieldsOf !== 'function') {
    throw new TypeError(`${method}: options.session must be a session that startSession() gave`);
  }
  return session.fieldsOf(method);
}

// Those of `names` that the options have.
export function pick(options: Document | undefined, ...names: string[]): Document {
  const picked: Document = {};
  for (const name of names) {
    if (options !== undefined && hasOwn(options, name) && options[name] !== undefined) picked[name] = options[name];
  }
  return picked;
}

// Sends a command; `action` says for rules and metrics what the function called. The promise is rejected with the
// server's message, `code` and `codeName`.
export async function run(place: Place, action: string, command: Document): Promise<Document> {
  const argument = {database: place.database, collection: place.collection};
  const {body} = await callService(place.service, action, argument, serialize(command));
  return deserialize(body, {bsonRegExp: true});
}

interface WriteError {
  readonly index: number;
  readonly code: number;
  readonly errmsg: string;
}

// The reply to a write says of each document why it was not written. `more` goes into the error.
export function throwWriteErrors(reply: Document, more: Document = {}): void {
  const errors: WriteError[] = reply.writeErrors ?? [];
  const first = errors[0] ?? reply.writeConcernError;
  if (first === undefined) return;
  const codeName = (first as Document).codeName ?? writeErrorNames[first.code];
  const details = errors.length > 0 ? {writeErrors: errors} : {};
  throw Object.assign(new Error(first.errmsg), {code: first.code, codeName, ...details, ...more});
}
