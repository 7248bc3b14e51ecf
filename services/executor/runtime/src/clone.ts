// Copies values that come from another context. Nothing of the other context is kept, and nothing of this one is given
// to it: a getter or a proxy over there sees property names only. The code of this context must not see the other one's
// objects either, so nothing here goes through a global or a prototype that a function could have replaced.
import * as bson from 'bson';
import {Kind, native} from './native.ts';

const {isArray} = Array;
const {keys, defineProperty} = Object;
const {apply} = Reflect;
const {String: text, Number: number, Boolean: boolean} = globalThis;
const getTime = Date.prototype.getTime;
const forEachOfMap = Map.prototype.forEach;
const forEachOfSet = Set.prototype.forEach;
const errorTypes: Record<string, ErrorConstructor> = {
  __proto__: null as never,
  Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError,
};

// What was copied already, and its copy: keeps cycles.
class Seen extends Map<object, unknown> {}
for (const name of ['get', 'set'] as const) {
  defineProperty(Seen.prototype, name, {value: Map.prototype[name]});
}

function cloneBson(value: any, seen: Seen): unknown {
  switch (value._bsontype) {
    case 'ObjectId': return new bson.ObjectId(native.copyBytes(value.id));
    case 'Binary': {
      const bytes = native.copyBytes(value.buffer).subarray(0, number(value.position));
      return new bson.Binary(bytes, number(value.sub_type));
    }
    case 'UUID': return new bson.UUID(native.copyBytes(value.buffer));
    case 'Int32': return new bson.Int32(number(value.value));
    case 'Double': return new bson.Double(number(value.value));
    case 'Long': return new bson.Long(number(value.low), number(value.high), boolean(value.unsigned));
    case 'Timestamp': return new bson.Timestamp(new bson.Long(number(value.low), number(value.high), true));
    case 'Decimal128': return new bson.Decimal128(native.copyBytes(value.bytes));
    case 'BSONRegExp': return new bson.BSONRegExp(text(value.pattern), text(value.options));
    case 'BSONSymbol': return new bson.BSONSymbol(text(value.value));
    case 'MaxKey': return new bson.MaxKey();
    case 'MinKey': return new bson.MinKey();
    case 'Code': return new bson.Code(text(value.code), value.scope && (clone(value.scope, seen) as object));
    case 'DBRef':
      return new bson.DBRef(text(value.collection), clone(value.oid, seen) as bson.ObjectId,
                            value.db && text(value.db), clone(value.fields, seen) as object);
    default: return undefined;
  }
}

function define(target: object, name: string, value: unknown, enumerable: boolean): void {
  defineProperty(target, name, {value, writable: true, enumerable, configurable: true});
}

function cloneError(value: any, seen: Seen): unknown {
  const name = text(value.name);
  const error = new (errorTypes[name] ?? Error)(text(value.message));
  seen.set(value, error);
  if (error.name !== name) define(error, 'name', name, false);
  define(error, 'stack', native.errorStack(value), false);
  const {cause, errors} = value;
  if (cause !== undefined) define(error, 'cause', clone(cause, seen), false);
  if (errors !== undefined) define(error, 'errors', clone(errors, seen), false);
  return cloneProperties(value, error, seen);
}

function cloneProperties(value: any, copy: any, seen: Seen): unknown {
  seen.set(value, copy);
  const names = keys(value);
  for (let i = 0; i < names.length; ++i) {
    const property = value[names[i]!];
    if (typeof property !== 'function') define(copy, names[i]!, clone(property, seen), true);
  }
  return copy;
}

function clone(value: any, seen: Seen): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  const known = seen.get(value);
  if (known !== undefined) return known;
  const kind = native.kindOf(value);
  if (kind === Kind.Array || isArray(value)) {
    const copy: unknown[] = [];
    seen.set(value, copy);
    for (let i = 0; i < value.length; ++i) copy[i] = clone(value[i], seen);
    return copy;
  }
  if (kind === Kind.Other && typeof value._bsontype === 'string') {
    const copy = cloneBson(value, seen);
    if (copy !== undefined) return copy;
  }
  switch (kind) {
    case Kind.Date: return new Date(apply(getTime, value, []));
    case Kind.RegExp: return new RegExp(text(value.source), text(value.flags));
    case Kind.Error: return cloneError(value, seen);
    case Kind.ArrayBuffer: return native.copyBytes(value).buffer;
    case Kind.View: return native.copyBytes(value);
    case Kind.Map: {
      const copy = new Map();
      seen.set(value, copy);
      apply(forEachOfMap, value, [(item: unknown, key: unknown) => copy.set(clone(key, seen), clone(item, seen))]);
      return copy;
    }
    case Kind.Set: {
      const copy = new Set();
      seen.set(value, copy);
      apply(forEachOfSet, value, [(item: unknown) => copy.add(clone(item, seen))]);
      return copy;
    }
    default: return cloneProperties(value, {}, seen);
  }
}

// A copy of what another context gave, made of this context's objects. Functions become undefined.
export function importValue(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? clone(value, new Seen()) : clone(value, undefined as never);
}
