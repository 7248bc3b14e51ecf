// Plays the host of the engine: a context with its bundle, and a store in memory.
import {randomBytes} from 'node:crypto';
import {readFileSync} from 'node:fs';
import vm from 'node:vm';
import {deserialize, EJSON, serialize} from 'bson';

const engine = new vm.Script(readFileSync(process.env.OVERLOCK_DOCUMENTS!, 'utf8'), {filename: 'overlock:documents'});
const encodings = ['utf8', 'hex', 'base64'] as const;

interface Row {
  row: number;
  key: string;
  bytes: Buffer;
  uniqueKeys: string[];
}
interface Collection {
  id: number;
  database: string;
  name: string;
  rows: Row[];
  indexes: Map<string, Uint8Array>;
}
export interface Failure {
  code: number;
  name: string;
  message: string;
}

export class EngineHost {
  readonly #collections: Collection[] = [];
  #lastId = 0;
  #lastRow = 0;
  #failure: Failure | undefined;
  // The context's own class.
  readonly #bytes: typeof Uint8Array;
  readonly #run: (database: string, command: Uint8Array, now: number) => Uint8Array | undefined;
  // What scans gave.
  scannedBytes = 0;
  now = 0;

  constructor() {
    const context = vm.createContext({});
    engine.runInContext(context);
    this.#bytes = vm.runInContext('Uint8Array', context);
    this.#run = (context as any).overlockStart(this.#natives());
  }

  // `command` is Extended JSON, as text or as an object; so is the reply. Throws a failure.
  run(command: unknown, database = 'db'): any {
    const document = EJSON.parse(typeof command === 'string' ? command : JSON.stringify(command), {relaxed: false});
    const reply = deserialize(this.runBytes(serialize(document, {ignoreUndefined: true}), database), {
      promoteValues: false, bsonRegExp: true,
    });
    return JSON.parse(EJSON.stringify(reply, {relaxed: false}));
  }

  runBytes(command: Uint8Array, database = 'db'): Uint8Array {
    this.#failure = undefined;
    const reply = this.#run(database, new this.#bytes(command), this.now);
    if (reply === undefined) throw this.#failure;
    return reply;
  }

  #natives(): object {
    const find = (id: number): Collection => this.#collections.find((each) => each.id === id)!;
    const record = ({row, bytes}: Row): Buffer => {
      const head = Buffer.alloc(8);
      head.writeDoubleLE(row);
      return Buffer.concat([head, bytes]);
    };
    const copy = (bytes: Uint8Array): Uint8Array => new this.#bytes(bytes);
    const conflict = (collection: Collection, row: number, keys: string[]): number => {
      const taken =
        keys.findIndex((key) => collection.rows.some((each) => each.row !== row && each.uniqueKeys.includes(key)));
      return taken < 0 ? 0 : -taken - 1;
    };
    return {
      encode: (bytes: Uint8Array, start: number, end: number, encoding: number) =>
        Buffer.from(bytes.subarray(start, end)).toString(encodings[encoding]),
      decode: (text: string, encoding: number) => copy(Buffer.from(text, encodings[encoding])),
      random: (bytes: number) => copy(randomBytes(bytes)),
      fail: (code: number, name: string, message: string) => {
        this.#failure = {code, name, message};
      },
      beginWrite() {},
      databases: () => [...new Set(this.#collections.map(({database}) => database))].sort(),
      collections: (database: string) =>
        this.#collections.filter((each) => each.database === database).map(({name}) => name).sort(),
      findCollection: (database: string, name: string) =>
        this.#collections.find((each) => each.database === database && each.name === name)?.id ?? 0,
      createCollection: (database: string, name: string) => {
        this.#collections.push({id: ++this.#lastId, database, name, rows: [], indexes: new Map()});
        return this.#lastId;
      },
      dropCollection: (id: number) => {
        this.#collections.splice(this.#collections.findIndex((each) => each.id === id), 1);
      },
      collectionBytes: (id: number) => find(id).rows.reduce((sum, {bytes}) => sum + bytes.length, 0),
      countDocuments: (id: number) => find(id).rows.length,
      get: (id: number, key: string) => {
        const row = find(id).rows.find((each) => each.key === key);
        return row && copy(record(row));
      },
      scan: (id: number, after: number, bytesMax: number) => {
        let chunk = Buffer.alloc(0);
        for (const row of find(id)?.rows ?? []) {
          if (row.row > after && chunk.length < bytesMax) chunk = Buffer.concat([chunk, record(row)]);
        }
        this.scannedBytes += chunk.length;
        return copy(chunk);
      },
      insert: (id: number, key: string, bytes: Uint8Array, uniqueKeys: string[]) => {
        const collection = find(id);
        if (collection.rows.some((each) => each.key === key)) return 0;
        const taken = conflict(collection, 0, uniqueKeys);
        if (taken < 0) return taken;
        collection.rows.push({row: ++this.#lastRow, key, bytes: Buffer.from(bytes), uniqueKeys: [...uniqueKeys]});
        return this.#lastRow;
      },
      replace: (id: number, row: number, bytes: Uint8Array, uniqueKeys: string[]) => {
        const taken = conflict(find(id), row, uniqueKeys);
        if (taken < 0) return taken;
        Object.assign(find(id).rows.find((each) => each.row === row)!, {
          bytes: Buffer.from(bytes), uniqueKeys: [...uniqueKeys],
        });
        return 0;
      },
      remove: (id: number, row: number) => {
        const {rows} = find(id);
        rows.splice(rows.findIndex((each) => each.row === row), 1);
      },
      addUniqueKeys: (id: number, row: number, uniqueKeys: string[]) => {
        const taken = conflict(find(id), row, uniqueKeys);
        if (taken === 0) find(id).rows.find((each) => each.row === row)!.uniqueKeys.push(...uniqueKeys);
        return taken;
      },
      removeUniqueKeys: (id: number, prefix: string) => {
        for (const row of find(id).rows) row.uniqueKeys = row.uniqueKeys.filter((key) => !key.startsWith(prefix));
      },
      indexes: (id: number) => [...find(id).indexes.values()],
      putIndex: (id: number, name: string, specification: Uint8Array) => {
        find(id).indexes.set(name, copy(specification));
      },
      dropIndex: (id: number, name: string) => find(id).indexes.delete(name),
    };
  }
}
