// The documents of a collection that meet a filter.
import {type Document, readDocument, recordsOf, type StoredDocument} from './bson_values.ts';
import {native} from './native.ts';
import {keyOf} from './order.ts';
import {missing} from './paths.ts';
import {compile, wantedId} from './query.ts';

// A scan reads a little first: many queries want one document only.
const firstChunkBytes = 32 << 10;
const chunkBytesMax = 1 << 20;

export interface Match extends StoredDocument {
  // Undefined where nothing had to look into it: see documentOf().
  document: Document | undefined;
}

export function documentOf(match: Match): Document {
  return match.document ??= readDocument(match.bytes);
}

// All records behind a row, a chunk at a time.
function* records(collection: number, after: number): Generator<StoredDocument> {
  for (let bytes = firstChunkBytes;; bytes = Math.min(bytes * 4, chunkBytesMax)) {
    const chunk = native.scan(collection, after, bytes);
    if (chunk.length === 0) return;
    for (const record of recordsOf(chunk)) {
      after = record.row;
      yield record;
    }
  }
}

// In the order of insertion. `collection` may be 0, for none. A filter that wants one `_id` finds it by its key.
export function* matches(
    collection: number, filter: Document, variables?: Document, after = 0): Generator<Match> {
  const id = wantedId(filter);
  // Of a filter with an `_id` alone the key says all.
  const isPlain = Object.keys(filter).length === (id === missing ? 0 : 1);
  const accepts = isPlain ? undefined : compile(filter, variables);
  if (collection === 0) return;
  let source: Iterable<StoredDocument>;
  if (id === missing) {
    source = records(collection, after);
  } else {
    const record = native.get(collection, keyOf(id));
    source = record === undefined ? [] : recordsOf(record);
  }
  for (const {row, bytes} of source) {
    if (row <= after) continue;
    if (accepts === undefined) {
      yield {row, bytes, document: undefined};
      continue;
    }
    const document = readDocument(bytes);
    if (accepts(document)) yield {row, bytes, document};
  }
}
