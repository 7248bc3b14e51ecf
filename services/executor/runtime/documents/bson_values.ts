// BSON in and out.
import {deserialize, Double, Long, serialize} from 'bson';
import {ErrorCode, fail} from './errors.ts';

export type Document = Record<string, any>;

export const documentBytesMax = 16 << 20;
// What a command may have beside a document of the largest size.
export const messageBytesMax = documentBytesMax + (16 << 10);

// Numbers are as numbers.ts says, regular expressions as they were.
const exact = {promoteLongs: false, promoteBuffers: false, bsonRegExp: true};

export function readDocument(bytes: Uint8Array): Document {
  return deserialize(bytes, exact);
}

// A command: `raw` names its arrays whose documents are wanted as bytes.
export function readCommand(bytes: Uint8Array, raw?: string): Document {
  return deserialize(bytes, {...exact, ...raw !== undefined && {fieldsAsRaw: {[raw]: true}}});
}

// The name of a document's first field, which in a JavaScript object may stand elsewhere.
export function firstName(bytes: Uint8Array): string {
  let name = '';
  for (let at = 5; at < bytes.length && bytes[at] !== 0; ++at) name += String.fromCharCode(bytes[at]!);
  return name;
}

// Without what is undefined.
export function writeDocument(document: Document): Uint8Array {
  return serialize(document, {ignoreUndefined: true});
}

// A document that is to be stored.
export function writeStored(document: Document, purpose: string): Uint8Array {
  const bytes = writeDocument(document);
  checkSize(bytes, purpose);
  return bytes;
}

export function checkSize(bytes: Uint8Array, purpose: string): void {
  if (bytes.length <= documentBytesMax) return;
  fail(ErrorCode.DocumentTooLarge,
       `object to ${purpose} too large. size in bytes: ${bytes.length}, max size: ${documentBytesMax}`);
}

// What mingo computes with and compares to literals in its own code: a Double that is whole becomes a number. For
// specifications, not for values that are stored.
export function plain(value: any): any {
  if (value instanceof Double) return value.value;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null || value.constructor !== Object) return value;
  const result: Document = {};
  for (const name of Object.keys(value)) setOwn(result, name, plain(value[name]));
  return result;
}

// An assignment that `__proto__` does not turn into something else.
export function setOwn(target: Document, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(target, name, {value, writable: true, enumerable: true, configurable: true});
  } else {
    target[name] = value;
  }
}

export interface StoredDocument {
  row: number;
  bytes: Uint8Array;
}

// The records of a buffer from the store; see native.ts.
export function* recordsOf(buffer: Uint8Array): Generator<StoredDocument> {
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  for (let at = 0; at < buffer.length;) {
    const row = view.getFloat64(at, true);
    const end = at + 8 + view.getInt32(at + 8, true);
    yield {row, bytes: buffer.subarray(at + 8, end)};
    at = end;
  }
}

function ascii(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; ++i) bytes[i] = text.charCodeAt(i);
  return bytes;
}

const cursorName = ascii('\x03cursor\0');
const firstBatchName = ascii('\x04firstBatch\0');
const nextBatchName = ascii('\x04nextBatch\0');
const okay = serialize({ok: new Double(1)}).slice(4);

// A reply with a batch, whose documents are copied byte for byte.
export function cursorReply(id: Long, namespace: string, batch: Uint8Array[], isFirst: boolean): Uint8Array {
  const batchName = isFirst ? firstBatchName : nextBatchName;
  // Before each document its type and its number in the array, and a zero.
  const arrayBytes = batch.reduce((sum, document, i) => sum + 2 + String(i).length + document.length, 5);
  // The elements of the cursor behind the batch, and its end.
  const rest = serialize({id, ns: namespace}).subarray(4);
  const cursorBytes = 4 + batchName.length + arrayBytes + rest.length;
  const reply = new Uint8Array(4 + cursorName.length + cursorBytes + okay.length);
  const view = new DataView(reply.buffer);
  let at = 0;
  const int32 = (value: number): void => {
    view.setInt32(at, value, true);
    at += 4;
  };
  const bytes = (value: Uint8Array): void => {
    reply.set(value, at);
    at += value.length;
  };
  int32(reply.length);
  bytes(cursorName);
  int32(cursorBytes);
  bytes(batchName);
  int32(arrayBytes);
  batch.forEach((document, i) => {
    reply[at++] = 3;
    for (const digit of String(i)) reply[at++] = digit.charCodeAt(0);
    ++at;
    bytes(document);
  });
  ++at;
  bytes(rest);
  bytes(okay);
  return reply;
}
