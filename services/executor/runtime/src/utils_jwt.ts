// `utils.jwt` (spec section 9.5; RFC 7515, 7518, 7519).
import {byteUtils, fromUtf8, toUtf8} from './byte_utils.ts';
import {digest, equals, named, shortKey, sign, type SignatureOptions, verify} from './crypto_support.ts';
import {EJSON} from './ejson.ts';
import {native, type Scheme} from './native.ts';
import {bytesOf} from './services.ts';

const algorithms = ['HS', 'RS', 'ES', 'PS'].flatMap((kind) => ['256', '384', '512'].map((bits) => kind + bits));
const schemes: Record<string, Scheme> = {RS: 'pkcs1v15', PS: 'pss', ES: 'ecdsa'};
const curves: Record<string, [string, string]> = {
  ES256: ['prime256v1', 'P-256'],
  ES384: ['secp384r1', 'P-384'],
  ES512: ['secp521r1', 'P-521'],
};

function toBase64Url(bytes: Uint8Array): string {
  return byteUtils.toBase64(bytes).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

function fromBase64Url(text: string): Uint8Array {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) throw new Error('not base64url');
  const base64 = text.replace(/-/g, '+').replace(/_/g, '/');
  return byteUtils.fromBase64(base64 + '='.repeat((4 - (base64.length % 4)) % 4));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// The secret of an HMAC. A public key must never be taken for one: whoever knows it could sign.
function secretOf(where: string, key: unknown): Uint8Array {
  const bytes = bytesOf(key);
  if (bytes === undefined || bytes.length === 0) throw new TypeError(`${where}: the key must be a string with text`);
  if (fromUtf8(bytes).includes('-----BEGIN ')) {
    throw new TypeError(`${where}: a key in PEM form is no secret for the signing methods HS256, HS384 and HS512`);
  }
  return bytes;
}

function pemOf(where: string, algorithm: string, key: unknown, isPrivate: boolean): string {
  if (typeof key !== 'string') throw new TypeError(`${where}: the key must be a string in PEM form`);
  const curve = curves[algorithm];
  if (curve !== undefined) {
    const [kind, , name] = named(where, () => native.readKey(key, isPrivate));
    if (kind !== 'ec' || name !== curve[0]) {
      throw new TypeError(`${where}: the key for ${algorithm} must be one of the curve ${curve[1]}`);
    }
  }
  return key;
}

function checkAlgorithm(where: string, algorithm: unknown): string {
  if (typeof algorithm === 'string' && algorithms.includes(algorithm)) return algorithm;
  throw new TypeError(`${where}: the signing method must be one of ${algorithms.join(', ')}`);
}

// RFC 7518 section 3.5: the salt is as long as the hash.
function optionsOf(algorithm: string): SignatureOptions | undefined {
  const scheme = schemes[algorithm.slice(0, 2)];
  return scheme && {scheme, hash: `sha${algorithm.slice(2)}`, saltBytes: -1};
}

function macOf(where: string, algorithm: string, key: unknown, data: Uint8Array): Uint8Array {
  const hash = `sha${algorithm.slice(2)}`;
  return digest(hash, data, shortKey(hash, secretOf(where, key)));
}

function signatureOf(where: string, algorithm: string, key: unknown, data: Uint8Array): Uint8Array {
  const options = optionsOf(algorithm);
  if (options === undefined) return macOf(where, algorithm, key, data);
  const pem = pemOf(where, algorithm, key, true);
  return named(where, () => sign(options, pem, data));
}

function holds(where: string, algorithm: string, key: unknown, data: Uint8Array, signature: Uint8Array): boolean {
  const options = optionsOf(algorithm);
  if (options === undefined) return equals(macOf(where, algorithm, key, data), signature);
  const pem = pemOf(where, algorithm, key, false);
  // Other libraries sign with other lengths of salt.
  return named(where, () => verify({...options, saltBytes: -2}, pem, data, signature));
}

function parsePart(where: string, what: string, text: string): Record<string, unknown> {
  try {
    const value = JSON.parse(fromUtf8(fromBase64Url(text)));
    if (isObject(value)) return value;
  } catch {
    // Said below.
  }
  throw new Error(`${where}: the token's ${what} is not a JSON object in base64url`);
}

// RFC 7519 sections 4.1.4 and 4.1.5. Not `iat`: the published sample has one in the far future.
function checkTimes(where: string, payload: Record<string, unknown>): void {
  const now = Date.now() / 1000;
  for (const claim of ['exp', 'nbf']) {
    if (payload[claim] !== undefined && typeof payload[claim] !== 'number') {
      throw new Error(`${where}: the token's ${claim} must be a number of seconds`);
    }
  }
  if (payload.exp !== undefined && now >= (payload.exp as number)) throw new Error(`${where}: the token is expired`);
  if (payload.nbf !== undefined && now < (payload.nbf as number)) {
    throw new Error(`${where}: the token is not valid yet`);
  }
}

// JSON as other readers of tokens want it: BSON numbers as numbers, ids as text.
function writeClaims(payload: object): string {
  return JSON.stringify(payload, (_, value) => (value?._bsontype === 'Long' ? value.toNumber() : value));
}

function payloadOf(where: string, payload: unknown): object {
  let value = payload;
  try {
    if (typeof payload === 'string') value = EJSON.parse(payload);
  } catch {
    // Said below.
  }
  if (!isObject(value)) throw new TypeError(`${where}: the payload must be an object, or one as text in Extended JSON`);
  return value;
}

function acceptedOf(where: string, accepted: unknown): unknown[] {
  if (accepted === undefined || accepted === null) return algorithms;
  if (!Array.isArray(accepted)) throw new TypeError(`${where}: acceptedSigningMethods must be an array of strings`);
  return accepted;
}

export const utilsJwt = {
  encode(signingMethod: unknown, payload: unknown, key: unknown, headerFields?: unknown): string {
    const where = 'utils.jwt.encode';
    const alg = checkAlgorithm(where, signingMethod);
    const claims = payloadOf(where, payload);
    if (headerFields !== undefined && headerFields !== null && !isObject(headerFields)) {
      throw new TypeError(`${where}: customHeaderFields must be an object`);
    }
    const header: Record<string, unknown> = {alg, typ: 'JWT', ...(headerFields as object | undefined)};
    header.alg = alg;
    const signed = `${toBase64Url(toUtf8(writeClaims(header)))}.${toBase64Url(toUtf8(writeClaims(claims)))}`;
    return `${signed}.${toBase64Url(signatureOf(where, alg, key, toUtf8(signed)))}`;
  },

  decode(token: unknown, key: unknown, returnHeader?: unknown, acceptedSigningMethods?: unknown): unknown {
    const where = 'utils.jwt.decode';
    const parts = typeof token === 'string' ? token.split('.', 4) : [];
    if (parts.length !== 3) throw new TypeError(`${where}: the token must be a string of three parts`);
    const [headerText, payloadText, signatureText] = parts as [string, string, string];
    const header = parsePart(where, 'header', headerText);
    const alg = checkAlgorithm(where, header.alg);
    if (!acceptedOf(where, acceptedSigningMethods).includes(alg)) {
      throw new Error(`${where}: the token's signing method ${alg} is not accepted`);
    }
    // RFC 7515 section 4.1.11: what is critical and not understood makes a token invalid.
    if (header.crit !== undefined) throw new Error(`${where}: the token has critical header fields`);
    let signature: Uint8Array;
    try {
      signature = fromBase64Url(signatureText);
    } catch {
      throw new Error(`${where}: the token's signature is not base64url`);
    }
    if (!holds(where, alg, key, toUtf8(`${headerText}.${payloadText}`), signature)) {
      throw new Error(`${where}: the signature is invalid`);
    }
    const payload = parsePart(where, 'payload', payloadText);
    checkTimes(where, payload);
    return returnHeader ? {header, payload} : payload;
  },
};
