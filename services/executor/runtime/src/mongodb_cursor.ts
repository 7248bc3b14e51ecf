// What `find` and `aggregate` give: the documents of a result, fetched as they are asked for.
import {asLong, checkCount, checkDocument, type Document, type Place, run} from './mongodb_command.ts';

interface Batch {
  readonly id: unknown;
  readonly ns: string;
  readonly firstBatch?: Document[];
  readonly nextBatch?: Document[];
}

export class Cursor {
  #documents: Document[] = [];
  #at = 0;
  // Undefined before the first batch; zero when there are no more.
  #id: any;
  #namespace = '';
  // Whoever asks at the same time waits for the same batch.
  #fetching: Promise<void> | undefined;

  readonly #place: Place;
  readonly #action: string;
  readonly #command: Document;

  constructor(place: Place, action: string, command: Document) {
    this.#place = place;
    this.#action = action;
    this.#command = command;
  }

  // The next document; undefined when there are no more.
  async next(): Promise<Document | undefined> {
    while (this.#at >= this.#documents.length) {
      if (this.#isAtEnd()) return undefined;
      await this.#fetch();
    }
    return this.#documents[this.#at++];
  }

  async hasNext(): Promise<boolean> {
    while (this.#at >= this.#documents.length && !this.#isAtEnd()) await this.#fetch();
    return this.#at < this.#documents.length;
  }

  async toArray(): Promise<Document[]> {
    const all: Document[] = [];
    for (;;) {
      for (; this.#at < this.#documents.length; ++this.#at) all[all.length] = this.#documents[this.#at]!;
      if (this.#isAtEnd()) return all;
      await this.#fetch();
    }
  }

  // Ends early when `visit` returns false.
  async forEach(visit: unknown): Promise<void> {
    if (typeof visit !== 'function') throw new TypeError('forEach: the argument must be a function');
    for (let document = await this.next(); document !== undefined; document = await this.next()) {
      if (await visit(document) === false) return this.close();
    }
  }

  // Gives up what was not fetched.
  async close(): Promise<void> {
    this.#documents = [];
    this.#at = 0;
    const id = this.#id;
    this.#id = 0;
    if (id === undefined || Number(id) === 0) return;
    await run(this.#place, 'killCursors', {killCursors: this.#collection(), cursors: [asLong(id)]});
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Document> {
    try {
      for (let document = await this.next(); document !== undefined; document = await this.next()) yield document;
    } finally {
      await this.close();
    }
  }

  protected change(method: string, name: string, value: unknown): this {
    if (this.#id !== undefined || this.#fetching !== undefined) {
      throw new Error(`${method}: the cursor has been read already`);
    }
    this.#command[name] = value;
    return this;
  }

  #isAtEnd(): boolean {
    return this.#id !== undefined && Number(this.#id) === 0;
  }

  #collection(): string {
    return this.#namespace.slice(this.#namespace.indexOf('.') + 1);
  }

  #fetch(): Promise<void> {
    this.#fetching ??= this.#fetchBatch().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #fetchBatch(): Promise<void> {
    const first = this.#id === undefined;
    const {lsid, txnNumber, autocommit} = this.#command;
    const command = first ? this.#command :
      {getMore: asLong(this.#id), collection: this.#collection(), lsid, txnNumber, autocommit};
    const {cursor}: {cursor: Batch} = await run(this.#place, first ? this.#action : 'getMore', command) as any;
    // It was closed meanwhile.
    if (!first && this.#isAtEnd()) return;
    this.#id = cursor.id;
    this.#namespace = cursor.ns;
    this.#documents = cursor.firstBatch ?? cursor.nextBatch ?? [];
    this.#at = 0;
  }
}

// The cursor of `find` can be told more before it is read.
export class FindCursor extends Cursor {
  sort(order: unknown): this {
    return this.change('sort', 'sort', checkDocument('sort', 'the order', order));
  }

  skip(count: unknown): this {
    return this.change('skip', 'skip', checkCount('skip', 'the number', count));
  }

  // Zero means all.
  limit(count: unknown): this {
    return this.change('limit', 'limit', checkCount('limit', 'the number', count));
  }

  project(projection: unknown): this {
    return this.change('project', 'projection', checkDocument('project', 'the projection', projection));
  }
}
