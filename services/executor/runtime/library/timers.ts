// `timers` and `timers/promises`.
const {setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate} = internal.timers;

export = {
  setTimeout,
  setInterval,
  setImmediate,
  clearTimeout,
  clearInterval,
  clearImmediate,
  promises: {
    setTimeout: (delay?: number, value?: unknown) => new Promise((resolve) => setTimeout(resolve, delay, value)),
    setImmediate: (value?: unknown) => new Promise((resolve) => setImmediate(resolve, value)),
    setInterval: async function* (delay?: number, value?: unknown) {
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, delay));
        yield value;
      }
    },
  },
};
