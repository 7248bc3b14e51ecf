// Plays the worker for one function: a context with the runtime bundle, and natives made of Node's own.
import {readFileSync} from 'node:fs';
import {types} from 'node:util';
import vm from 'node:vm';

export interface ServiceCall {
  service: string;
  action: string;
  argument: any;
  body: Buffer | undefined;
}
export interface ServiceAnswer {
  value?: unknown;
  body?: Uint8Array;
  // A failure, then.
  message?: string;
  code?: string;
  // A server's own.
  number?: number;
  name?: string;
}

type Settle = (ok: boolean, text: string, last: unknown, number: number, name: string) => void;

export interface WebhookRequest {
  // [name, value, name, value, ...]
  headers?: string[];
  query?: string;
  body?: string | Buffer;
  form?: boolean;
}

export interface HostOptions {
  // Answers service calls, fetch among them.
  answer?: (call: ServiceCall) => Promise<ServiceAnswer>;
  // The services there are, and their types.
  services?: Record<string, string>;
  // What context.functions.execute finds.
  functions?: Record<string, FunctionHost>;
  // The application's dependencies: a file's text by its path.
  files?: Record<string, string>;
}

const runtime = new vm.Script(readFileSync(process.env.OVERLOCK_RUNTIME!, 'utf8'), {filename: 'overlock:runtime'});
const library = readLibrary(readFileSync(process.env.OVERLOCK_LIBRARY!, 'latin1'));

function readLibrary(file: string): Map<string, string> {
  const texts = new Map<string, string>();
  const end = file.indexOf('\n');
  let begin = end + 1;
  for (const [name, length] of JSON.parse(file.slice(0, end)) as [string, number][]) {
    texts.set(name, file.slice(begin, begin + length));
    begin += length;
  }
  return texts;
}

// As in src/native.ts.
const kinds: [number, (value: any) => boolean][] = [
  [10, types.isProxy], [1, Array.isArray], [2, types.isDate], [3, types.isRegExp], [4, types.isMap], [5, types.isSet],
  [6, types.isAnyArrayBuffer], [7, ArrayBuffer.isView], [8, types.isNativeError], [9, types.isPromise],
  [11, (value) => typeof value === 'function'],
];
const encodings = ['utf8', 'hex', 'base64'] as const;

export class FunctionHost {
  readonly lines: string[] = [];
  readonly calls: ServiceCall[] = [];
  private readonly context: vm.Context = vm.createContext({});
  private readonly hooks: any;
  private readonly bytesClass: new (length: number) => Uint8Array;
  private readonly timers = new Map<number, {handle: any; awaited: boolean; repeats: boolean}>();
  private pending = 0;
  private current: unknown;
  private sequence = 0;
  private handler: unknown;

  constructor(private readonly options: HostOptions = {}) {
    runtime.runInContext(this.context);
    this.bytesClass = vm.runInContext('Uint8Array', this.context);
    this.hooks = (vm.runInContext('__overlockInstall', this.context) as any)(this.natives());
    vm.runInContext('delete globalThis.__overlockInstall', this.context);
  }

  // Runs a source as a function; gives its result out of its Extended JSON form, undefined for none.
  async run(source: string, ...args: unknown[]): Promise<any> {
    this.load(source);
    const result = await this.call(4, args.map((arg) => JSON.stringify(arg)), {});
    if (Array.isArray(result)) throw new Error(`${result[2]}\n${result[3]}`);
    return result === undefined ? undefined : JSON.parse(result);
  }
  async evaluate(expression: string): Promise<any> {
    return this.run(`exports = async () => (${expression});`);
  }
  // Runs a source as an HTTP webhook: what finish() gives.
  async runWebhook(source: string, request: WebhookRequest = {}): Promise<any> {
    this.load(source);
    return this.call(1, request.headers ?? [], request);
  }
  // The same as an endpoint; `form` as ResultForm: 0 for none, 1 for canonical Extended JSON, 2 for standard JSON.
  async runEndpoint(source: string, form: number, request: WebhookRequest = {}): Promise<any> {
    this.load(source);
    return this.call(1, request.headers ?? [], request, form, 2);
  }

