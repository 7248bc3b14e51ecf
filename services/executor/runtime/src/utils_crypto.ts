// `utils.crypto` (spec section 9.5).
import {Binary} from 'bson';
import {byteUtils} from './byte_utils.ts';
import {digest, join, named, shortKey, sign, type SignatureOptions, updateCipher, verify} from './crypto_support.ts';
import {native} from './native.ts';
import {bytesOf} from './services.ts';

// AES-GCM: a nonce, what is encrypted, a tag (found by decrypting the published sample).
const nonceBytes = 12;
const tagBytes = 16;
const macHashes = ['sha1', 'sha256', 'sha512'];
const hashes = ['sha1', 'sha256', 'sha512', 'md5'];

function oneOf(where: string, what: string, value: unknown, allowed: string[]): string {
  if (typeof value === 'string' && allowed.includes(value.toLowerCase())) return value.toLowerCase();
  throw new TypeError(`${where}: ${what} must be one of ${allowed.map((one) => `"${one}"`).join(', ')}`);
}

function input(where: string, what: string, value: unknown): Uint8Array {
  const bytes = bytesOf(value);
  if (bytes === undefined) throw new TypeError(`${where}: ${what} must be a string or a BSON.Binary`);
  return bytes;
}

function binary(where: string, what: string, value: unknown): Uint8Array {
  if (typeof value === 'string') throw new TypeError(`${where}: ${what} must be a BSON.Binary, not a string`);
  return input(where, what, value);
}

function text(where: string, what: string, value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`${where}: ${what} must be a string in PEM form`);
  return value;
}

function openAes(where: string, encrypt: boolean, key: unknown, nonce: Uint8Array): number {
  const bytes = input(where, 'the key', key);
  if (![16, 24, 32].includes(bytes.length)) {
    throw new TypeError(`${where}: the key must have 16, 24 or 32 bytes, not ${bytes.length}`);
  }
  return native.openCipher(`aes-${bytes.length * 8}-gcm`, encrypt, bytes, nonce);
}

function signature(where: string, kind: unknown, scheme: unknown): SignatureOptions {
  oneOf(where, 'the encryption type', kind, ['rsa']);
  const name = oneOf(where, 'the signature scheme', scheme ?? 'pss', ['pss', 'pkcs1v15']) as 'pss' | 'pkcs1v15';
  return {scheme: name, hash: 'sha256', saltBytes: -2};
}

export const utilsCrypto = {
  encrypt(kind: unknown, message: unknown, key: unknown): Binary {
    const where = 'utils.crypto.encrypt';
    oneOf(where, 'the encryption type', kind, ['aes']);
    const plain = input(where, 'the message', message);
    const nonce = native.random(nonceBytes);
    const cipher = openAes(where, true, key, nonce);
    return new Binary(join([nonce, updateCipher(cipher, plain), native.endCipher(cipher)]), 0);
  },

  decrypt(kind: unknown, message: unknown, key: unknown): Binary {
    const where = 'utils.crypto.decrypt';
    oneOf(where, 'the encryption type', kind, ['aes']);
    const all = binary(where, 'the encrypted message', message);
    const end = all.length - tagBytes;
    if (end < nonceBytes) {
      throw new TypeError(`${where}: the encrypted message must have at least ${nonceBytes + tagBytes} bytes`);
    }
    const cipher = openAes(where, false, key, all.subarray(0, nonceBytes));
    native.setCipherTag(cipher, all.subarray(end));
    const plain = updateCipher(cipher, all.subarray(nonceBytes, end));
    return new Binary(named(where, () => join([plain, native.endCipher(cipher)])), 0);
  },

  sign(kind: unknown, message: unknown, privateKey: unknown, scheme?: unknown): Binary {
    const where = 'utils.crypto.sign';
    const options = signature(where, kind, scheme);
    const data = input(where, 'the message', message);
    const pem = text(where, 'the private key', privateKey);
    return new Binary(named(where, () => sign(options, pem, data)), 0);
  },

  verify(kind: unknown, message: unknown, publicKey: unknown, signed: unknown, scheme?: unknown): boolean {
    const where = 'utils.crypto.verify';
    const options = signature(where, kind, scheme);
    const data = input(where, 'the message', message);
    const pem = text(where, 'the public key', publicKey);
    const bytes = binary(where, 'the signature', signed);
    return named(where, () => verify(options, pem, data, bytes));
  },

  hmac(data: unknown, secret: unknown, hash: unknown, format: unknown): string {
    const where = 'utils.crypto.hmac';
    const bytes = input(where, 'the input', data);
    const key = input(where, 'the secret', secret);
    const name = oneOf(where, 'the hash function', hash, macHashes);
    const encoding = oneOf(where, 'the output format', format, ['hex', 'base64']);
    const mac = digest(name, bytes, shortKey(name, key));
    return encoding === 'hex' ? byteUtils.toHex(mac) : byteUtils.toBase64(mac);
  },

  hash(hash: unknown, data: unknown): Binary {
    const where = 'utils.crypto.hash';
    const name = oneOf(where, 'the hash function', hash, hashes);
    return new Binary(digest(name, input(where, 'the input', data)), 0);
  },
};
