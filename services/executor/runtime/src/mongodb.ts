// `context.services.get(name)` for services of the types `mongodb`, `mongodb-atlas` and `datalake` (spec section 11).
import {Collection} from './mongodb_collection.ts';
import {checkName, type Document, run} from './mongodb_command.ts';
import {Cursor} from './mongodb_cursor.ts';
import {ClientSession} from './mongodb_session.ts';

class Database {
  readonly #service: string;
  readonly #name: string;

  constructor(service: string, name: string) {
    this.#service = service;
    this.#name = name;
  }

  get name(): string {
    return this.#name;
  }

  collection(name: unknown): Collection {
    return new Collection(
        {service: this.#service, database: this.#name, collection: checkName('collection', 'the name', name)});
  }

  // For the system user.
  async getCollectionNames(): Promise<string[]> {
    const place = {service: this.#service, database: this.#name, collection: ''};
    const cursor = new Cursor(place, 'getCollectionNames', {listCollections: 1, nameOnly: true, cursor: {}});
    return (await cursor.toArray()).map((collection) => collection.name);
  }
}

class Admin {
  readonly #service: string;

  constructor(service: string) {
    this.#service = service;
  }

  // For the system user.
  async getDBNames(): Promise<string[]> {
    const place = {service: this.#service, database: 'admin', collection: ''};
    const {databases} = await run(place, 'getDBNames', {listDatabases: 1, nameOnly: true});
    return databases.map((database: Document) => database.name);
  }
}

class Client {
  readonly #service: string;

  constructor(service: string) {
    this.#service = service;
  }

  db(name: unknown): Database {
    return new Database(this.#service, checkName('db', 'the name', name));
  }

  // As one of Stitch's own samples has it.
  database(name: unknown): Database {
    return new Database(this.#service, checkName('database', 'the name', name));
  }

  admin(): Admin {
    return new Admin(this.#service);
  }

  startSession(): ClientSession {
    return new ClientSession(this.#service);
  }
}

export function makeMongoClient(service: string): object {
  return new Client(service);
}
