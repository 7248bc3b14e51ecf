// Sessions and transactions (docs/compatibility.md): what a session's commands carry. The server keeps the transaction.
import {Binary, Long} from 'bson';
import {type Document, optionalDocument, pick, run, type Session} from './mongodb_command.ts';
import {native} from './native.ts';

const uuidSubtype = 4;

// A random UUID (RFC 9562, version 4).
function makeId(): Binary {
  const bytes = native.random(16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return new Binary(bytes, uuidSubtype);
}

export class ClientSession implements Session {
  readonly #service: string;
  readonly #id = {id: makeId()};
  #number = 0;
  #state: 'none' | 'starting' | 'active' = 'none';
  #options: Document = {};
  #ended = false;

  constructor(service: string) {
    this.#service = service;
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  inTransaction(): boolean {
    return this.#state !== 'none';
  }

  startTransaction(options?: unknown): void {
    this.#check('startTransaction');
    if (this.inTransaction()) throw new Error('startTransaction: the session has a transaction already');
    this.#options = optionalDocument('startTransaction', 'options', options) ?? {};
    ++this.#number;
    this.#state = 'starting';
  }

  async commitTransaction(): Promise<void> {
    await this.#end('commitTransaction');
  }

  async abortTransaction(): Promise<void> {
    await this.#end('abortTransaction');
  }

  // Commits what `work` did, or aborts it when `work` throws; gives what `work` returned.
  async withTransaction(work: unknown, options?: unknown): Promise<unknown> {
    if (typeof work !== 'function') throw new TypeError('withTransaction: the first argument must be a function');
    this.startTransaction(options);
    let result: unknown;
    try {
      result = await work(this);
    } catch (error) {
      // The server forgets the transaction anyway; what `work` says counts.
      if (this.inTransaction()) await this.abortTransaction().catch(() => {});
      throw error;
    }
    if (this.inTransaction()) await this.commitTransaction();
    return result;
  }

  async endSession(): Promise<void> {
    if (this.#ended) return;
    if (this.inTransaction()) await this.abortTransaction();
    this.#ended = true;
    if (this.#number > 0) await this.#send('endSessions', {endSessions: [this.#id]});
  }

  fieldsOf(method: string): Document {
    this.#check(method);
    const fields: Document = {lsid: this.#id};
    if (this.#state === 'none') return fields;
    fields.txnNumber = Long.fromNumber(this.#number);
    fields.autocommit = false;
    if (this.#state === 'starting') {
      fields.startTransaction = true;
      Object.assign(fields, pick(this.#options, 'readConcern'));
      this.#state = 'active';
    }
    return fields;
  }

  #check(method: string): void {
    if (this.#ended) throw new Error(`${method}: the session has ended`);
  }

  async #end(command: string): Promise<void> {
    this.#check(command);
    if (!this.inTransaction()) throw new Error(`${command}: the session has no transaction`);
    const begun = this.#state === 'active';
    const fields = begun ? this.fieldsOf(command) : {};
    this.#state = 'none';
    // The server knows of no transaction without a command.
    if (begun) await this.#send(command, {[command]: 1, ...fields, ...pick(this.#options, 'writeConcern')});
  }

  #send(action: string, command: Document): Promise<Document> {
    return run({service: this.#service, database: 'admin', collection: ''}, action, command);
  }
}
