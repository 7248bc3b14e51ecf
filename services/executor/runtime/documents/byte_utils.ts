// The conversions of bytes that the npm package `bson` asks its platform for. Short ASCII text, as names of fields are,
// does not go to the host.
import {Encoding, native} from './native.ts';

const shortText = 32;

function toUtf8(text: string): Uint8Array {
  return native.decode(text, Encoding.Utf8)!;
}

// Undefined if it is long or not ASCII.
function readAscii(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end - start > shortText) return undefined;
  let text = '';
  for (let at = start; at < end; ++at) {
    const byte = bytes[at]!;
    if (byte >= 0x80) return undefined;
    text += String.fromCharCode(byte);
  }
  return text;
}

function isAscii(text: string): boolean {
  if (text.length > shortText) return false;
  for (let i = 0; i < text.length; ++i) {
    if (text.charCodeAt(i) >= 0x80) return false;
  }
  return true;
}

export const byteUtils = {
  fromBase64: (text: string): Uint8Array => native.decode(text, Encoding.Base64)!,
  toBase64: (bytes: Uint8Array): string => native.encode(bytes, 0, bytes.length, Encoding.Base64),
  fromHex: (text: string): Uint8Array => native.decode(text, Encoding.Hex)!,
  toHex: (bytes: Uint8Array): string => native.encode(bytes, 0, bytes.length, Encoding.Hex),
  toUTF8: (bytes: Uint8Array, start: number, end: number): string =>
    readAscii(bytes, start, end) ?? native.encode(bytes, start, end, Encoding.Utf8),
  utf8ByteLength: (text: string): number => isAscii(text) ? text.length : toUtf8(text).length,
  encodeUTF8Into(target: Uint8Array, text: string, offset: number): number {
    // What does not fit is found out by the block that is written in its place.
    if (isAscii(text) && offset + text.length <= target.length) {
      for (let i = 0; i < text.length; ++i) target[offset + i] = text.charCodeAt(i);
      return text.length;
    }
    const bytes = toUtf8(text);
    target.set(bytes, offset);
    return bytes.length;
  },
  randomBytes: (length: number): Uint8Array => native.random(length),
};
