// Node's hashes and ciphers are streams, but few functions use them as such, and loading streams takes longer than all
// else here. An object becomes one when a method of streams is first called.
const methods = [
  'addListener', 'cork', 'destroy', 'emit', 'end', 'eventNames', 'getMaxListeners', 'isPaused', 'listenerCount',
  'listeners', 'off', 'on', 'once', 'pause', 'pipe', 'prependListener', 'prependOnceListener', 'push', 'rawListeners',
  'read', 'removeAllListeners', 'removeListener', 'resume', 'setDefaultEncoding', 'setEncoding', 'setMaxListeners',
  'uncork', 'unpipe', 'unshift', 'wrap', 'write', Symbol.asyncIterator,
];

type Done = (error?: unknown) => void;

export abstract class LazyTransform {
  readonly #options: object | undefined;
  #isStream = false;

  constructor(options?: object) {
    this.#options = options;
  }

  abstract _transform(chunk: unknown, encoding: string, done: Done): void;

  // The methods of streams for an object that is one from now on.
  static streamOf(object: LazyTransform): any {
    const {Transform} = require('stream');
    if (!object.#isStream) {
      object.#isStream = true;
      if (!(object instanceof Transform)) Object.setPrototypeOf(LazyTransform.prototype, Transform.prototype);
      Transform.call(object, object.#options);
    }
    return Transform.prototype;
  }
  // Ends a step of `object` with what `work` gives, or throws.
  static settle(object: any, work: () => unknown, done: Done): void {
    try {
      const result = work();
      if (result !== undefined) object.push(result);
    } catch (error) {
      done(error);
      return;
    }
    done();
  }
}

for (const name of methods) {
  Object.defineProperty(LazyTransform.prototype, name, {
    value(this: LazyTransform, ...args: unknown[]) {
      return LazyTransform.streamOf(this)[name].apply(this, args);
    },
    writable: true,
    configurable: true,
  });
}
