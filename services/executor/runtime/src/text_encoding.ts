// TextEncoder and TextDecoder (Encoding standard) for UTF-8, UTF-16LE and windows-1252 under its name latin1.
import {fromUtf8, toUtf8} from './byte_utils.ts';
import {bytesOf} from './services.ts';

const labels: Record<string, string> = {
  'utf-8': 'utf-8', utf8: 'utf-8', 'unicode-1-1-utf-8': 'utf-8', 'utf-16le': 'utf-16le', 'utf-16': 'utf-16le',
  ucs2: 'utf-16le', 'ucs-2': 'utf-16le', latin1: 'windows-1252', ascii: 'windows-1252', 'us-ascii': 'windows-1252',
  'iso-8859-1': 'windows-1252', 'windows-1252': 'windows-1252',
};
// What windows-1252 has at 0x80 to 0x9f.
const windows1252 = '\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\x8d\u017d\x8f\x90' +
  '\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d\u017e\u0178';

export class TextEncoder {
  get encoding(): string {
    return 'utf-8';
  }
  encode(text: unknown = ''): Uint8Array {
    return toUtf8(String(text));
  }
  encodeInto(text: string, target: Uint8Array): {read: number; written: number} {
    let read = 0;
    let written = 0;
    for (const character of String(text)) {
      const bytes = toUtf8(character);
      if (written + bytes.length > target.length) break;
      target.set(bytes, written);
      written += bytes.length;
      read += character.length;
    }
    return {read, written};
  }
}

// How many bytes at the end begin a UTF-8 sequence that is not complete.
function unfinishedUtf8(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); ++back) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0;
  }
  return 0;
}

function decodeUtf16(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i + 1 < bytes.length; i += 2) text += String.fromCharCode(bytes[i]! | (bytes[i + 1]! << 8));
  return bytes.length % 2 === 0 ? text : text + '\ufffd';
}

function decodeLatin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte >= 0x80 && byte < 0xa0 ? windows1252[byte - 0x80] : String.fromCharCode(byte);
  return text;
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

export class TextDecoder {
  readonly encoding: string;
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  #pending: Uint8Array = new Uint8Array(0);
  #begun = false;

  constructor(label: unknown = 'utf-8', options: {fatal?: boolean; ignoreBOM?: boolean} = {}) {
    const name = String(label).trim().toLowerCase();
    const encoding = Object.hasOwn(labels, name) ? labels[name] : undefined;
    if (encoding === undefined) throw new RangeError(`The "${String(label)}" encoding is not supported`);
    this.encoding = encoding;
    this.fatal = Boolean(options.fatal);
    this.ignoreBOM = Boolean(options.ignoreBOM);
  }
  decode(input?: unknown, options: {stream?: boolean} = {}): string {
    const given = input === undefined ? new Uint8Array(0) : typeof input === 'string' ? undefined : bytesOf(input);
    const bytes = this.#take(given, Boolean(options.stream));
    let text: string;
    if (this.encoding === 'utf-8') {
      text = fromUtf8(bytes);
      if (this.fatal && !equalBytes(toUtf8(text), bytes)) {
        const error = new TypeError(`The encoded data was not valid for encoding ${this.encoding}`);
        throw Object.assign(error, {code: 'ERR_ENCODING_INVALID_ENCODED_DATA'});
      }
    } else {
      text = this.encoding === 'utf-16le' ? decodeUtf16(bytes) : decodeLatin1(bytes);
    }
    if (text === '') return text;
    const first = !this.#begun;
    this.#begun = Boolean(options.stream);
    return first && !this.ignoreBOM && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  }
  // What came before and was not complete, and the input up to what is not complete.
  #take(input: Uint8Array | undefined, stream: boolean): Uint8Array {
    if (input === undefined) {
      throw new TypeError('decode: the argument must be a buffer or a view of one');
    }
    const all = new Uint8Array(this.#pending.length + input.length);
    all.set(this.#pending);
    all.set(input, this.#pending.length);
    const left = !stream ? 0 : this.encoding === 'utf-8' ? unfinishedUtf8(all) : all.length % 2;
    this.#pending = all.slice(all.length - left);
    return all.subarray(0, all.length - left);
  }
}
