// createCipheriv, createDecipheriv.
import common = require('./crypto_bytes');
import {LazyTransform} from './crypto_stream';

const {native, crypto: support} = internal;
const {bytes, fail, TextOutput, toBuffer} = common;
const tagBytes = 16;
const aliases: Record<string, string> = {aes128: 'aes-128-cbc', aes192: 'aes-192-cbc', aes256: 'aes-256-cbc'};

function authenticates(name: string): boolean {
  return name.endsWith('-gcm') || name.endsWith('-poly1305');
}

class CipherBase extends LazyTransform {
  readonly #name: string;
  readonly #encrypts: boolean;
  readonly #id: number;
  readonly #text = new TextOutput();
  #tag: Uint8Array | undefined;
  #ended = false;

  constructor(name: string, encrypts: boolean, key: Uint8Array, iv: Uint8Array, options?: object) {
    super(options);
    this.#name = name;
    this.#encrypts = encrypts;
    this.#id = native.openCipher(name, encrypts, key, iv);
  }

  update(data: unknown, inputEncoding?: string, outputEncoding?: string): any {
    this.#checkNotEnded('update');
    return this.#text.write(support.updateCipher(this.#id, bytes(data, inputEncoding)), outputEncoding, false);
  }

  final(outputEncoding?: string): any {
    this.#checkNotEnded('final');
    this.#ended = true;
    let rest = native.endCipher(this.#id);
    if (this.#encrypts && authenticates(this.#name)) {
      const end = rest.length - tagBytes;
      this.#tag = rest.slice(end);
      rest = rest.slice(0, end);
    }
    return this.#text.write(rest, outputEncoding, true);
  }

  setAutoPadding(padding = true): this {
    this.#checkNotEnded('setAutoPadding');
    native.setCipherPadding(this.#id, Boolean(padding));
    return this;
  }

  setAAD(data: unknown): this {
    this.#checkNotEnded('setAAD');
    native.addCipherData(this.#id, bytes(data));
    return this;
  }

  setAuthTag(tag: unknown, encoding?: string): this {
    this.#checkNotEnded('setAuthTag');
    native.setCipherTag(this.#id, bytes(tag, encoding, 'tag'));
    return this;
  }

  getAuthTag(): any {
    if (this.#tag === undefined) fail(Error, 'ERR_CRYPTO_INVALID_STATE', 'Invalid state for operation getAuthTag');
    return toBuffer(this.#tag!.slice());
  }

  _transform(chunk: unknown, encoding: string, done: (error?: unknown) => void): void {
    LazyTransform.settle(this, () => this.update(chunk, encoding), done);
  }
  _flush(done: (error?: unknown) => void): void {
    LazyTransform.settle(this, () => this.final(), done);
  }

  #checkNotEnded(operation: string): void {
    if (this.#ended) fail(Error, 'ERR_CRYPTO_INVALID_STATE', `Invalid state for operation ${operation}`);
  }
}

export class Cipheriv extends CipherBase {}
export class Decipheriv extends CipherBase {}

// Ciphers that are not among the native ones are the npm package's.
function makeCreate(encrypts: boolean) {
  return (cipher: unknown, key: unknown, iv: unknown, options?: object): any => {
    if (typeof cipher !== 'string') {
      return fail(TypeError, 'ERR_INVALID_ARG_TYPE', 'The "cipher" argument must be of type string. ' +
        `Received ${internal.inspect(cipher)}`);
    }
    const wanted = cipher.toLowerCase().replace(/^id-aes(\d+)-gcm$/, 'aes-$1-gcm');
    const name = aliases[wanted] ?? wanted;
    const keyBytes = bytes(key, undefined, 'key');
    const ivBytes = iv === null || iv === undefined ? new Uint8Array(0) : bytes(iv, undefined, 'iv');
    if (native.cipherNames().includes(name)) {
      return new (encrypts ? Cipheriv : Decipheriv)(name, encrypts, keyBytes, ivBytes, options);
    }
    const packaged = require('crypto-browserify');
    if (!packaged.getCiphers().includes(name)) {
      fail(Error, 'ERR_CRYPTO_UNKNOWN_CIPHER', `Unknown cipher: ${cipher}, allowed: ${getCiphers().join(', ')}`);
    }
    const create = encrypts ? packaged.createCipheriv : packaged.createDecipheriv;
    return create(name, toBuffer(keyBytes), toBuffer(ivBytes));
  };
}

export const createCipheriv = makeCreate(true);
export const createDecipheriv = makeCreate(false);

export function getCiphers(): string[] {
  return [...new Set<string>([...native.cipherNames(), ...require('crypto-browserify').getCiphers()])].sort();
}
