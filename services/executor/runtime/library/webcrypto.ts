// The global `crypto` and `crypto.webcrypto`: random values, digests and HMAC of the Web Cryptography API.
import common = require('./crypto_bytes');
import random = require('./crypto_random');

const {crypto: support} = internal;
const {bytes, equals} = common;
const hashes: Record<string, string> = {'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512'};

function exception(message: string, name: string): Error {
  const {DOMException} = require('web');
  return new DOMException(message, name);
}

function hashOf(algorithm: any): string {
  const name = String(algorithm?.name ?? algorithm).toUpperCase();
  const hash = hashes[name];
  if (hash !== undefined) return hash;
  throw exception(`Unrecognized hash ${name}, allowed: ${Object.keys(hashes)}`, 'NotSupportedError');
}

function requireHmac(algorithm: any): void {
  const name = String(algorithm?.name ?? algorithm).toUpperCase();
  if (name === 'HMAC') return;
  throw exception(`The algorithm ${name} is not available in functions, allowed: HMAC`, 'NotSupportedError');
}

const buffer = (value: Uint8Array): ArrayBuffer => value.slice().buffer as ArrayBuffer;

class CryptoKey {
  readonly type = 'secret';
  readonly algorithm: object;
  readonly extractable: boolean;
  readonly usages: string[];
  readonly #bytes: Uint8Array;

  constructor(key: Uint8Array, hash: string, extractable: boolean, usages: string[]) {
    const name = Object.keys(hashes).find((one) => hashes[one] === hash);
    this.algorithm = {name: 'HMAC', hash: {name}, length: key.length * 8};
    this.extractable = extractable;
    this.usages = usages;
    this.#bytes = key;
  }
  static bytesOf(key: any, usage?: string): Uint8Array {
    if (!(key instanceof CryptoKey)) throw new TypeError('The key must be a CryptoKey');
    if (usage !== undefined && !key.usages.includes(usage)) {
      throw exception(`The key does not allow to ${usage}`, 'InvalidAccessError');
    }
    return key.#bytes;
  }
}

function mac(key: any, usage: string, data: unknown): Uint8Array {
  const hash = hashOf(key.algorithm.hash);
  return support.digest(hash, bytes(data), support.shortKey(hash, CryptoKey.bytesOf(key, usage)));
}

const subtle = {
  async digest(algorithm: unknown, data: unknown): Promise<ArrayBuffer> {
    return buffer(support.digest(hashOf(algorithm), bytes(data)));
  },
  async importKey(
      format: unknown, key: any, algorithm: any, extractable: unknown, usages: string[]): Promise<CryptoKey> {
    requireHmac(algorithm);
    if (format !== 'raw' && format !== 'jwk') {
      throw exception(`Unsupported format ${format}, allowed: raw, jwk`, 'NotSupportedError');
    }
    const secret = format === 'raw' ? bytes(key) : bytes(key.k, 'base64url');
    return new CryptoKey(secret.slice(), hashOf(algorithm.hash), Boolean(extractable), [...usages]);
  },
  async exportKey(format: unknown, key: any): Promise<ArrayBuffer> {
    const secret = CryptoKey.bytesOf(key);
    if (format !== 'raw' || !key.extractable) {
      throw exception('The key cannot be exported like that', 'InvalidAccessError');
    }
    return buffer(secret);
  },
  async sign(algorithm: unknown, key: unknown, data: unknown): Promise<ArrayBuffer> {
    requireHmac(algorithm);
    return buffer(mac(key, 'sign', data));
  },
  async verify(algorithm: unknown, key: unknown, signature: unknown, data: unknown): Promise<boolean> {
    requireHmac(algorithm);
    return equals(bytes(signature), mac(key, 'verify', data));
  },
};

export const webcrypto = {
  getRandomValues: random.getRandomValues,
  randomUUID: random.randomUUID,
  subtle,
};