  private load(source: string): void {
    this.hooks.prepare(++this.sequence, false);
    vm.runInContext(source, this.context, {filename: 'functions/f/source.js'});
    this.handler = vm.runInContext('exports', this.context);
  }
  private async call(
      target: number, headers: string[], request: WebhookRequest, form: number = 1, use: number = 1): Promise<any> {
    const array = (vm.runInContext('Array', this.context) as any).from(headers);
    const body = Buffer.isBuffer(request.body) ? this.bytes(request.body) : request.body;
    const invocation = this.hooks.invoke(
        this.handler, this.sequence, target, array, request.query ?? '', body, request.form ?? false);
    for (let i = 0; i < 2000; ++i) {
      const result = this.pending > 0 ? null : this.hooks.finish(invocation, form, use);
      if (result !== null) {
        for (const id of this.timers.keys()) this.clearTimer(id);
        return result;
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    throw new Error('the function does not settle');
  }
  callFrom(caller: unknown, args: unknown): unknown {
    return this.hooks.callFromFunction(this.handler, caller, args, false);
  }
  loadOnly(source: string): this {
    this.load(source);
    return this;
  }

  private bytes(source: Uint8Array): Uint8Array {
    const copy = new this.bytesClass(source.length);
    copy.set(source);
    return copy;
  }
  private clearTimer(id: number): void {
    const timer = this.timers.get(id);
    if (timer === undefined) return;
    (timer.repeats ? clearInterval : clearTimeout)(timer.handle);
    this.timers.delete(id);
    if (timer.awaited) --this.pending;
  }
  private setTimer(delay: number, repeats: boolean, fire: () => void): number {
    const id = this.timers.size === 0 ? 1 : Math.max(...this.timers.keys()) + 1;
    const once = (): void => {
      this.clearTimer(id);
      fire();
    };
    const handle = repeats ? setInterval(fire, delay) : setTimeout(once, delay);
    this.timers.set(id, {handle, awaited: true, repeats});
    ++this.pending;
    return id;
  }
  private awaitTimer(id: number, awaited: boolean): void {
    const timer = this.timers.get(id);
    if (timer === undefined || timer.awaited === awaited) return;
    timer.awaited = awaited;
    this.pending += awaited ? 1 : -1;
  }
  private callService(
      service: string, action: string, argument: string, body: Uint8Array | undefined,
      settle: Settle): void {
    const call = {service, action, argument: JSON.parse(argument), body: body && Buffer.from(body)};
    this.calls.push(call);
    ++this.pending;
    const answers = this.options.answer ?? (async () => ({message: 'nobody answers', code: 'HTTPError'}));
    void answers(call).then((answer: ServiceAnswer) => {
      --this.pending;
      if (answer.message !== undefined) settle(false, answer.message, answer.code, answer.number ?? 0, answer.name ?? '');
      else settle(true, JSON.stringify(answer.value), this.bytes(answer.body ?? new Uint8Array(0)), 0, '');
    });
  }
  private compileLibrary(name: string): unknown {
    const text = library.get(name);
    const options = {parsingContext: this.context, filename: `overlock:library/${name}`};
    return text && vm.compileFunction(text, ['require', 'module', 'exports', 'internal'], options);
  }

  private compileDependency(path: string): unknown {
    const parameters = ['exports', 'require', 'module', '__filename', '__dirname'];
    return vm.compileFunction(this.options.files![path]!, parameters, {parsingContext: this.context, filename: path});
  }

  private natives(): object {
    const natives: Record<string, unknown> = {
      getCurrent: () => this.current,
      setCurrent: (invocation: unknown) => {
        this.current = invocation;
      },
      log: (_: number, level: number, text: string) => this.lines.push(`${level} ${text}`),
      consoleBytesLeft: () => 512,
      setTimer: (_: number, delay: number, repeats: boolean, fire: () => void) => this.setTimer(delay, repeats, fire),
      clearTimer: (id: number) => this.clearTimer(id),
      awaitTimer: (id: number, awaited: boolean) => this.awaitTimer(id, awaited),
      beginOperation: () => ++this.pending,
      endOperation: () => --this.pending,
      settled: () => {},
      callFunction: (_: number, name: string, caller: unknown, args: unknown) =>
        this.options.functions![name]!.callFrom(caller, args),
      random: (count: number) => this.bytes(crypto.getRandomValues(new Uint8Array(count))),
      encode: (bytes: Uint8Array, start: number, end: number, encoding: number) =>
        Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(encodings[encoding], start, end),
      decode: (text: string, encoding: number) => {
        const bytes = Buffer.from(text, encodings[encoding]);
        const same = encoding === 0 || bytes.toString(encodings[encoding]).toLowerCase() === text.toLowerCase();
        return same ? this.bytes(bytes) : undefined;
      },
      copyBytes: (source: any) =>
        this.bytes(new Uint8Array(source.buffer ?? source, source.byteOffset, source.byteLength)),
      errorStack: (value: any) => (types.isNativeError(value) ? String(value.stack) : ''),
      kindOf: (value: unknown) => kinds.find(([, is]) => is(value))?.[0] ?? 0,
      promiseState: () => ['pending', undefined],
      compileLibrary: (name: string) => this.compileLibrary(name),
      dependency: (path: string) => this.options.files?.[path],
      hasDependency: (path: string) => this.options.files?.[path] !== undefined,
      compileDependency: (path: string) => this.compileDependency(path),
      monotonicMs: () => performance.now(),
      serviceType: (_: number, name: string) => this.options.services?.[name],
      callService: (
          _: number, service: string, action: string, argument: string, body: Uint8Array | undefined, __: boolean,
          settle: Settle) =>
        this.callService(service, action, argument, body, settle),
    };
    return new Proxy(natives, {
      get: (target, name) => target[String(name)] ?? (() => undefined),
    });
  }
}
