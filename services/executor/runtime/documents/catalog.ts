// Names of databases and collections.
import {ErrorCode, fail} from './errors.ts';
import {native} from './native.ts';

const databaseNameMax = 63;
const namespaceBytesMax = 255;

export function checkDatabase(name: string): void {
  if (name === '' || name.length > databaseNameMax || /[/\\. "$\0]/.test(name)) {
    fail(ErrorCode.InvalidNamespace, `Invalid database name: '${name}'`);
  }
}

export function checkCollection(database: string, name: unknown): asserts name is string {
  if (typeof name !== 'string') fail(ErrorCode.InvalidNamespace, `collection name has invalid type ${typeof name}`);
  const namespace = `${database}.${name}`;
  if (name === '' || name.startsWith('.') || name.endsWith('.') || name.startsWith('system.') || /[$\0]/.test(name)) {
    fail(ErrorCode.InvalidNamespace, `Invalid namespace specified '${namespace}'`);
  }
  if (namespace.length > namespaceBytesMax) {
    fail(
      ErrorCode.InvalidNamespace,
      `Fully qualified namespace is too long. Namespace: ${namespace} Max: ${namespaceBytesMax}`);
  }
}

// For commands that write documents: makes the collection with its first one.
export function openCollection(database: string, name: string): number {
  return native.findCollection(database, name) || native.createCollection(database, name);
}
