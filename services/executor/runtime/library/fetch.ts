// fetch, Request and Response (Fetch standard) over the supervisor's guarded client.
import {BodyHolder} from './body';
import {AbortController, AbortSignal} from './event_target';

const statusesWithoutBody = [101, 103, 204, 205, 304];
const methodsInUpperCase = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'];
const forbiddenMethods = ['CONNECT', 'TRACE', 'TRACK'];
const redirectModes = ['follow', 'manual', 'error'];

class Request extends BodyHolder {
  readonly method: string;
  readonly url: string;
  readonly redirect: string;
  readonly signal: InstanceType<typeof AbortSignal>;

  constructor(input: any, init: any = {}) {
    const from = input instanceof Request ? input : undefined;
    super(init.headers ?? from?.headers, init.body ?? from?.peekBytes());
    const method = String(init.method ?? from?.method ?? 'GET');
    this.method = methodsInUpperCase.includes(method.toUpperCase()) ? method.toUpperCase() : method;
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(method) || forbiddenMethods.includes(method.toUpperCase())) {
      throw new TypeError(`Request: '${method}' is not a valid HTTP method`);
    }
    if (this.body !== null && (this.method === 'GET' || this.method === 'HEAD')) {
      throw new TypeError('Request with GET/HEAD method cannot have body');
    }
    const url = new URL(from?.url ?? String(input));
    if (url.username !== '' || url.password !== '') {
      throw new TypeError('Request cannot be constructed from a URL that includes credentials');
    }
    this.url = url.href;
    this.redirect = String(init.redirect ?? from?.redirect ?? 'follow');
    if (!redirectModes.includes(this.redirect)) {
      throw new TypeError(`Request: redirect '${this.redirect}', allowed: ${redirectModes.join(', ')}`);
    }
    this.signal = init.signal ?? from?.signal ?? new AbortController().signal;
  }
  clone(): Request {
    this.peekBytes();
    return new Request(this);
  }
  get [Symbol.toStringTag](): string {
    return 'Request';
  }
}

interface Received {
  url: string;
  redirected: boolean;
}

class Response extends BodyHolder {
  readonly status: number;
  readonly statusText: string;
  readonly type: string = 'default';
  #received: Received = {url: '', redirected: false};

  constructor(body?: unknown, init: any = {}) {
    super(init.headers, body);
    this.status = init.status ?? 200;
    if (!(this.status >= 200 && this.status <= 599)) throw new RangeError('Response: status must be 200 to 599');
    if (body != null && statusesWithoutBody.includes(this.status)) {
      throw new TypeError(`Response: a response with status ${this.status} has no body`);
    }
    this.statusText = String(init.statusText ?? '');
  }
  static json(data: unknown, init: any = {}): Response {
    const response = new Response(JSON.stringify(data), init);
    if (!new Response(null, init).headers.has('content-type')) response.headers.set('content-type', 'application/json');
    return response;
  }
  static redirect(url: unknown, status = 302): Response {
    if (![301, 302, 303, 307, 308].includes(status)) throw new RangeError('Response.redirect: not a redirect status');
    return new Response(null, {status, headers: {location: new URL(String(url)).href}});
  }
  static received(bytes: Uint8Array, answer: any): Response {
    const bodyless = statusesWithoutBody.includes(answer.status);
    const response = new Response(bodyless ? null : bytes, answer);
    response.#received = {url: answer.url, redirected: answer.redirected};
    return response;
  }
  get ok(): boolean {
    return this.status >= 200 && this.status <= 299;
  }
  get url(): string {
    return this.#received.url;
  }
  get redirected(): boolean {
    return this.#received.redirected;
  }
  clone(): Response {
    const bytes = this.peekBytes();
    const copy = new Response(bytes, {status: this.status, statusText: this.statusText, headers: this.headers});
    copy.#received = this.#received;
    return copy;
  }
  get [Symbol.toStringTag](): string {
    return 'Response';
  }
}

async function fetch(input: unknown, init?: unknown): Promise<Response> {
  const request = new Request(input, init);
  const {method, url, redirect, signal} = request;
  if (!/^https?:/.test(url)) throw new TypeError('fetch failed: only http and https URLs can be fetched');
  signal.throwIfAborted();
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), {once: true});
  });
  const argument = {url: url.replace(/#.*$/s, ''), method, headers: [...request.headers], redirect};
  const call = internal.callService('', 'fetch', argument, request.peekBytes()).catch((cause: any) => {
    throw Object.assign(new TypeError(`fetch failed: ${cause.message}`), {cause, code: cause.code});
  });
  aborted.catch(() => {});
  const {value, body} = await Promise.race([call, aborted]);
  return Response.received(body, value);
}

export {Request, Response, fetch};
