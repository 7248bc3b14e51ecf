// Fields of commands.
import {Long} from 'bson';
import type {Document} from './bson_values.ts';
import {ErrorCode, fail} from './errors.ts';
import {isNumeric, toNumber} from './numbers.ts';
import {bsonTypeOf, isDocument} from './order.ts';

// What every command may have, and what of it changes nothing here: one process has the data, and each command is a
// transaction.
const common = new Set([
  '$db', 'lsid', 'comment', 'maxTimeMS', 'readConcern', 'writeConcern', '$readPreference', '$clusterTime', 'hint',
  'let', 'apiVersion', 'apiStrict', 'apiDeprecationErrors', 'collation', 'allowDiskUse', 'bypassDocumentValidation',
]);
const transactional = ['txnNumber', 'startTransaction', 'autocommit'];

export function checkFields(command: Document, known: string[]): void {
  const name = Object.keys(command)[0]!;
  for (const field of Object.keys(command)) {
    if (transactional.includes(field)) {
      fail(ErrorCode.IllegalOperation, 'Transaction numbers are only allowed on a replica set member or mongos');
    }
    if (field !== name && !common.has(field) && !known.includes(field)) {
      fail(ErrorCode.UnknownField, `BSON field '${name}.${field}' is an unknown field.`);
    }
  }
  checkCollation(command.collation);
}

export function checkCollation(collation: any): void {
  if (collation === undefined || (isDocument(collation) && (collation.locale ?? 'simple') === 'simple')) return;
  fail(ErrorCode.NotImplemented, 'collations are not supported by the embedded database');
}

export function wrongType(field: string, value: unknown, wanted: string): never {
  return fail(
    ErrorCode.TypeMismatch,
    `BSON field '${field}' is the wrong type '${bsonTypeOf(value)}', expected type '${wanted}'`);
}

export function documentField(command: Document, field: string): Document {
  const value = command[field];
  if (value === undefined || value === null) return {};
  return isDocument(value) ? value : wrongType(field, value, 'object');
}

export function booleanField(command: Document, field: string, otherwise: boolean): boolean {
  const value = command[field];
  if (value === undefined) return otherwise;
  if (isNumeric(value)) return toNumber(value) !== 0;
  return typeof value === 'boolean' ? value : wrongType(field, value, 'bool');
}

// A count that is not there, or 0 for none, is undefined.
export function countField(command: Document, field: string): number | undefined {
  const value = command[field];
  if (value === undefined || value === null) return undefined;
  if (!isNumeric(value)) return wrongType(field, value, 'long');
  const count = Math.trunc(toNumber(value));
  if (count < 0) fail(51024, `BSON field '${field}' value must be >= 0, actual value '${count}'`);
  return count;
}

export function arrayField(command: Document, field: string): any[] {
  const value = command[field];
  if (Array.isArray(value)) return value;
  if (value === undefined)
    fail(40414, `BSON field '${Object.keys(command)[0]}.${field}' is missing but a required field`);
  return wrongType(field, value, 'array');
}

export function longOf(field: string, value: unknown): Long {
  if (value instanceof Long) return value;
  return isNumeric(value) ? Long.fromNumber(toNumber(value)) : wrongType(field, value, 'long');
}

export function variablesOf(command: Document): Document | undefined {
  return command.let === undefined ? undefined : documentField(command, 'let');
}
