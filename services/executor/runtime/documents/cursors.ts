// Open cursors: few, and not for ever. Those of one application's service are in one isolate.
import {Long} from 'bson';
import {cursorReply, documentBytesMax} from './bson_values.ts';
import {CommandError, ErrorCode, fail} from './errors.ts';
import {native} from './native.ts';

const cursorsMax = 100;
const idleMillisecondsMax = 10 * 60 * 1000;
// Of results that wait in all cursors.
const waitingBytesMax = 64 << 20;
const firstBatchDocuments = 101;
// What a document's place in a batch takes at most.
const itemBytes = 10;

// Where the rest of a result comes from. A scan goes on behind `position`, whatever was written meanwhile.
export interface Source {
  next(): IteratorResult<Uint8Array, unknown>;
  // True once it is known that nothing comes any more.
  readonly isOver: boolean;
  // Of results that are there already.
  waitingBytes: number;
  // For the time until the next batch: forgets what belongs to this command's transaction.
  suspend?(): void;
}

interface Cursor {
  // Zero until it is kept.
  id: Long;
  namespace: string;
  source: Source;
  usedAt: number;
  // Taken from the source, and too large for the last batch.
  pending: Uint8Array | undefined;
}

const cursors = new Map<string, Cursor>();

export function expireCursors(now: number): void {
  for (const [key, cursor] of cursors) {
    if (now - cursor.usedAt > idleMillisecondsMax) cursors.delete(key);
  }
}

function newId(): Long {
  const bytes = native.random(8);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  return new Long(view.getInt32(0, true) | 1, view.getInt32(4, true) & 0x7fffffff);
}

function keep(cursor: Cursor, now: number): Long {
  let waiting = 0;
  for (const other of cursors.values()) waiting += other.source.waitingBytes;
  if (waiting + cursor.source.waitingBytes > waitingBytesMax) {
    fail(ErrorCode.ExceededMemoryLimit, `the results that wait in cursors are more than ${waitingBytesMax} bytes`);
  }
  // The one that was not used for the longest time stands first.
  if (cursors.size >= cursorsMax) cursors.delete(cursors.keys().next().value!);
  if (cursor.id.isZero()) cursor.id = newId();
  cursor.usedAt = now;
  cursor.source.suspend?.();
  cursors.set(cursor.id.toString(), cursor);
  return cursor.id;
}

// Takes documents until the batch is full. As on a server, whether there are more is often not known then, and the last
// batch is empty.
function takeBatch(cursor: Cursor, documentsMax: number): {batch: Uint8Array[]; isOver: boolean} {
  const batch: Uint8Array[] = [];
  let bytes = 0;
  while (batch.length < documentsMax) {
    let document = cursor.pending;
    if (document === undefined) {
      const next = cursor.source.next();
      if (next.done) return {batch, isOver: true};
      document = next.value;
    }
    if (batch.length > 0 && bytes + document.length + itemBytes > documentBytesMax) {
      cursor.pending = document;
      return {batch, isOver: false};
    }
    cursor.pending = undefined;
    batch.push(document);
    bytes += document.length + itemBytes;
  }
  return {batch, isOver: cursor.source.isOver};
}

export interface BatchOptions {
  batchSize: number | undefined;
  singleBatch?: boolean;
}

// The reply of a command that opens a cursor.
export function openCursor(
    namespace: string, source: Source, options: BatchOptions, now: number): Uint8Array {
  const cursor: Cursor = {id: Long.ZERO, namespace, source, usedAt: now, pending: undefined};
  const documentsMax = options.batchSize ?? firstBatchDocuments;
  const {batch, isOver} = takeBatch(cursor, documentsMax);
  return cursorReply(isOver || options.singleBatch ? Long.ZERO : keep(cursor, now), namespace, batch, true);
}

export function continueCursor(id: Long, namespace: string, batchSize: number | undefined, now: number): Uint8Array {
  const cursor = cursors.get(id.toString());
  if (cursor === undefined) throw new CommandError(ErrorCode.CursorNotFound, `cursor id ${id} not found`);
  if (cursor.namespace !== namespace) {
    fail(
      13,
      `Requested getMore on namespace '${namespace}', but cursor belongs to a different namespace ${cursor.namespace}`);
  }
  cursors.delete(id.toString());
  const {batch, isOver} = takeBatch(cursor, batchSize || Infinity);
  return cursorReply(isOver ? Long.ZERO : keep(cursor, now), namespace, batch, false);
}

export function killCursor(id: Long): boolean {
  return cursors.delete(id.toString());
}

// Results that are there already.
export function sourceOf(documents: Uint8Array[]): Source {
  let at = 0;
  return {
    next() {
      if (at >= documents.length) return {done: true, value: undefined};
      const value = documents[at++]!;
      this.waitingBytes -= value.length;
      return {done: false, value};
    },
    get isOver() {
      return at >= documents.length;
    },
    waitingBytes: documents.reduce((sum, document) => sum + document.length, 0),
  };
}
