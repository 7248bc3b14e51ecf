// setTimeout and its kin. A timer belongs to the invocation that set it and ends with it.
import {currentInvocation, enter} from './invocation.ts';
import {native} from './native.ts';

const delayMaxMs = 2 ** 31 - 1;

// What the setters give back, as in Node.
class Timeout {
  #awaited = true;

  constructor(readonly id: number) {}
  ref(): this {
    this.#awaited = true;
    native.awaitTimer(this.id, true);
    return this;
  }
  // An invocation does not wait for this timer: it fires only if it is due before the invocation's end.
  unref(): this {
    this.#awaited = false;
    native.awaitTimer(this.id, false);
    return this;
  }
  hasRef(): boolean {
    return this.#awaited;
  }
  close(): this {
    native.clearTimer(this.id);
    return this;
  }
  [Symbol.toPrimitive](): number {
    return this.id;
  }
}

function schedule(callback: unknown, delayMs: number, repeat: boolean, args: unknown[]): Timeout {
  if (typeof callback !== 'function') throw new TypeError('the "callback" argument must be a function');
  const invocation = currentInvocation();
  if (invocation === undefined) return new Timeout(0);
  const fire = (): void => {
    enter(invocation);
    Reflect.apply(callback, undefined, args);
  };
  return new Timeout(native.setTimer(invocation.sequence, delayMs, repeat, fire));
}

function delayOf(value: unknown): number {
  const delay = Number(value);
  return delay >= 1 && delay <= delayMaxMs ? Math.trunc(delay) : 1;
}

function clear(timer: unknown): void {
  if (timer instanceof Timeout) native.clearTimer(timer.id);
  else if (typeof timer === 'number' || typeof timer === 'string') native.clearTimer(Number(timer));
}

export const timers = {
  setTimeout(callback: unknown, delay?: unknown, ...args: unknown[]) {
    return schedule(callback, delayOf(delay), false, args);
  },
  setInterval(callback: unknown, delay?: unknown, ...args: unknown[]) {
    return schedule(callback, delayOf(delay), true, args);
  },
  setImmediate(callback: unknown, ...args: unknown[]) {
    return schedule(callback, 0, false, args);
  },
  clearTimeout: clear,
  clearInterval: clear,
  clearImmediate: clear,
};
