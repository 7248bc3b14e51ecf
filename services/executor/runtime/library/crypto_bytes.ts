// Bytes and texts as Node's `crypto` takes and gives them.
const {native, crypto: support} = internal;
// As in src/native.ts.
const hex = 1;
const base64 = 2;

interface StringDecoder {
  write(bytes: unknown): string;
  end(): string;
}

export function fail(type: ErrorConstructor, code: string, message: string): never {
  throw Object.assign(new type(message), {code});
}

// Node 15's name for what Buffer here only knows by half.
function isBase64Url(encoding: unknown): boolean {
  return encoding === 'base64url';
}

// The bytes of a string, a view, a buffer, a BSON Binary or a secret key. They may be the caller's own.
export function bytes(value: any, encoding?: string, name = 'data'): Uint8Array {
  if (typeof value === 'string') {
    if (encoding === undefined || encoding === 'buffer' || encoding === 'utf8') return internal.toUtf8(value);
    return Buffer.from(value, isBase64Url(encoding) ? 'base64' : encoding);
  }
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (value?._bsontype === 'Binary') return value.buffer.subarray(0, value.position);
  if (typeof value?.secretBytes === 'function') return value.secretBytes();
  return fail(TypeError, 'ERR_INVALID_ARG_TYPE', `The "${name}" argument must be of type string or an instance of ` +
    `Buffer, TypedArray, or DataView. Received ${internal.inspect(value)}`);
}

export function toBuffer(value: Uint8Array): any {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

// A Buffer, or a string when an encoding was given.
export function output(value: Uint8Array, encoding?: string): any {
  switch (encoding) {
    case undefined:
    case null:
    case 'buffer': return toBuffer(value);
    // Without Buffer, which is large: most hashes are written like that.
    case 'hex': return native.encode(value, 0, value.length, hex);
    case 'base64': return native.encode(value, 0, value.length, base64);
    case 'base64url':
      return output(value, 'base64').replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
    default: return toBuffer(value).toString(encoding);
  }
}

// The same for output that comes in pieces, whose texts can be put together.
export class TextOutput {
  #decoder: StringDecoder | undefined;

  write(value: Uint8Array, encoding: string | undefined, last: boolean): any {
    if (encoding === undefined || encoding === null || encoding === 'buffer') return toBuffer(value);
    if (isBase64Url(encoding)) return fail(TypeError, 'ERR_UNKNOWN_ENCODING', 'Unknown encoding: base64url');
    this.#decoder ??= new (require('string_decoder').StringDecoder)(encoding) as StringDecoder;
    const text = this.#decoder.write(toBuffer(value));
    return last ? text + this.#decoder.end() : text;
  }
}

const aliases: Record<string, string> = {rmd160: 'ripemd160', 'sha512/256': 'sha512-256', 'sha512/224': 'sha512-224'};
let known: Set<string> | undefined;

// A hash by any of the names that Node takes: `sha256`, `SHA-256`, `RSA-SHA256`, `sha256WithRSAEncryption`.
export function hashName(name: unknown): string {
  if (typeof name !== 'string') {
    return fail(TypeError, 'ERR_INVALID_ARG_TYPE', 'The name of a hash must be of type string. ' +
      `Received ${internal.inspect(name)}`);
  }
  known ??= new Set(native.hashNames());
  const bare = name.toLowerCase().replace(/^rsa-/, '').replace(/withrsaencryption$/, '');
  const plain = bare.replace(/^sha-(?=\d)/, 'sha');
  const hash = aliases[plain] ?? plain;
  if (known.has(hash)) return hash;
  return fail(Error, 'ERR_CRYPTO_INVALID_DIGEST',
              `Digest method not supported: ${name}, allowed: ${[...known].join(', ')}`);
}

export function getHashes(): string[] {
  return native.hashNames();
}

// An integer from `min` to `max`.
export function integer(name: string, value: unknown, min: number, max: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  if (typeof value !== 'number') {
    return fail(TypeError, 'ERR_INVALID_ARG_TYPE', `The "${name}" argument must be of type number. ` +
      `Received ${internal.inspect(value)}`);
  }
  return fail(RangeError, 'ERR_OUT_OF_RANGE', `The value of "${name}" is out of range. It must be an integer ` +
    `>= ${min} and <= ${max}. Received ${value}`);
}

// Node's form with a callback of a function that works at once. Wrong arguments throw, all else goes to the callback.
export function withCallback(check: (...args: any[]) => () => unknown) {
  return (...args: any[]): void => {
    const callback = args.pop();
    if (typeof callback !== 'function') {
      fail(TypeError, 'ERR_INVALID_ARG_TYPE', 'The "callback" argument must be of type function. ' +
        `Received ${internal.inspect(callback)}`);
    }
    const work = check(...args);
    queueMicrotask(() => {
      let result: unknown;
      try {
        result = work();
      } catch (error) {
        callback(error);
        return;
      }
      callback(null, result);
    });
  };
}

export const {equals} = support;
