// Key objects, and keys in the forms in which they are given.
import common = require('./crypto_bytes');

const {native} = internal;
const {bytes, equals, fail, output, toBuffer} = common;

const labels: Record<string, string> = {
  'pkcs1-private': 'RSA PRIVATE KEY',
  'pkcs1-public': 'RSA PUBLIC KEY',
  'pkcs8-private': 'PRIVATE KEY',
  'sec1-private': 'EC PRIVATE KEY',
  'spki-public': 'PUBLIC KEY',
};

type Half = 'private' | 'public';

function derToPem(der: Uint8Array, type: string, half: Half): string {
  const label = labels[`${type}-${half}`];
  if (label === undefined) {
    return fail(TypeError, 'ERR_INVALID_ARG_VALUE', `The property 'type' of a ${half} key in DER form must be ` +
      (half === 'private' ? "'pkcs8', 'pkcs1' or 'sec1'" : "'spki' or 'pkcs1'"));
  }
  const lines = toBuffer(der).toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

// The PEM text of a key for `half`: a string, a Buffer, a KeyObject, or an object with `key`.
export function pemOf(input: any, half: Half): string {
  if (input instanceof KeyObject) return input.pem(half);
  if (typeof input === 'object' && input !== null && 'key' in input) {
    if (input.passphrase !== undefined && input.passphrase !== null) {
      fail(Error, 'ERR_FEATURE_UNAVAILABLE', 'Keys with a pass phrase are not available in functions');
    }
    if (input.key instanceof KeyObject) return input.key.pem(half);
    if (input.format === 'jwk') return require('./crypto_jwk').jwkToPem(input.key);
    if (input.format === 'der') return derToPem(bytes(input.key, input.encoding, 'key'), input.type, half);
    return internal.fromUtf8(bytes(input.key, input.encoding, 'key'));
  }
  return internal.fromUtf8(bytes(input, undefined, 'key'));
}

export class KeyObject {
  readonly type: 'secret' | Half;
  readonly #bytes: Uint8Array | undefined;
  readonly #pem: string = '';
  readonly #details: string[] = [];

  // A secret key of bytes, or one of a pair.
  constructor(type: 'secret' | Half, key: Uint8Array | string) {
    this.type = type;
    if (typeof key !== 'string') {
      this.#bytes = key;
    } else {
      this.#details = native.readKey(key, type === 'private');
      this.#pem = this.#details[3]!;
    }
  }

  get asymmetricKeyType(): string | undefined {
    return this.#details[0];
  }
  get asymmetricKeyDetails(): object | undefined {
    const [kind, bits, curve] = this.#details;
    if (kind === undefined) return undefined;
    if (kind === 'ec') return {namedCurve: curve};
    return kind.startsWith('rsa') ? {modulusLength: Number(bits)} : {};
  }
  get symmetricKeySize(): number | undefined {
    return this.#bytes?.length;
  }

  secretBytes(): Uint8Array {
    if (this.#bytes !== undefined) return this.#bytes;
    return this.#refuse('secret');
  }

  pem(half: Half): string {
    if (this.type === half || (this.type === 'private' && half === 'public')) return this.#pem;
    return this.#refuse(half);
  }

  #refuse(expected: string): never {
    return fail(TypeError, 'ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE',
                `Invalid key object type ${this.type}, expected ${expected}.`);
  }

  export(options: any = {}): any {
    if (this.type === 'secret') {
      if (options.format !== 'jwk') return toBuffer(this.secretBytes().slice());
      return {kty: 'oct', k: output(this.secretBytes(), 'base64url')};
    }
    const form = this.type === 'private' ? 'pkcs8' : 'spki';
    const {format = 'pem', type = form, cipher} = options;
    if (type !== form || cipher !== undefined || (format !== 'pem' && format !== 'der')) {
      fail(Error, 'ERR_FEATURE_UNAVAILABLE',
           `A ${this.type} key can be exported with type '${form}' and format 'pem' or 'der'`);
    }
    return format === 'pem' ? this.#pem : Buffer.from(this.#pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  }

  equals(other: unknown): boolean {
    if (!(other instanceof KeyObject) || other.type !== this.type) return false;
    if (this.type !== 'secret') return other.#pem === this.#pem;
    return equals(other.secretBytes(), this.secretBytes());
  }
}

export function createSecretKey(key: unknown, encoding?: string): KeyObject {
  return new KeyObject('secret', bytes(key, encoding, 'key').slice());
}

export function createPrivateKey(key: unknown): KeyObject {
  return new KeyObject('private', pemOf(key, 'private'));
}

export function createPublicKey(key: unknown): KeyObject {
  return new KeyObject('public', pemOf(key, 'public'));
}
