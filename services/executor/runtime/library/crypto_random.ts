// Random bytes and numbers, from the kernel.
import common = require('./crypto_bytes');

const {native} = internal;
const {fail, integer, output, withCallback} = common;
const pieceBytes = 64 << 10;
const sizeMax = 2 ** 31 - 1;

function fill(target: Uint8Array): Uint8Array {
  for (let at = 0; at < target.length; at += pieceBytes) {
    target.set(native.random(Math.min(pieceBytes, target.length - at)), at);
  }
  return target;
}

function viewOf(array: any): Uint8Array {
  if (ArrayBuffer.isView(array)) return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  if (array instanceof ArrayBuffer) return new Uint8Array(array);
  return fail(TypeError, 'ERR_INVALID_ARG_TYPE', 'The "buf" argument must be an instance of ArrayBuffer, Buffer, ' +
    `TypedArray, or DataView. Received ${internal.inspect(array)}`);
}

const laterBytes = withCallback((size: unknown) => {
  const target = Buffer.alloc(integer('size', size, 0, sizeMax));
  return () => fill(target);
});

export function randomBytes(size: unknown, callback?: unknown): any {
  if (callback !== undefined) return laterBytes(size, callback);
  return fill(Buffer.alloc(integer('size', size, 0, sizeMax)));
}

// A part of `array`, in its own elements as Node counts them: bytes for a Buffer.
export function randomFillSync(array: any, offset: number = 0, size?: number): any {
  const view = viewOf(array);
  const unit: number = array.BYTES_PER_ELEMENT ?? 1;
  const begin = integer('offset', offset, 0, view.length / unit) * unit;
  const left = view.length - begin;
  const length = size === undefined ? left : integer('size', size, 0, left / unit) * unit;
  fill(view.subarray(begin, begin + length));
  return array;
}

export const randomFill = withCallback((array: any, ...range: number[]) => () => randomFillSync(array, ...range));

function drawBelow(min: number, max: number): number {
  const range = max - min;
  // What lies beyond the last whole range is drawn again, so that every number is as likely.
  const limit = 2 ** 48 - (2 ** 48 % range);
  for (;;) {
    const drawn = Buffer.from(native.random(6)).readUIntBE(0, 6);
    if (drawn < limit) return min + (drawn % range);
  }
}

// randomInt([min, ]max[, callback])
export function randomInt(...args: any[]): number | undefined {
  const callback = typeof args[args.length - 1] === 'function' ? args.pop() : undefined;
  const [min, max] = args.length === 1 ? [0, args[0]] : args;
  integer('min', min, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  integer('max', max, min + 1, Math.min(min + 2 ** 48 - 1, Number.MAX_SAFE_INTEGER));
  if (callback === undefined) return drawBelow(min, max);
  withCallback(() => () => drawBelow(min, max))(callback);
  return undefined;
}

export function randomUUID(): string {
  const random = native.random(16);
  random[6] = (random[6]! & 0x0f) | 0x40;
  random[8] = (random[8]! & 0x3f) | 0x80;
  const hex = output(random, 'hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

export function getRandomValues<T>(array: T): T {
  const {DOMException} = require('web');
  if (!ArrayBuffer.isView(array) || array instanceof DataView || /Float/.test(array.constructor.name)) {
    throw new DOMException('The data argument must be an integer-type TypedArray', 'TypeMismatchError');
  }
  if (array.byteLength > pieceBytes) {
    throw new DOMException(`The requested length exceeds ${pieceBytes} bytes`, 'QuotaExceededError');
  }
  fill(viewOf(array));
  return array;
}
