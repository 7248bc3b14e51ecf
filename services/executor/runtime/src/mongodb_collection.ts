// Collections (spec section 11): each method makes a command and reads its reply.
import {calculateObjectSize} from 'bson';
import {bulkWrite, type BulkResult} from './mongodb_bulk.ts';
import {
  checkArray, checkCount, checkDocument, checkName, checkPipeline, checkQuery, checkReplacement, checkUpdate,
  type Document, optionalDocument, pick, type Place, run, sessionFields, throwWriteErrors, withId,
} from './mongodb_command.ts';
import {Cursor, FindCursor} from './mongodb_cursor.ts';

export interface UpdateResult {
  matchedCount: number;
  modifiedCount: number;
  upsertedId?: unknown;
}

// What one insert command holds.
const batchBytesMax = 16 << 20;
const batchDocumentsMax = 100_000;

function optionsOf(method: string, value: unknown): Document | undefined {
  return optionalDocument(method, 'options', value);
}

function updateResult(reply: Document): UpdateResult {
  throwWriteErrors(reply);
  const upserted = reply.upserted?.[0];
  const result: UpdateResult = {matchedCount: reply.n - (upserted ? 1 : 0), modifiedCount: reply.nModified ?? 0};
  if (upserted !== undefined) result.upsertedId = upserted._id;
  return result;
}

export class Collection {
  readonly #place: Place;

  constructor(place: Place) {
    this.#place = place;
  }

  get name(): string {
    return this.#place.collection;
  }

  find(query?: unknown, projection?: unknown, options?: unknown): FindCursor {
    return new FindCursor(this.#place, 'find', this.#findCommand('find', query, projection, options));
  }

  async findOne(query?: unknown, projection?: unknown, options?: unknown): Promise<Document | null> {
    const command = this.#findCommand('findOne', query, projection, options);
    const {cursor} = await run(this.#place, 'findOne', {...command, limit: 1, singleBatch: true});
    return cursor.firstBatch[0] ?? null;
  }

  async findOneAndUpdate(query: unknown, update: unknown, options?: unknown): Promise<Document | null> {
    const method = 'findOneAndUpdate';
    return this.#findAndModify(method, query, {update: checkUpdate(method, update)}, options);
  }

  async findOneAndReplace(query: unknown, replacement: unknown, options?: unknown): Promise<Document | null> {
    const method = 'findOneAndReplace';
    return this.#findAndModify(method, query, {update: checkReplacement(method, replacement)}, options);
  }

  async findOneAndDelete(query: unknown, options?: unknown): Promise<Document | null> {
    return this.#findAndModify('findOneAndDelete', query, {remove: true}, options);
  }

  async count(query?: unknown, options?: unknown): Promise<number> {
    return this.#count('count', checkQuery('count', 'the query', query), options);
  }

  async estimatedDocumentCount(options?: unknown): Promise<number> {
    return this.#count('estimatedDocumentCount', undefined, options);
  }

  // Exact where `count` may go by what the server remembers, and allowed in a transaction.
  async countDocuments(query?: unknown, options?: unknown): Promise<number> {
    const method = 'countDocuments';
    const given = optionsOf(method, options);
    const pipeline: Document[] = [{$match: checkQuery(method, 'the query', query)}];
    if (given?.skip !== undefined) pipeline.push({$skip: checkCount(method, 'options.skip', given.skip)});
    if (given?.limit !== undefined) pipeline.push({$limit: checkCount(method, 'options.limit', given.limit)});
    pipeline.push({$group: {_id: 1, n: {$sum: 1}}});
    const {cursor} = await run(this.#place, method, {
      aggregate: this.name, pipeline, cursor: {}, ...pick(given, 'hint', 'maxTimeMS', 'collation'),
      ...sessionFields(method, given),
    });
    return cursor.firstBatch[0]?.n ?? 0;
  }

  async insertOne(document: unknown, options?: unknown): Promise<{insertedId: unknown}> {
    const method = 'insertOne';
    const inserted = withId(checkDocument(method, 'the document', document));
    throwWriteErrors(await run(this.#place, method, {
      insert: this.name, documents: [inserted], ...sessionFields(method, optionsOf(method, options)),
    }));
    return {insertedId: inserted._id};
  }

