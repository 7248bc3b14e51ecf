// What the engine's isolate gets from its host. The other end is services/executor/js/document_natives.cc.
export const enum Encoding {
  Utf8 = 0,
  Hex = 1,
  Base64 = 2,
}

// A collection is known by a number; rows are numbered in the order of insertion. `key` is what order.ts makes of an
// `_id`. Records are, one behind the other, a row as a double and its document. All of it is of one command's
// transaction; what throws has made the command fail.
export interface Native {
  encode(bytes: Uint8Array, start: number, end: number, encoding: Encoding): string;
  // Undefined when the text is not of that encoding.
  decode(text: string, encoding: Encoding): Uint8Array | undefined;
  random(bytes: number): Uint8Array;
  // The command failed, as MongoDB says it.
  fail(code: number, name: string, message: string): void;

  // From here on the command may write; before it, it must not have read.
  beginWrite(): void;
  // Names of databases, of a database's collections.
  databases(): string[];
  collections(database: string): string[];
  // 0 if there is none.
  findCollection(database: string, name: string): number;
  createCollection(database: string, name: string): number;
  dropCollection(collection: number): void;
  // Bytes of its documents.
  collectionBytes(collection: number): number;
  countDocuments(collection: number): number;
  // A record; undefined if there is none.
  get(collection: number, key: string): Uint8Array | undefined;
  // Records behind a row: of `bytes` bytes or just beyond, none at the end.
  scan(collection: number, after: number, bytes: number): Uint8Array;
  // The new row. 0 if the key is there already, -1 and less if the first, second ... of `uniqueKeys` is.
  insert(collection: number, key: string, document: Uint8Array, uniqueKeys: string[]): number;
  // 0, or as above.
  replace(collection: number, row: number, document: Uint8Array, uniqueKeys: string[]): number;
  remove(collection: number, row: number): void;
  // Puts keys beside a document that is there; as replace().
  addUniqueKeys(collection: number, row: number, uniqueKeys: string[]): number;
  removeUniqueKeys(collection: number, prefix: string): void;

  // Specifications of indexes, as BSON.
  indexes(collection: number): Uint8Array[];
  putIndex(collection: number, name: string, specification: Uint8Array): void;
  dropIndex(collection: number, name: string): void;
}

export let native: Native;

export function setNative(value: Native): void {
  native = value;
}
