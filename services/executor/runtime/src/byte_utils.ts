// The conversions of bytes that the npm package `bson` asks its platform for.
import {Encoding, native} from './native.ts';

export const byteUtils = {
  fromBase64(text: string): Uint8Array {
    const bytes = native.decode(text, Encoding.Base64);
    if (bytes === undefined) throw new Error('not base64: padding is needed');
    return bytes;
  },
  toBase64(bytes: Uint8Array): string {
    return native.encode(bytes, 0, bytes.length, Encoding.Base64);
  },
  fromHex(text: string): Uint8Array {
    const bytes = native.decode(text, Encoding.Hex);
    if (bytes === undefined) throw new Error('not an even number of hexadecimal digits');
    return bytes;
  },
  toHex(bytes: Uint8Array): string {
    return native.encode(bytes, 0, bytes.length, Encoding.Hex);
  },
  toUTF8(bytes: Uint8Array, start: number, end: number): string {
    return native.encode(bytes, start, end, Encoding.Utf8);
  },
  utf8ByteLength(text: string): number {
    return toUtf8(text).length;
  },
  encodeUTF8Into(target: Uint8Array, text: string, offset: number): number {
    const bytes = toUtf8(text);
    target.set(bytes, offset);
    return bytes.length;
  },
  randomBytes(length: number): Uint8Array {
    return native.random(length);
  },
};

export function toUtf8(text: string): Uint8Array {
  return native.decode(text, Encoding.Utf8)!;
}

export function fromUtf8(bytes: Uint8Array): string {
  return native.encode(bytes, 0, bytes.length, Encoding.Utf8);
}
