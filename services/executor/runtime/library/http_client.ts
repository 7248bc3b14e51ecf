// What `http` and `https` are made of: clients only, over the supervisor's guarded client. A request is sent when it
// ends.
import stream = require('stream');
import EventEmitter = require('events');

const statusTexts: Record<number, string> = {
  100: 'Continue', 101: 'Switching Protocols', 102: 'Processing', 103: 'Early Hints', 200: 'OK', 201: 'Created',
  202: 'Accepted', 203: 'Non-Authoritative Information', 204: 'No Content', 205: 'Reset Content',
  206: 'Partial Content', 207: 'Multi-Status', 300: 'Multiple Choices', 301: 'Moved Permanently', 302: 'Found',
  303: 'See Other', 304: 'Not Modified', 307: 'Temporary Redirect', 308: 'Permanent Redirect', 400: 'Bad Request',
  401: 'Unauthorized', 402: 'Payment Required', 403: 'Forbidden', 404: 'Not Found', 405: 'Method Not Allowed',
  406: 'Not Acceptable', 407: 'Proxy Authentication Required', 408: 'Request Timeout', 409: 'Conflict', 410: 'Gone',
  411: 'Length Required', 412: 'Precondition Failed', 413: 'Payload Too Large', 414: 'URI Too Long',
  415: 'Unsupported Media Type', 416: 'Range Not Satisfiable', 417: 'Expectation Failed', 418: "I'm a Teapot",
  421: 'Misdirected Request', 422: 'Unprocessable Entity', 423: 'Locked', 424: 'Failed Dependency',
  425: 'Too Early', 426: 'Upgrade Required', 428: 'Precondition Required', 429: 'Too Many Requests',
  431: 'Request Header Fields Too Large', 451: 'Unavailable For Legal Reasons', 500: 'Internal Server Error',
  501: 'Not Implemented', 502: 'Bad Gateway', 503: 'Service Unavailable', 504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported', 507: 'Insufficient Storage', 511: 'Network Authentication Required',
};
const methods = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'];
// Node keeps the first of these where a header comes twice.
const singleHeaders = ['age', 'authorization', 'content-length', 'content-type', 'etag', 'expires', 'from', 'host',
  'if-modified-since', 'last-modified', 'location', 'max-forwards', 'referer', 'retry-after', 'server', 'user-agent'];

class Agent extends EventEmitter {
  constructor(readonly options: object = {}) {
    super();
  }
  destroy(): void {}
}

class IncomingMessage extends stream.Readable {
  readonly httpVersion = '1.1';
  readonly headers: Record<string, any> = {};
  readonly rawHeaders: string[] = [];
  readonly trailers = {};
  readonly complete = true;
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly url: string;
  #body: Uint8Array | null;

  constructor(answer: any, body: Uint8Array) {
    super();
    this.statusCode = answer.status;
    this.statusMessage = answer.statusText;
    this.url = answer.url;
    this.#body = body;
    for (const [name, value] of answer.headers) this.#addHeader(name, value);
  }
  #addHeader(name: string, value: string): void {
    this.rawHeaders.push(name, value);
    const key = name.toLowerCase();
    if (key === 'set-cookie') (this.headers[key] ??= []).push(value);
    else if (!(key in this.headers)) this.headers[key] = value;
    else if (!singleHeaders.includes(key)) this.headers[key] += `, ${value}`;
  }
  _read(): void {
    if (this.#body !== null && this.#body.length > 0) this.push(Buffer.from(this.#body));
    this.#body = null;
    this.push(null);
  }
  setTimeout(): this {
    return this;
  }
}

function urlOf(options: any, protocol: string): string {
  const scheme = options.protocol ?? protocol;
  const host = String(options.hostname ?? options.host ?? 'localhost').replace(/:\d+$/, '');
  const port = options.port ? `:${options.port}` : /:\d+$/.exec(String(options.host ?? ''))?.[0] ?? '';
  const path = options.path ?? '/';
  if (/[\0-\u0020]/.test(path)) {
    const error = new TypeError('Request path contains unescaped characters');
    throw Object.assign(error, {code: 'ERR_UNESCAPED_CHARACTERS'});
  }
  return `${scheme}//${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}${port}${path}`;
}

class ClientRequest extends stream.Writable {
  readonly method: string;
  readonly path: string;
  readonly protocol: string;
  aborted = false;
  readonly #url: string;
  readonly #headers = new Map<string, [string, any]>();
  readonly #chunks: any[] = [];
  #timer: any;

