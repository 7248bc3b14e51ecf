// Commands about databases, collections and indexes.
import {Double, Long} from 'bson';
import {arrayField, booleanField, checkFields, documentField} from './arguments.ts';
import {type Document, writeDocument} from './bson_values.ts';
import {checkCollection} from './catalog.ts';
import {openCursor, sourceOf} from './cursors.ts';
import {ErrorCode, fail} from './errors.ts';
import {createIndex, dropIndex, idIndex, type Index, indexesOf, parseIndex} from './indexes.ts';
import {native} from './native.ts';
import {isDocument} from './order.ts';
import {compile} from './query.ts';
import type {Call} from './reads.ts';

function shownIndex({name, key, unique, sparse}: Index): Document {
  return {v: 2, key, name, ...unique && name !== idIndex.name && {unique}, ...sparse && {sparse}};
}

export function listCollections({database, command, now}: Call): Uint8Array {
  checkFields(command, ['filter', 'nameOnly', 'authorizedCollections', 'cursor']);
  const accepts = compile(documentField(command, 'filter'));
  const nameOnly = booleanField(command, 'nameOnly', false);
  const entries = native.collections(database)
    .map((name): Document => ({
      name, type: 'collection', ...!nameOnly && {options: {}, info: {readOnly: false}, idIndex: shownIndex(idIndex)},
    }))
    .filter(accepts);
  return openCursor(
    `${database}.$cmd.listCollections`, sourceOf(entries.map(writeDocument)), {batchSize: Infinity}, now);
}

export function listDatabases({command}: Call): Document {
  checkFields(command, ['filter', 'nameOnly', 'authorizedDatabases']);
  const accepts = compile(documentField(command, 'filter'));
  const nameOnly = booleanField(command, 'nameOnly', false);
  let total = 0;
  const databases = native.databases().map((name): Document => {
    if (nameOnly) return {name};
    const bytes = native.collections(name).reduce(
        (sum, each) => sum + native.collectionBytes(native.findCollection(name, each)), 0);
    total += bytes;
    return {name, sizeOnDisk: Long.fromNumber(bytes), empty: bytes === 0};
  }).filter(accepts);
  return {databases, ...!nameOnly && {totalSize: Long.fromNumber(total)}};
}

export function create({database, command}: Call): Document {
  checkFields(command, []);
  checkCollection(database, command.create);
  native.beginWrite();
  if (native.findCollection(database, command.create) !== 0) {
    fail(ErrorCode.NamespaceExists, `Collection ${database}.${command.create} already exists.`);
  }
  native.createCollection(database, command.create);
  return {};
}

function existing(database: string, name: unknown): number {
  checkCollection(database, name);
  native.beginWrite();
  const collection = native.findCollection(database, name);
  if (collection === 0) fail(ErrorCode.NamespaceNotFound, `ns not found`);
  return collection;
}

export function drop({database, command}: Call): Document {
  checkFields(command, []);
  const collection = existing(database, command.drop);
  const nIndexesWas = indexesOf(collection).length + 1;
  native.dropCollection(collection);
  return {nIndexesWas, ns: `${database}.${command.drop}`};
}

export function dropDatabase({database, command}: Call): Document {
  checkFields(command, []);
  native.beginWrite();
  const names = native.collections(database);
  for (const name of names) native.dropCollection(native.findCollection(database, name));
  return names.length > 0 ? {dropped: database} : {};
}

export function createIndexes({database, command}: Call): Document {
  checkFields(command, ['indexes', 'commitQuorum']);
  const name = command.createIndexes;
  checkCollection(database, name);
  const wanted = arrayField(command, 'indexes').map(parseIndex);
  native.beginWrite();
  const found = native.findCollection(database, name);
  const collection = found || native.createCollection(database, name);
  const numIndexesBefore = indexesOf(collection).length + 1;
  const created = wanted.filter((index) => createIndex(`${database}.${name}`, collection, index)).length;
  return {
    numIndexesBefore, numIndexesAfter: numIndexesBefore + created, createdCollectionAutomatically: found === 0,
    ...created === 0 && {note: 'all indexes already exist'},
  };
}

export function listIndexes({database, command, now}: Call): Uint8Array {
  checkFields(command, ['cursor']);
  checkCollection(database, command.listIndexes);
  const collection = native.findCollection(database, command.listIndexes);
  if (collection === 0) fail(ErrorCode.NamespaceNotFound, `ns does not exist: ${database}.${command.listIndexes}`);
  const entries = [idIndex, ...indexesOf(collection)].map((index) => writeDocument(shownIndex(index)));
  return openCursor(`${database}.${command.listIndexes}`, sourceOf(entries), {batchSize: Infinity}, now);
}

export function dropIndexes({database, command}: Call): Document {
  checkFields(command, ['index']);
  const collection = existing(database, command.dropIndexes);
  const indexes = indexesOf(collection);
  const wanted = command.index;
  const chosen = indexes.filter(({name, key}) => wanted === '*' || name === wanted ||
    (Array.isArray(wanted) && wanted.includes(name)) ||
    (isDocument(wanted) && JSON.stringify(wanted) === JSON.stringify(key)));
  if (wanted === idIndex.name) fail(72, 'cannot drop _id index');
  if (chosen.length === 0 && wanted !== '*')
    fail(ErrorCode.IndexNotFound, `index not found with name [${String(wanted)}]`);
  for (const {name} of chosen) dropIndex(collection, name);
  return {nIndexesWas: indexes.length + 1};
}

export function ping({command}: Call): Document {
  checkFields(command, []);
  return {};
}

export const okay = new Double(1);
