// Signatures, and RSA encryption.
import common = require('./crypto_bytes');
import hashes = require('./crypto_hash');
import keys = require('./crypto_keys');
import type {Scheme} from '../src/native';

const {native, crypto: support} = internal;
const {bytes, fail, hashName, output, withCallback} = common;
const {Digest, Hashing} = hashes;
const {pemOf} = keys;

export const constants = {
  RSA_PKCS1_PADDING: 1,
  RSA_NO_PADDING: 3,
  RSA_PKCS1_OAEP_PADDING: 4,
  RSA_PKCS1_PSS_PADDING: 6,
  RSA_PSS_SALTLEN_DIGEST: -1,
  RSA_PSS_SALTLEN_MAX_SIGN: -2,
  RSA_PSS_SALTLEN_AUTO: -2,
};

function refusePadding(padding: unknown, allowed: string): never {
  return fail(TypeError, 'ERR_INVALID_ARG_VALUE', `Invalid padding ${internal.inspect(padding)}, allowed: ${allowed}`);
}

function schemeOf(key: any): {scheme: Scheme; saltBytes: number} {
  const saltBytes = key?.saltLength ?? constants.RSA_PSS_SALTLEN_AUTO;
  switch (key?.padding) {
    case constants.RSA_PKCS1_PSS_PADDING: return {scheme: 'pss', saltBytes};
    case constants.RSA_PKCS1_PADDING: return {scheme: 'pkcs1v15', saltBytes};
    case undefined: return {scheme: key?.dsaEncoding === 'ieee-p1363' ? 'ecdsa' : 'key', saltBytes};
    default: return refusePadding(key.padding, 'RSA_PKCS1_PADDING, RSA_PKCS1_PSS_PADDING');
  }
}

export class Sign extends Hashing {
  sign(key: any, encoding?: string): any {
    const {scheme, saltBytes} = schemeOf(key);
    const pem = pemOf(key, 'private');
    const digest = this.digestState.end();
    return output(native.sign(scheme, this.digestState.hash, pem, digest, saltBytes), encoding);
  }
}

export class Verify extends Hashing {
  verify(key: any, signature: unknown, encoding?: string): boolean {
    const {scheme, saltBytes} = schemeOf(key);
    const pem = pemOf(key, 'public');
    const signed = bytes(signature, encoding, 'signature');
    const digest = this.digestState.end();
    return native.verify(scheme, this.digestState.hash, pem, digest, saltBytes, signed);
  }
}

export function createSign(hash: unknown, options?: object): Sign {
  return new Sign(new Digest(hashName(hash)), options);
}

export function createVerify(hash: unknown, options?: object): Verify {
  return new Verify(new Digest(hashName(hash)), options);
}

// The scheme, and the hash that goes with it: Ed25519 has its own, without one named it is SHA-256.
function optionsFor(hash: unknown, key: unknown, pem: string, isPrivate: boolean) {
  const {scheme, saltBytes} = schemeOf(key);
  const none = hash === null || hash === undefined;
  if (native.readKey(pem, isPrivate)[0] === 'ed25519') {
    if (!none) fail(Error, 'ERR_CRYPTO_UNSUPPORTED_OPERATION', 'An Ed25519 key takes no hash: pass null');
    return {scheme: 'ed25519' as const, hash: '', saltBytes};
  }
  return {scheme, hash: none ? 'sha256' : hashName(hash), saltBytes};
}

function signNow(hash: unknown, data: unknown, key: unknown): any {
  const pem = pemOf(key, 'private');
  return output(support.sign(optionsFor(hash, key, pem, true), pem, bytes(data)));
}

function verifyNow(hash: unknown, data: unknown, key: unknown, signature: unknown): boolean {
  const pem = pemOf(key, 'public');
  return support.verify(optionsFor(hash, key, pem, false), pem, bytes(data), bytes(signature, undefined, 'signature'));
}

const signLater = withCallback((...args: [unknown, unknown, unknown]) => () => signNow(...args));
const verifyLater = withCallback((...args: [unknown, unknown, unknown, unknown]) => () => verifyNow(...args));

export function sign(hash: unknown, data: unknown, key: unknown, callback?: unknown): any {
  return callback === undefined ? signNow(hash, data, key) : signLater(hash, data, key, callback);
}

export function verify(hash: unknown, data: unknown, key: unknown, signature: unknown, callback?: unknown): any {
  if (callback === undefined) return verifyNow(hash, data, key, signature);
  return verifyLater(hash, data, key, signature, callback);
}

// The hash of OAEP, none for PKCS#1's padding.
function oaepHash(key: any): string {
  const padding = key?.padding ?? constants.RSA_PKCS1_OAEP_PADDING;
  if (padding === constants.RSA_PKCS1_OAEP_PADDING) return hashName(key?.oaepHash ?? 'sha1');
  if (padding === constants.RSA_PKCS1_PADDING) return '';
  return refusePadding(padding, 'RSA_PKCS1_OAEP_PADDING, RSA_PKCS1_PADDING');
}

function oaepLabel(key: any): Uint8Array | undefined {
  return key?.oaepLabel === undefined ? undefined : bytes(key.oaepLabel, undefined, 'key.oaepLabel');
}

export function publicEncrypt(key: unknown, data: unknown): any {
  const plain = bytes(data, undefined, 'buffer');
  return output(native.rsaEncrypt(pemOf(key, 'public'), oaepHash(key), oaepLabel(key), plain));
}

export function privateDecrypt(key: unknown, data: unknown): any {
  const sealed = bytes(data, undefined, 'buffer');
  return output(native.rsaDecrypt(pemOf(key, 'private'), oaepHash(key), oaepLabel(key), sealed));
}
