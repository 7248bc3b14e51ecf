// `buffer`: the npm package, with what Node's module has besides. Text is converted natively where that gives the same.
const buffer: any = require('buffer/');

const {Buffer} = buffer;
const {native} = internal;
const {from, byteLength, isEncoding} = Buffer;
const {toString} = Buffer.prototype;
// As in src/native.ts.
const nativeEncodings: Record<string, number> = {utf8: 0, 'utf-8': 0, hex: 1, base64: 2};

function nativeEncoding(encoding: unknown): number | undefined {
  return encoding === undefined ? 0 : nativeEncodings[String(encoding).toLowerCase()];
}

function isBase64url(encoding: unknown): boolean {
  return String(encoding).toLowerCase() === 'base64url';
}

Buffer.from = (value: unknown, encoding?: unknown, length?: unknown): unknown => {
  if (typeof value !== 'string') return from(value, encoding, length);
  if (isBase64url(encoding)) return from(value, 'base64');
  const known = nativeEncoding(encoding);
  // Undefined for what is not quite base64 or hexadecimal: the package makes the best of that.
  const bytes = known === undefined ? undefined : native.decode(value, known);
  return bytes === undefined ? from(value, encoding) : Object.setPrototypeOf(bytes, Buffer.prototype);
};

Buffer.byteLength = (value: unknown, encoding?: unknown): number => {
  const isUtf8 = typeof value === 'string' && nativeEncoding(encoding) === 0;
  return isUtf8 ? internal.toUtf8(value).length : byteLength(value, encoding);
};

Buffer.isEncoding = (encoding: unknown): boolean => isBase64url(encoding) || isEncoding(encoding);

Buffer.prototype.toString = function (this: any, encoding?: unknown, start: number = 0, end?: number): string {
  const first = start > 0 ? Math.trunc(start) : 0;
  const last = Math.min(Math.trunc(end ?? this.length), this.length);
  if (!(first < last)) return '';
  if (isBase64url(encoding)) {
    return native.encode(this, first, last, 2).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  }
  const known = nativeEncoding(encoding);
  return known === undefined ? toString.call(this, encoding, first, last) : native.encode(this, first, last, known);
};
Buffer.prototype.toLocaleString = Buffer.prototype.toString;

function invalidCharacter(message: string): Error {
  const {DOMException} = require('web');
  return new DOMException(message, 'InvalidCharacterError');
}

export = {
  ...buffer,
  constants: {MAX_LENGTH: buffer.kMaxLength, MAX_STRING_LENGTH: 2 ** 29 - 24},
  atob: (text: unknown): string => {
    const compact = String(text).replace(/[\t\n\f\r ]/g, '');
    const padded = compact.length % 4 === 0 ? compact.replace(/={1,2}$/, '') : compact;
    if (padded.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(padded)) {
      throw invalidCharacter('The string to be decoded is not correctly encoded.');
    }
    return from(padded, 'base64').toString('latin1');
  },
  btoa: (value: unknown): string => {
    const text = String(value);
    if (/[^\0-\xff]/.test(text)) throw invalidCharacter('Invalid character');
    return from(text, 'latin1').toString('base64');
  },
};
