// The global `BSON` (spec section 9.5): the types of the npm package `bson`, callable with and without `new`.
import * as bson from 'bson';
import {byteUtils, fromUtf8, toUtf8} from './byte_utils.ts';
import {Encoding, native} from './native.ts';

const {construct} = Reflect;
const {isInteger} = Number;
const {isArray} = Array;

type Class = new (...args: any[]) => object;

// Makes a constructor that can be called as a function, too. Its prototype is the class's, so `instanceof` holds. `adapt`
// turns arguments that Stitch took into those that the package takes.
function callable<T extends Class>(base: T, adapt: (args: unknown[]) => unknown[] = (args) => args): T {
  const wrapper = function (this: unknown, ...args: unknown[]): object {
    return construct(base, adapt(args), new.target ?? base);
  };
  for (const name of Object.getOwnPropertyNames(base)) {
    if (name === 'prototype') Object.defineProperty(wrapper, 'prototype', {value: base.prototype, writable: false});
    else Object.defineProperty(wrapper, name, Object.getOwnPropertyDescriptor(base, name)!);
  }
  // The bundle's names of classes begin with an underscore.
  Object.defineProperty(wrapper, 'name', {value: base.name.replace(/^_/, ''), configurable: true});
  Object.setPrototypeOf(wrapper, Object.getPrototypeOf(base));
  Object.defineProperty(base.prototype, 'constructor', {value: wrapper, writable: true, configurable: true});
  return wrapper as unknown as T;
}

const {Binary} = bson;

// A Binary whose bytes are ASCII and which has not been asked for them yet: most webhooks read their body as text only.
const asciiText = Symbol('text');
const lazyPrototype = Object.create(Binary.prototype, {
  buffer: {
    configurable: true,
    get(this: any): Uint8Array {
      const bytes = toUtf8(this[asciiText]);
      this.buffer = bytes;
      return bytes;
    },
    set(this: any, value: unknown) {
      this[asciiText] = undefined;
      Object.defineProperty(this, 'buffer', {value, writable: true, enumerable: true, configurable: true});
    },
  },
});

// `text` must be ASCII.
export function binaryOfAscii(text: string): bson.Binary {
  const binary = Object.create(lazyPrototype);
  binary.sub_type = 0;
  binary.position = text.length;
  Object.defineProperty(binary, asciiText, {value: text, writable: true});
  return binary;
}

function bytesOf(binary: any): Uint8Array {
  return binary.buffer.subarray(0, binary.position);
}

const instanceMethods = {
  text(this: any): string {
    const ascii = this[asciiText];
    // Whoever wrote into the buffer has taken it first, and that forgets the text.
    return ascii !== undefined && this.position === ascii.length ? ascii : fromUtf8(bytesOf(this));
  },
  toBase64(this: any): string {
    return byteUtils.toBase64(bytesOf(this));
  },
  toHex(this: any): string {
    return byteUtils.toHex(bytesOf(this));
  },
};

function decoder(name: string, encoding: Encoding, wanted: string) {
  return (text: unknown, subType: unknown = 0): bson.Binary => {
    const where = `BSON.Binary.${name}`;
    if (!isInteger(subType) || (subType as number) < 0 || (subType as number) > 255) {
      throw new TypeError(`${where}: the sub-type must be an integer from 0 to 255`);
    }
    const bytes = typeof text === 'string' ? native.decode(text, encoding) : undefined;
    if (bytes === undefined) throw new TypeError(`${where}: the text must be a string${wanted}`);
    return new Binary(bytes, subType as number);
  };
}

const fromDigits = decoder('fromHex', Encoding.Hex, ' of an even number of hexadecimal digits');

const staticMethods = {
  fromText: decoder('fromText', Encoding.Utf8, ''),
  // The documentation's own sample ends with an equals sign.
  fromHex: (text: unknown, subType?: unknown): bson.Binary => (
    fromDigits(typeof text === 'string' && text.endsWith('=') ? text.slice(0, -1) : text, subType)),
  fromBase64: decoder('fromBase64', Encoding.Base64, ' of base64 with padding'),
};

// An ObjectId of 12 bytes as a string, a list or a Binary.
function adaptObjectId(args: unknown[]): unknown[] {
  const [id] = args as any[];
  if (typeof id === 'string' && id.length === 12) return [toUtf8(id)];
  if (isArray(id)) return [new Uint8Array(id)];
  return id?._bsontype === 'Binary' ? [bytesOf(id)] : args;
}

// JavaScript's flags that mean nothing in a pattern on its own are left out.
function adaptRegExp([pattern, flags, ...rest]: unknown[]): unknown[] {
  return [pattern, typeof flags === 'string' ? flags.replace(/[gyd]/g, '') : flags, ...rest];
}

// `{$lt: BSON.MaxKey}` means the value as well as `BSON.MaxKey()` does: see ejson.ts.
function alsoValue<T extends Class>(type: T): T {
  Object.defineProperty(type, '_bsontype', {value: type.prototype._bsontype});
  return type;
}

function addMethods(target: object, methods: Record<string, unknown>): void {
  for (const name of Object.keys(methods)) {
    Object.defineProperty(target, name, {value: methods[name], writable: true, configurable: true});
  }
}

export function makeBson(): Record<string, unknown> {
  addMethods(Binary.prototype, instanceMethods);
  addMethods(Binary, staticMethods);
  const objectId = callable(bson.ObjectId, adaptObjectId);
  return {
    ObjectId: objectId,
    ObjectID: objectId,
    Binary: callable(Binary),
    BSONRegExp: callable(bson.BSONRegExp, adaptRegExp),
    BSONSymbol: callable(bson.BSONSymbol),
    Code: callable(bson.Code),
    DBRef: callable(bson.DBRef),
    Decimal128: callable(bson.Decimal128),
    Double: callable(bson.Double, (args) => (args.length === 0 ? [0] : args)),
    Int32: callable(bson.Int32),
    Long: callable(bson.Long),
    MaxKey: alsoValue(callable(bson.MaxKey)),
    MinKey: alsoValue(callable(bson.MinKey)),
    Timestamp: callable(bson.Timestamp),
    UUID: callable(bson.UUID),
  };
}
