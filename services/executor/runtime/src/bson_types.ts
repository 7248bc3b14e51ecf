// The global `BSON` (spec section 9.5): the types of the npm package `bson`, callable with and without `new`.
import * as bson from 'bson';
import {byteUtils, fromUtf8, toUtf8} from './byte_utils.ts';
import {Encoding, native} from './native.ts';

type Class = new (...args: any[]) => object;

// Makes a constructor that can be called as a function, too. Its prototype is the class's, so `instanceof` holds.
function callable<T extends Class>(base: T): T {
  const wrapper = function (this: unknown, ...args: unknown[]): object {
    return Reflect.construct(base, args, new.target ?? base);
  };
  for (const name of Object.getOwnPropertyNames(base)) {
    if (name === 'prototype') Object.defineProperty(wrapper, 'prototype', {value: base.prototype, writable: false});
    else Object.defineProperty(wrapper, name, Object.getOwnPropertyDescriptor(base, name)!);
  }
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

function decoder(encoding: Encoding, complaint: string) {
  return (text: unknown, subType: number = 0): bson.Binary => {
    const bytes = native.decode(String(text), encoding);
    if (bytes === undefined) throw new TypeError(complaint);
    return new Binary(bytes, subType);
  };
}

const staticMethods = {
  fromText: decoder(Encoding.Utf8, ''),
  fromHex: decoder(Encoding.Hex, 'Binary.fromHex: not an even number of hexadecimal digits'),
  fromBase64: decoder(Encoding.Base64, 'Binary.fromBase64: not base64 with padding'),
};

function addMethods(target: object, methods: Record<string, unknown>): void {
  for (const name of Object.keys(methods)) {
    Object.defineProperty(target, name, {value: methods[name], writable: true, configurable: true});
  }
}

export function makeBson(): Record<string, unknown> {
  addMethods(Binary.prototype, instanceMethods);
  addMethods(Binary, staticMethods);
  const objectId = callable(bson.ObjectId);
  return {
    ObjectId: objectId,
    ObjectID: objectId,
    Binary: callable(Binary),
    BSONRegExp: callable(bson.BSONRegExp),
    BSONSymbol: callable(bson.BSONSymbol),
    Code: callable(bson.Code),
    DBRef: callable(bson.DBRef),
    Decimal128: callable(bson.Decimal128),
    Double: callable(bson.Double),
    Int32: callable(bson.Int32),
    Long: callable(bson.Long),
    MaxKey: callable(bson.MaxKey),
    MinKey: callable(bson.MinKey),
    Timestamp: callable(bson.Timestamp),
    UUID: callable(bson.UUID),
  };
}