  constructor(options: any, protocol: string) {
    // It lives until its answer was read, not until it was written.
    super({autoDestroy: false});
    this.method = String(options.method ?? 'GET').toUpperCase();
    this.path = options.path ?? '/';
    this.protocol = options.protocol ?? protocol;
    this.#url = urlOf(options, protocol);
    const headers = Array.isArray(options.headers) ? options.headers : Object.entries(options.headers ?? {});
    for (const [name, value] of headers) if (value !== undefined) this.setHeader(name, value);
    if (options.auth && !this.hasHeader('authorization')) {
      this.setHeader('Authorization', `Basic ${Buffer.from(options.auth).toString('base64')}`);
    }
    if (options.timeout) this.setTimeout(options.timeout);
    options.signal?.addEventListener('abort', () => this.destroy(options.signal.reason), {once: true});
  }
  setHeader(name: string, value: any): this {
    this.#headers.set(String(name).toLowerCase(), [String(name), value]);
    return this;
  }
  getHeader(name: string): any {
    return this.#headers.get(name.toLowerCase())?.[1];
  }
  hasHeader(name: string): boolean {
    return this.#headers.has(name.toLowerCase());
  }
  removeHeader(name: string): void {
    this.#headers.delete(name.toLowerCase());
  }
  getHeaders(): Record<string, any> {
    return Object.fromEntries([...this.#headers].map(([key, [, value]]) => [key, value]));
  }
  getHeaderNames(): string[] {
    return [...this.#headers.keys()];
  }
  flushHeaders(): void {}
  setNoDelay(): void {}
  setSocketKeepAlive(): void {}
  setTimeout(ms: number, callback?: () => void): this {
    if (callback) this.once('timeout', callback);
    internal.timers.clearTimeout(this.#timer);
    if (ms > 0) this.#timer = internal.timers.setTimeout(() => this.emit('timeout'), ms);
    return this;
  }
  abort(): void {
    this.aborted = true;
    this.emit('abort');
    this.destroy();
  }
  _write(chunk: any, encoding: string, done: () => void): void {
    this.#chunks.push(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
    done();
  }
  _final(done: (error?: unknown) => void): void {
    const headers: [string, string][] = [];
    for (const [name, value] of this.#headers.values()) {
      for (const one of Array.isArray(value) ? value : [value]) headers.push([name, String(one)]);
    }
    const body = this.#chunks.length === 0 ? undefined : Buffer.concat(this.#chunks);
    const argument = {url: this.#url, method: this.method, headers, redirect: 'manual'};
    internal.callService('', 'fetch', argument, body).then(
        ({value, body: received}: any) => {
          this.#settled();
          if (this.destroyed) return;
          const response = new IncomingMessage(value, received);
          response.once('end', () => this.destroy());
          // Nobody who listens: what comes is dropped.
          if (!this.emit('response', response)) response.resume();
        },
        (error: unknown) => {
          this.#settled();
          this.destroy(error);
        });
    done();
  }
  #settled(): void {
    internal.timers.clearTimeout(this.#timer);
  }
  _destroy(error: unknown, done: (error: unknown) => void): void {
    this.#settled();
    const hangUp = this.aborted ? Object.assign(new Error('socket hang up'), {code: 'ECONNRESET'}) : null;
    done(error ?? hangUp);
  }
}

function optionsOf(input: any, init: any): any {
  if (typeof input !== 'string' && !(input instanceof URL)) return {...input};
  const {urlToHttpOptions} = require('url');
  return {...urlToHttpOptions(new URL(input)), ...init};
}

function makeModule(protocol: string): Record<string, unknown> {
  const request = (input: any, init?: any, callback?: any): ClientRequest => {
    const listener = typeof init === 'function' ? init : callback;
    const made = new ClientRequest(optionsOf(input, typeof init === 'function' ? undefined : init), protocol);
    if (typeof listener === 'function') made.once('response', listener);
    return made;
  };
  return {
    request,
    get: (...args: [any, any, any]) => {
      const made = request(...args);
      made.end();
      return made;
    },
    Agent,
    ClientRequest,
    IncomingMessage,
    globalAgent: new Agent(),
    METHODS: methods,
    STATUS_CODES: statusTexts,
    maxHeaderSize: 65536,
    createServer: () => {
      throw new Error(`${protocol.slice(0, -1)}.createServer is not available in functions: they cannot listen`);
    },
  };
}

export = {makeModule};
