// createHash, createHmac, and the hash that signatures begin with.
import common = require('./crypto_bytes');
import {LazyTransform} from './crypto_stream';

const {native, crypto: support} = internal;
const {bytes, fail, hashName, output} = common;

// Up to here data is only gathered: most hashes are of short texts, and need nothing outside the heap then.
const gatheredBytesMax = 64 << 10;
const gatheredChunksMax = 64;

// The state of a hash, or with a key of an HMAC.
export class Digest {
  readonly hash: string;
  #key: Uint8Array | undefined;
  #chunks: Uint8Array[] = [];
  #gatheredBytes = 0;
  // The native hash, once there is one.
  #id = 0;
  #ended = false;

  constructor(hash: string, key?: Uint8Array) {
    this.hash = hash;
    this.#key = key;
  }

  update(data: unknown, encoding?: string): void {
    this.#checkNotEnded();
    const chunk = bytes(data, encoding);
    if (this.#id === 0 && this.#gatheredBytes + chunk.length <= gatheredBytesMax &&
        this.#chunks.length < gatheredChunksMax) {
      this.#chunks.push(typeof data === 'string' ? chunk : chunk.slice());
      this.#gatheredBytes += chunk.length;
      return;
    }
    if (this.#id === 0) this.#open();
    support.updateHash(this.#id, chunk);
  }

  end(): Uint8Array {
    this.#checkNotEnded();
    this.#ended = true;
    return this.#id === 0 ? support.digest(this.hash, support.join(this.#chunks), this.#key) : native.endHash(this.#id);
  }

  copy(): Digest {
    this.#checkNotEnded();
    const copy = new Digest(this.hash, this.#key);
    copy.#chunks = [...this.#chunks];
    copy.#gatheredBytes = this.#gatheredBytes;
    if (this.#id !== 0) copy.#id = native.copyHash(this.#id);
    return copy;
  }

  #open(): void {
    this.#id = native.openHash(this.hash, this.#key);
    support.updateHash(this.#id, support.join(this.#chunks));
    this.#chunks = [];
  }

  #checkNotEnded(): void {
    if (this.#ended) fail(Error, 'ERR_CRYPTO_HASH_FINALIZED', 'Digest already called');
  }
}

// A stream that takes what is hashed.
export class Hashing extends LazyTransform {
  protected digestState: Digest;

  constructor(state: Digest, options?: object) {
    super(options);
    this.digestState = state;
  }
  update(data: unknown, encoding?: string): this {
    this.digestState.update(data, encoding);
    return this;
  }
  _transform(chunk: unknown, encoding: string, done: (error?: unknown) => void): void {
    LazyTransform.settle(this, () => this.digestState.update(chunk, encoding), done);
  }
}

class WithDigest extends Hashing {
  digest(encoding?: string): any {
    return output(this.digestState.end(), encoding);
  }
  _flush(done: (error?: unknown) => void): void {
    LazyTransform.settle(this, () => this.digest(), done);
  }
}

export class Hash extends WithDigest {
  copy(): Hash {
    return new Hash(this.digestState.copy());
  }
}

export class Hmac extends WithDigest {}

export function createHash(name: unknown, options?: object): Hash {
  return new Hash(new Digest(hashName(name)), options);
}

export function createHmac(name: unknown, key: unknown, options?: object): Hmac {
  const hash = hashName(name);
  return new Hmac(new Digest(hash, support.shortKey(hash, bytes(key, undefined, 'key')).slice()), options);
}
