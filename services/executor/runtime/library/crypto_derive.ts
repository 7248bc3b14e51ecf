// Keys made of passwords and of other keys.
import common = require('./crypto_bytes');

const {native, crypto: support} = internal;
const {bytes, fail, hashName, integer, output, withCallback} = common;
// So long that stopping an execution is noticed, so short that the call itself does not matter.
const pbkdf2Step = 10_000;
const lengthMax = 2 ** 31 - 1;

// One block of RFC 8018 section 5.2.
function pbkdf2Block(hash: string, key: Uint8Array, salt: Uint8Array, iterations: number, index: number): Uint8Array {
  const number = Uint8Array.of(index >>> 24, index >>> 16, index >>> 8, index);
  const u = support.digest(hash, support.join([salt, number]), key);
  const t = u.slice();
  for (let left = iterations - 1; left > 0; left -= pbkdf2Step) {
    native.pbkdf2Step(hash, key, u, t, Math.min(left, pbkdf2Step));
  }
  return t;
}

function pbkdf2Work(password: unknown, salt: unknown, iterations: unknown, length: unknown, hash: unknown): () => any {
  const name = hashName(hash);
  const key = support.shortKey(name, bytes(password, undefined, 'password'));
  const saltBytes = bytes(salt, undefined, 'salt');
  const count = integer('iterations', iterations, 1, lengthMax);
  const size = integer('keylen', length, 0, lengthMax);
  return () => {
    const all = new Uint8Array(size);
    for (let at = 0, index = 1; at < size; ++index) {
      const block = pbkdf2Block(name, key, saltBytes, count, index);
      all.set(block.subarray(0, size - at), at);
      at += block.length;
    }
    return output(all);
  };
}

export const pbkdf2 = withCallback(pbkdf2Work);
export function pbkdf2Sync(...args: [unknown, unknown, unknown, unknown, unknown]): any {
  return pbkdf2Work(...args)();
}

function scryptWork(password: unknown, salt: unknown, length: unknown, options?: any): () => any {
  const passwordBytes = bytes(password, undefined, 'password');
  const saltBytes = bytes(salt, undefined, 'salt');
  const size = integer('keylen', length, 0, lengthMax);
  const cost = integer('N', options?.N ?? options?.cost ?? 16384, 2, lengthMax);
  const blockSize = integer('r', options?.r ?? options?.blockSize ?? 8, 1, lengthMax);
  const lanes = integer('p', options?.p ?? options?.parallelization ?? 1, 1, lengthMax);
  return () => output(native.scrypt(passwordBytes, saltBytes, cost, blockSize, lanes, size));
}

export const scrypt = withCallback(scryptWork);
export function scryptSync(...args: [unknown, unknown, unknown, any?]): any {
  return scryptWork(...args)();
}

// RFC 5869.
function hkdfWork(hash: unknown, key: unknown, salt: unknown, info: unknown, length: unknown): () => ArrayBuffer {
  const name = hashName(hash);
  const [keyBytes, saltBytes] = [bytes(key, undefined, 'ikm'), bytes(salt, undefined, 'salt')];
  const infoBytes = bytes(info, undefined, 'info');
  const size = integer('length', length, 0, lengthMax);
  return () => {
    const extracted = support.digest(name, keyBytes, support.shortKey(name, saltBytes));
    if (size > 255 * extracted.length) fail(RangeError, 'ERR_CRYPTO_INVALID_KEYLEN', 'Invalid key length');
    const all = new Uint8Array(size);
    let block = new Uint8Array(0);
    for (let at = 0, index = 1; at < size; ++index, at += block.length) {
      block = support.digest(name, support.join([block, infoBytes, Uint8Array.of(index)]), extracted);
      all.set(block.subarray(0, size - at), at);
    }
    return all.buffer;
  };
}

export const hkdf = withCallback(hkdfWork);
export function hkdfSync(...args: [unknown, unknown, unknown, unknown, unknown]): ArrayBuffer {
  return hkdfWork(...args)();
}
