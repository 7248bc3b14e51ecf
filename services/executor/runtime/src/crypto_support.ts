// What `utils` and the library's `crypto` share. The native functions cannot be interrupted, so large data goes to them
// in pieces, between which an execution can be ended.
import {native, type Scheme} from './native.ts';

const pieceBytes = 4 << 20;

function eachPiece(data: Uint8Array, take: (piece: Uint8Array) => void): void {
  for (let at = 0; at < data.length; at += pieceBytes) take(data.subarray(at, at + pieceBytes));
}

export function join(parts: Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  let length = 0;
  for (const part of parts) length += part.length;
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export function updateHash(id: number, data: Uint8Array): void {
  if (data.length <= pieceBytes) native.updateHash(id, data);
  else eachPiece(data, (piece) => native.updateHash(id, piece));
}

// The hash, or with a key the HMAC, of the data.
export function digest(hash: string, data: Uint8Array, key?: Uint8Array): Uint8Array {
  if (data.length <= pieceBytes) return key === undefined ? native.hash(hash, data) : native.hmac(hash, key, data);
  const id = native.openHash(hash, key);
  updateHash(id, data);
  return native.endHash(id);
}

export function updateCipher(id: number, data: Uint8Array): Uint8Array {
  if (data.length <= pieceBytes) return native.updateCipher(id, data);
  const parts: Uint8Array[] = [];
  eachPiece(data, (piece) => parts.push(native.updateCipher(id, piece)));
  return join(parts);
}

// A hash of the key first where it is long: a native function would otherwise go through it as a whole.
export function shortKey(hash: string, key: Uint8Array): Uint8Array {
  return key.length <= pieceBytes ? key : digest(hash, key);
}

export interface SignatureOptions {
  scheme: Scheme;
  hash: string;
  // Of RSASSA-PSS: -1 as long as the hash; -2 any when verifying, as long as possible when signing.
  saltBytes: number;
}

function hashed({scheme, hash}: SignatureOptions, data: Uint8Array): Uint8Array {
  return scheme === 'ed25519' ? data : digest(hash, data);
}

export function sign(options: SignatureOptions, pem: string, data: Uint8Array): Uint8Array {
  return native.sign(options.scheme, options.hash, pem, hashed(options, data), options.saltBytes);
}

export function verify(options: SignatureOptions, pem: string, data: Uint8Array, signature: Uint8Array): boolean {
  return native.verify(options.scheme, options.hash, pem, hashed(options, data), options.saltBytes, signature);
}

// Whether they are equal, in a time that only depends on their lengths.
export function equals(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let different = 0;
  for (let i = 0; i < a.length; ++i) different |= a[i]! ^ b[i]!;
  return different === 0;
}

// Calls a native function on behalf of `where`, which its errors then begin with.
export function named<T>(where: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    const type = error instanceof TypeError ? TypeError : Error;
    throw new type(`${where}: ${(error as Error).message}`);
  }
}
