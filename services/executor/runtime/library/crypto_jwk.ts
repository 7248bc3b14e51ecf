// JSON Web Keys (RFC 7517, 7518) as PEM text: the DER that they stand for is put together here.
import common = require('./crypto_bytes');

const {bytes, fail} = common;

function tagged(tag: number, ...parts: Uint8Array[]): Uint8Array {
  const content = internal.crypto.join([new Uint8Array(0), ...parts]);
  const length: number[] = [];
  for (let rest = content.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256);
  const head = content.length < 128 ? [tag, content.length] : [tag, 0x80 | length.length, ...length];
  return internal.crypto.join([Uint8Array.from(head), content]);
}

const sequence = (...parts: Uint8Array[]): Uint8Array => tagged(0x30, ...parts);
const octets = (value: Uint8Array): Uint8Array => tagged(0x04, value);
const bits = (value: Uint8Array): Uint8Array => tagged(0x03, Uint8Array.of(0), value);
const identifier = (hex: string): Uint8Array => tagged(0x06, bytes(hex, 'hex'));

function integer(value: Uint8Array): Uint8Array {
  let begin = 0;
  while (begin < value.length - 1 && value[begin] === 0) ++begin;
  const digits = value.subarray(begin);
  return (digits[0] ?? 0) < 128 ? tagged(0x02, digits) : tagged(0x02, Uint8Array.of(0), digits);
}

const zero = integer(Uint8Array.of(0));
const one = integer(Uint8Array.of(1));
const rsaAlgorithm = sequence(identifier('2a864886f70d010101'), tagged(0x05));
const ecAlgorithm = identifier('2a8648ce3d0201');
const ed25519Algorithm = sequence(identifier('2b6570'));
// The identifier, and the bytes of a coordinate.
const curves: Record<string, [Uint8Array, number]> = {
  'P-256': [identifier('2a8648ce3d030107'), 32],
  'P-384': [identifier('2b81040022'), 48],
  'P-521': [identifier('2b81040023'), 66],
  secp256k1: [identifier('2b8104000a'), 32],
};

function pem(label: string, der: Uint8Array): string {
  const lines = common.output(der, 'base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

// A member of the key, base64url, filled up to `length` bytes.
function member(jwk: any, name: string, length = 0): Uint8Array {
  if (typeof jwk[name] !== 'string') fail(TypeError, 'ERR_CRYPTO_INVALID_JWK', `Invalid JWK: ${name} must be a string`);
  const value = bytes(jwk[name], 'base64url');
  if (value.length >= length) return value;
  const filled = new Uint8Array(length);
  filled.set(value, length - value.length);
  return filled;
}

function rsaToPem(jwk: any): string {
  const open = [integer(member(jwk, 'n')), integer(member(jwk, 'e'))];
  if (jwk.d === undefined) return pem('PUBLIC KEY', sequence(rsaAlgorithm, bits(sequence(...open))));
  const secret = ['d', 'p', 'q', 'dp', 'dq', 'qi'].map((name) => integer(member(jwk, name)));
  return pem('RSA PRIVATE KEY', sequence(zero, ...open, ...secret));
}

function ecToPem(jwk: any): string {
  const curve = curves[jwk.crv];
  if (curve === undefined) {
    return fail(TypeError, 'ERR_CRYPTO_INVALID_JWK', `Invalid JWK: crv must be ${Object.keys(curves).join(', ')}`);
  }
  const [name, length] = curve;
  const point = bits(internal.crypto.join([Uint8Array.of(4), member(jwk, 'x', length), member(jwk, 'y', length)]));
  if (jwk.d === undefined) return pem('PUBLIC KEY', sequence(sequence(ecAlgorithm, name), point));
  const secret = octets(member(jwk, 'd', length));
  return pem('EC PRIVATE KEY', sequence(one, secret, tagged(0xa0, name), tagged(0xa1, point)));
}

function okpToPem(jwk: any): string {
  if (jwk.crv !== 'Ed25519') return fail(TypeError, 'ERR_CRYPTO_INVALID_JWK', 'Invalid JWK: crv must be Ed25519');
  if (jwk.d === undefined) return pem('PUBLIC KEY', sequence(ed25519Algorithm, bits(member(jwk, 'x'))));
  return pem('PRIVATE KEY', sequence(zero, ed25519Algorithm, octets(octets(member(jwk, 'd')))));
}

export function jwkToPem(jwk: any): string {
  switch (jwk?.kty) {
    case 'RSA': return rsaToPem(jwk);
    case 'EC': return ecToPem(jwk);
    case 'OKP': return okpToPem(jwk);
    default: return fail(TypeError, 'ERR_CRYPTO_INVALID_JWK', 'Invalid JWK: kty must be RSA, EC or OKP');
  }
}
