// Bodies of requests and responses: Blob, File, FormData, and the mixin with text(), json() and the rest. All bytes are
// there from the beginning: nothing streams between a function and the network.
import {Headers} from './headers';

const {toUtf8, fromUtf8, native} = internal;

function bytesOfPart(part: any): Uint8Array {
  if (part instanceof Blob) return part.allBytes();
  if (ArrayBuffer.isView(part)) return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
  if (part instanceof ArrayBuffer) return new Uint8Array(part);
  return toUtf8(String(part));
}

function concat(parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

class Blob {
  readonly #bytes: Uint8Array;
  readonly type: string;

  constructor(parts: Iterable<unknown> = [], options: {type?: string} = {}) {
    this.#bytes = concat([...parts].map(bytesOfPart));
    this.type = String(options.type ?? '').toLowerCase();
  }
  get size(): number {
    return this.#bytes.length;
  }
  allBytes(): Uint8Array {
    return this.#bytes;
  }
  slice(start?: number, end?: number, type?: string): Blob {
    return new Blob([this.#bytes.slice(start, end)], {type});
  }
  async bytes(): Promise<Uint8Array> {
    return this.#bytes.slice();
  }
  async arrayBuffer(): Promise<ArrayBuffer> {
    return this.#bytes.slice().buffer as ArrayBuffer;
  }
  async text(): Promise<string> {
    return fromUtf8(this.#bytes);
  }
  get [Symbol.toStringTag](): string {
    return 'Blob';
  }
}

class File extends Blob {
  readonly name: string;
  readonly lastModified: number;

  constructor(parts: Iterable<unknown>, name: string, options: {type?: string; lastModified?: number} = {}) {
    super(parts, options);
    this.name = String(name);
    this.lastModified = options.lastModified ?? Date.now();
  }
}

type Entry = [string, string | File];

function makeEntry(name: unknown, value: unknown, filename?: string): Entry {
  if (!(value instanceof Blob)) return [String(name), String(value)];
  const known = value instanceof File ? value.name : 'blob';
  return [String(name), value instanceof File && filename === undefined ? value :
    new File([value], filename ?? known, {type: value.type})];
}

class FormData {
  #entries: Entry[] = [];

  append(name: unknown, value: unknown, filename?: string): void {
    this.#entries.push(makeEntry(name, value, filename));
  }
  set(name: unknown, value: unknown, filename?: string): void {
    this.delete(name);
    this.append(name, value, filename);
  }
  delete(name: unknown): void {
    this.#entries = this.#entries.filter((entry) => entry[0] !== String(name));
  }
  get(name: unknown): string | File | null {
    return this.getAll(name)[0] ?? null;
  }
  getAll(name: unknown): (string | File)[] {
    return this.#entries.filter((entry) => entry[0] === String(name)).map((entry) => entry[1]);
  }
  has(name: unknown): boolean {
    return this.getAll(name).length > 0;
  }
  *entries(): IterableIterator<Entry> {
    yield* this.#entries;
  }
  *keys(): IterableIterator<string> {
    for (const [name] of this.#entries) yield name;
  }
  *values(): IterableIterator<string | File> {
    for (const [, value] of this.#entries) yield value;
  }
  [Symbol.iterator](): IterableIterator<Entry> {
    return this.entries();
  }
  forEach(callback: (value: string | File, name: string, form: FormData) => void, self?: unknown): void {
    for (const [name, value] of this.#entries) callback.call(self, value, name, this);
  }
}

// multipart/form-data (RFC 7578), names escaped as HTML says.
function encodeForm(form: FormData): {bytes: Uint8Array; type: string} {
  const hex = [...native.random(16)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const boundary = `----overlock${hex}`;
  const escape = (text: string): string => text.replace(/\n/g, '%0A').replace(/\r/g, '%0D').replace(/"/g, '%22');
  const parts: Uint8Array[] = [];
  for (const [name, value] of form) {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escape(name)}"`;
    if (typeof value === 'string') {
      parts.push(toUtf8(`${head}\r\n\r\n${value.replace(/\r?\n|\r/g, '\r\n')}\r\n`));
    } else {
      const type = value.type || 'application/octet-stream';
      parts.push(toUtf8(`${head}; filename="${escape(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`),
                 value.allBytes(), toUtf8('\r\n'));
    }
  }
  parts.push(toUtf8(`--${boundary}--\r\n`));
  return {bytes: concat(parts), type: `multipart/form-data; boundary=${boundary}`};
}

// A body's bytes and the content type that goes with it.
function extractBody(value: any): {bytes: Uint8Array; type: string | undefined} | undefined {
  if (value === undefined || value === null) return undefined;
  if (value instanceof FormData) return encodeForm(value);
  if (value instanceof Blob) return {bytes: value.allBytes(), type: value.type || undefined};
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    return {bytes: bytesOfPart(value).slice(), type: undefined};
  }
  if (value._bsontype === 'Binary') return {bytes: value.buffer.slice(0, value.position), type: undefined};
  if (value instanceof URLSearchParams) {
    return {bytes: toUtf8(String(value)), type: 'application/x-www-form-urlencoded;charset=UTF-8'};
  }
  if (typeof value === 'object' && (Symbol.asyncIterator in value || typeof value.pipe === 'function')) {
    throw new TypeError('A body cannot be a stream: give a string, bytes, a Blob, URLSearchParams or FormData');
  }
  return {bytes: toUtf8(String(value)), type: 'text/plain;charset=UTF-8'};
}

// The bytes as a stream of one chunk.
class BodyStream {
  locked = false;
  readonly #take: () => Uint8Array;

  constructor(take: () => Uint8Array) {
    this.#take = take;
  }
  getReader(): object {
    if (this.locked) throw new TypeError('ReadableStream is locked');
    this.locked = true;
    let done = false;
    return {
      read: async () => {
        if (done) return {done: true, value: undefined};
        done = true;
        const value = this.#take();
        return value.length === 0 ? {done: true, value: undefined} : {done: false, value};
      },
      cancel: async () => {
        done = true;
      },
      releaseLock: () => {
        this.locked = false;
      },
    };
  }
  async cancel(): Promise<void> {
    this.#take();
  }
  async* [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array> {
    const value = this.#take();
    if (value.length > 0) yield value;
  }
}

// What Request and Response have in common.
class BodyHolder {
  readonly headers: Headers;
  #bytes: Uint8Array | undefined;
  #used = false;
  #stream: BodyStream | undefined;

  constructor(headers: unknown, value: unknown) {
    this.headers = new Headers(headers);
    const extracted = extractBody(value);
    this.#bytes = extracted?.bytes;
    if (extracted?.type !== undefined && !this.headers.has('content-type')) {
      this.headers.set('content-type', extracted.type);
    }
  }
  get bodyUsed(): boolean {
    return this.#used;
  }
  get body(): BodyStream | null {
    if (this.#bytes === undefined) return null;
    return (this.#stream ??= new BodyStream(() => this.takeBytes()));
  }
  // For requests and clones, which do not use it up.
  peekBytes(): Uint8Array | undefined {
    if (this.#used) throw new TypeError('Body is unusable: it has been read already');
    return this.#bytes;
  }
  takeBytes(): Uint8Array {
    const bytes = this.peekBytes() ?? new Uint8Array(0);
    this.#used = this.#bytes !== undefined;
    return bytes;
  }
  async bytes(): Promise<Uint8Array> {
    return this.takeBytes().slice();
  }
  async arrayBuffer(): Promise<ArrayBuffer> {
    return this.takeBytes().slice().buffer as ArrayBuffer;
  }
  async blob(): Promise<Blob> {
    return new Blob([this.takeBytes()], {type: this.headers.get('content-type') ?? ''});
  }
  async text(): Promise<string> {
    return fromUtf8(this.takeBytes()).replace(/^\ufeff/, '');
  }
  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }
  async formData(): Promise<FormData> {
    const type = this.headers.get('content-type') ?? '';
    if (!type.startsWith('application/x-www-form-urlencoded')) {
      throw new TypeError(`formData(): only application/x-www-form-urlencoded is read, not ${type || 'no type'}`);
    }
    const form = new FormData();
    for (const [name, value] of new URLSearchParams(await this.text())) form.append(name, value);
    return form;
  }
}

export {Blob, File, FormData, BodyHolder};
