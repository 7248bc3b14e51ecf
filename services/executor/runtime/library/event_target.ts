// Events and aborting (DOM standard), without a tree.
class DOMException extends Error {
  readonly #name: string;

  constructor(message = '', name = 'Error') {
    super(String(message));
    this.#name = String(name);
  }
  override get name(): string {
    return this.#name;
  }
  get code(): number {
    const codes: Record<string, number> = {
      NotFoundError: 8, NotSupportedError: 9, InvalidStateError: 11, SyntaxError: 12, InvalidCharacterError: 5,
      NetworkError: 19, AbortError: 20, TimeoutError: 23, DataCloneError: 25,
    };
    return codes[this.#name] ?? 0;
  }
}

class Event {
  target: EventTarget | null = null;
  currentTarget: EventTarget | null = null;
  defaultPrevented = false;
  readonly timeStamp = internal.native.monotonicMs();
  stopped = false;

  constructor(readonly type: string, readonly init: {bubbles?: boolean; cancelable?: boolean} = {}) {}
  get bubbles(): boolean {
    return Boolean(this.init.bubbles);
  }
  get cancelable(): boolean {
    return Boolean(this.init.cancelable);
  }
  preventDefault(): void {
    if (this.cancelable) this.defaultPrevented = true;
  }
  stopPropagation(): void {}
  stopImmediatePropagation(): void {
    this.stopped = true;
  }
}

interface Listener {
  callback: any;
  once: boolean;
}

class EventTarget {
  readonly #listeners = new Map<string, Listener[]>();

  addEventListener(type: string, callback: any, options?: any): void {
    if (callback === null || callback === undefined) return;
    const listeners = this.#listeners.get(type) ?? [];
    if (listeners.some((listener) => listener.callback === callback)) return;
    const listener = {callback, once: typeof options === 'object' && Boolean(options?.once)};
    this.#listeners.set(type, [...listeners, listener]);
    const signal = typeof options === 'object' ? options?.signal : undefined;
    signal?.addEventListener('abort', () => this.removeEventListener(type, callback));
  }
  removeEventListener(type: string, callback: any): void {
    const listeners = this.#listeners.get(type) ?? [];
    this.#listeners.set(type, listeners.filter((listener) => listener.callback !== callback));
  }
  dispatchEvent(event: Event): boolean {
    event.target = event.currentTarget = this;
    const handler = (this as any)[`on${event.type}`];
    if (typeof handler === 'function') handler.call(this, event);
    for (const {callback, once} of this.#listeners.get(event.type) ?? []) {
      if (event.stopped) break;
      if (once) this.removeEventListener(event.type, callback);
      if (typeof callback === 'function') callback.call(this, event);
      else callback.handleEvent(event);
    }
    return !event.defaultPrevented;
  }
}

const secret = Symbol('only AbortController makes signals');

class AbortSignal extends EventTarget {
  aborted = false;
  reason: unknown = undefined;
  onabort: unknown = null;

  constructor(key?: symbol) {
    super();
    if (key !== secret) throw new TypeError('Illegal constructor');
  }
  static abort(reason?: unknown): AbortSignal {
    const signal = new AbortSignal(secret);
    abort(signal, reason);
    return signal;
  }
  static timeout(ms: number): AbortSignal {
    const signal = new AbortSignal(secret);
    const timeout = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
    internal.timers.setTimeout(() => abort(signal, timeout), ms).unref();
    return signal;
  }
  static any(signals: Iterable<AbortSignal>): AbortSignal {
    const any = new AbortSignal(secret);
    for (const signal of signals) {
      if (signal.aborted) {
        abort(any, signal.reason);
        break;
      }
      signal.addEventListener('abort', () => abort(any, signal.reason), {once: true});
    }
    return any;
  }
  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }
}

function abort(signal: AbortSignal, reason: unknown): void {
  if (signal.aborted) return;
  signal.aborted = true;
  signal.reason = reason === undefined ? new DOMException('This operation was aborted', 'AbortError') : reason;
  signal.dispatchEvent(new Event('abort'));
}

class AbortController {
  readonly signal = new AbortSignal(secret);

  abort(reason?: unknown): void {
    abort(this.signal, reason);
  }
}

export {DOMException, Event, EventTarget, AbortController, AbortSignal};
