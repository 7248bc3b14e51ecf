// The engine of the embedded database: MongoDB's commands on documents that the host stores.
import {
  create, createIndexes, drop, dropDatabase, dropIndexes, listCollections, listDatabases, listIndexes, okay, ping
} from './admin.ts';
import {type Document, firstName, messageBytesMax, readCommand, writeDocument} from './bson_values.ts';
import {checkDatabase} from './catalog.ts';
import {expireCursors} from './cursors.ts';
import {commandErrorOf, ErrorCode, fail} from './errors.ts';
import {type Native, native, setNative} from './native.ts';
import {aggregate, type Call, count, distinct, find, getMore, killCursors} from './reads.ts';
import {findAndModify, insert, remove, update} from './writes.ts';

// What it gives is the reply, without `ok: 1` if it is no bytes.
const commands: Record<string, (call: Call) => Document | Uint8Array> = {
  aggregate,
  count,
  create,
  createIndexes,
  delete: remove,
  distinct,
  drop,
  dropDatabase,
  dropIndexes,
  find,
  findAndModify,
  findandmodify: findAndModify,
  getMore,
  insert,
  killCursors,
  listCollections,
  listDatabases,
  listIndexes,
  ping,
  update,
};

function runCommand(database: string, bytes: Uint8Array, now: number): Uint8Array {
  checkDatabase(database);
  const name = firstName(bytes);
  if (!Object.hasOwn(commands, name)) fail(ErrorCode.CommandNotFound, `no such command: '${name}'`);
  // Documents to insert are stored as they came.
  const command = readCommand(bytes, name === 'insert' ? 'documents' : undefined);
  const reply = commands[name]!({database, command, now});
  const written = reply instanceof Uint8Array ? reply : writeDocument({...reply, ok: okay});
  if (written.length > messageBytesMax) {
    fail(ErrorCode.DocumentTooLarge, `the reply has ${written.length} bytes, allowed are ${messageBytesMax}`);
  }
  return written;
}

// What the host calls: the reply, or nothing after fail(). `now` is in milliseconds.
function run(database: string, command: Uint8Array, now: number): Uint8Array | undefined {
  expireCursors(now);
  try {
    return runCommand(database, command, now);
  } catch (error) {
    const {code, codeName, message} = commandErrorOf(error);
    native.fail(code, codeName, message);
    return undefined;
  }
}

(globalThis as any).overlockStart = (natives: Native) => {
  setNative(natives);
  return run;
};