  async insertMany(documents: unknown, options?: unknown): Promise<{insertedIds: unknown[]}> {
    const method = 'insertMany';
    const given = optionsOf(method, options);
    const ordered = given?.ordered !== false;
    const all = checkArray(method, 'the documents', documents)
        .map((document, i) => withId(checkDocument(method, `document ${i}`, document)));
    if (all.length === 0) throw new TypeError(`${method}: the documents must be at least one`);
    const writeErrors: Document[] = [];
    let writeConcernError: unknown;
    for (let begin = 0, end = 0; begin < all.length; begin = end) {
      end = batchEnd(all, begin);
      const reply = await run(this.#place, method, {
        insert: this.name, documents: all.slice(begin, end), ordered, ...sessionFields(method, given),
      });
      for (const error of reply.writeErrors ?? []) writeErrors.push({...error, index: error.index + begin});
      writeConcernError ??= reply.writeConcernError;
      if (ordered && writeErrors.length > 0) break;
    }
    const failed = new Set(writeErrors.map((error) => error.index));
    const last = ordered && writeErrors.length > 0 ? writeErrors[0]!.index : all.length;
    const insertedIds = all.filter((_, i) => i < last && !failed.has(i)).map((document) => document._id);
    throwWriteErrors({writeErrors, writeConcernError}, {insertedIds});
    return {insertedIds};
  }

  async updateOne(query: unknown, update: unknown, options?: unknown): Promise<UpdateResult> {
    return this.#update('updateOne', query, checkUpdate('updateOne', update), false, options);
  }

  async updateMany(query: unknown, update: unknown, options?: unknown): Promise<UpdateResult> {
    return this.#update('updateMany', query, checkUpdate('updateMany', update), true, options);
  }

  async replaceOne(query: unknown, replacement: unknown, options?: unknown): Promise<UpdateResult> {
    return this.#update('replaceOne', query, checkReplacement('replaceOne', replacement), false, options);
  }

  async deleteOne(query: unknown, options?: unknown): Promise<{deletedCount: number}> {
    return this.#delete('deleteOne', query, 1, options);
  }

  async deleteMany(query: unknown, options?: unknown): Promise<{deletedCount: number}> {
    return this.#delete('deleteMany', query, 0, options);
  }

  aggregate(pipeline: unknown, options?: unknown): Cursor {
    const method = 'aggregate';
    const given = optionsOf(method, options);
    return new Cursor(this.#place, method, {
      aggregate: this.name, pipeline: checkPipeline(method, pipeline), cursor: {},
      ...pick(given, 'allowDiskUse', 'hint', 'maxTimeMS', 'collation', 'let'), ...sessionFields(method, given),
    });
  }

  async distinct(field: unknown, query?: unknown, options?: unknown): Promise<unknown[]> {
    const method = 'distinct';
    const given = optionsOf(method, options);
    const {values} = await run(this.#place, method, {
      distinct: this.name, key: checkName(method, 'the field', field), query: checkQuery(method, 'the query', query),
      ...pick(given, 'collation', 'maxTimeMS'), ...sessionFields(method, given),
    });
    return values;
  }

  async bulkWrite(operations: unknown, options?: unknown): Promise<BulkResult> {
    return bulkWrite(this.#place, operations, optionsOf('bulkWrite', options));
  }

  watch(): never {
    throw new Error('watch: change streams are not available in functions; a function ends before they would');
  }

  #findCommand(method: string, query: unknown, projection: unknown, options: unknown): Document {
    const given = optionsOf(method, options);
    const command: Document = {find: this.name, filter: checkQuery(method, 'the query', query)};
    const fields = optionalDocument(method, 'the projection', projection ?? given?.projection);
    if (fields !== undefined) command.projection = fields;
    if (given?.sort !== undefined) command.sort = checkDocument(method, 'options.sort', given.sort);
    for (const name of ['skip', 'limit', 'batchSize']) {
      if (given?.[name] !== undefined) command[name] = checkCount(method, `options.${name}`, given[name]);
    }
    return Object.assign(command, pick(given, 'collation', 'hint', 'maxTimeMS'), sessionFields(method, given));
  }

  async #findAndModify(method: string, query: unknown, change: Document, options: unknown): Promise<Document | null> {
    const given = optionsOf(method, options);
    const command: Document = {findAndModify: this.name, query: checkQuery(method, 'the query', query)};
    if (given?.sort !== undefined) command.sort = checkDocument(method, 'options.sort', given.sort);
    Object.assign(command, change);
    if (change.remove !== true) {
      command.new = Boolean(given?.returnNewDocument);
      command.upsert = Boolean(given?.upsert);
    }
    if (given?.projection !== undefined) {
      command.fields = checkDocument(method, 'options.projection', given.projection);
    }
    Object.assign(command, pick(given, 'arrayFilters', 'collation', 'hint', 'maxTimeMS'), sessionFields(method, given));
    const reply = await run(this.#place, method, command);
    throwWriteErrors(reply);
    return reply.value ?? null;
  }

  async #count(method: string, query: Document | undefined, options: unknown): Promise<number> {
    const given = optionsOf(method, options);
    const command: Document = {count: this.name, ...(query === undefined ? {} : {query})};
    for (const name of ['skip', 'limit']) {
      if (given?.[name] !== undefined) command[name] = checkCount(method, `options.${name}`, given[name]);
    }
    const reply = await run(this.#place, method, {
      ...command, ...pick(given, 'collation', 'hint', 'maxTimeMS'), ...sessionFields(method, given),
    });
    return reply.n;
  }

  async #update(
      method: string, query: unknown, update: Document | Document[], multi: boolean,
      options: unknown): Promise<UpdateResult> {
    const given = optionsOf(method, options);
    const statement = {
      q: checkQuery(method, 'the query', query), u: update, multi, upsert: Boolean(given?.upsert),
      ...pick(given, 'arrayFilters', 'collation', 'hint'),
    };
    const command = {update: this.name, updates: [statement], ...sessionFields(method, given)};
    return updateResult(await run(this.#place, method, command));
  }

  async #delete(method: string, query: unknown, limit: number, options: unknown): Promise<{deletedCount: number}> {
    const given = optionsOf(method, options);
    const statement = {q: checkQuery(method, 'the query', query), limit, ...pick(given, 'collation', 'hint')};
    const command = {delete: this.name, deletes: [statement], ...sessionFields(method, given)};
    const reply = await run(this.#place, method, command);
    throwWriteErrors(reply);
    return {deletedCount: reply.n};
  }
}

// Where a batch that begins there ends: one document at least.
function batchEnd(documents: Document[], begin: number): number {
  if (documents.length === 1) return 1;
  let bytes = 0;
  let end = begin;
  for (; end < documents.length && end - begin < batchDocumentsMax; ++end) {
    // Besides the document its name in the array.
    bytes += calculateObjectSize(documents[end]!) + 8;
    if (bytes > batchBytesMax && end > begin) break;
  }
  return end;
}
