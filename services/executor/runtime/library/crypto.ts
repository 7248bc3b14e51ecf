// `crypto`: hashes, signatures, ciphers and key derivation by the worker's OpenSSL; what is rare is the npm package's.
import cipher = require('./crypto_cipher');
import common = require('./crypto_bytes');
import derive = require('./crypto_derive');
import hash = require('./crypto_hash');
import keys = require('./crypto_keys');
import random = require('./crypto_random');
import signing = require('./crypto_sign');
import web = require('./webcrypto');

const {bytes, equals, fail} = common;

function timingSafeEqual(a: unknown, b: unknown): boolean {
  const [left, right] = [bytes(a, undefined, 'buf1'), bytes(b, undefined, 'buf2')];
  if (typeof a === 'string' || typeof b === 'string') {
    fail(TypeError, 'ERR_INVALID_ARG_TYPE', 'The arguments must be instances of Buffer, TypedArray, or DataView');
  }
  if (left.length !== right.length) {
    fail(RangeError, 'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH', 'Input buffers must have the same byte length');
  }
  return equals(left, right);
}

function unavailable(name: string): () => never {
  return () => fail(Error, 'ERR_FEATURE_UNAVAILABLE', `crypto.${name} is not available in functions`);
}

const own: Record<string, unknown> = {
  constants: signing.constants,
  webcrypto: web.webcrypto,
  subtle: web.webcrypto.subtle,
  getRandomValues: random.getRandomValues,
  randomBytes: random.randomBytes,
  pseudoRandomBytes: random.randomBytes,
  prng: random.randomBytes,
  rng: random.randomBytes,
  randomFill: random.randomFill,
  randomFillSync: random.randomFillSync,
  randomInt: random.randomInt,
  randomUUID: random.randomUUID,
  timingSafeEqual,
  Hash: hash.Hash,
  Hmac: hash.Hmac,
  createHash: hash.createHash,
  createHmac: hash.createHmac,
  getHashes: common.getHashes,
  Cipheriv: cipher.Cipheriv,
  Decipheriv: cipher.Decipheriv,
  createCipheriv: cipher.createCipheriv,
  createDecipheriv: cipher.createDecipheriv,
  getCiphers: cipher.getCiphers,
  Sign: signing.Sign,
  Verify: signing.Verify,
  createSign: signing.createSign,
  createVerify: signing.createVerify,
  sign: signing.sign,
  verify: signing.verify,
  publicEncrypt: signing.publicEncrypt,
  privateDecrypt: signing.privateDecrypt,
  KeyObject: keys.KeyObject,
  createSecretKey: keys.createSecretKey,
  createPrivateKey: keys.createPrivateKey,
  createPublicKey: keys.createPublicKey,
  pbkdf2: derive.pbkdf2,
  pbkdf2Sync: derive.pbkdf2Sync,
  scrypt: derive.scrypt,
  scryptSync: derive.scryptSync,
  hkdf: derive.hkdf,
  hkdfSync: derive.hkdfSync,
};

// Making a pair of keys takes as long as luck has it, and cannot be interrupted.
for (const name of ['generateKeyPair', 'generateKeyPairSync']) own[name] = unavailable(name);

// Loaded when one of them is first used: it is large.
const packaged = [
  'createCipher', 'Cipher', 'createDecipher', 'Decipher', 'createDiffieHellman', 'createDiffieHellmanGroup',
  'getDiffieHellman', 'DiffieHellman', 'DiffieHellmanGroup', 'createECDH', 'privateEncrypt', 'publicDecrypt',
];
for (const name of packaged) {
  Object.defineProperty(own, name, {
    configurable: true,
    enumerable: true,
    get: () => require('crypto-browserify')[name],
    set: (value: unknown) => Object.defineProperty(own, name, {value, writable: true}),
  });
}

export = own;
