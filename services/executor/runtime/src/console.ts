// The global `console`. A call is one line; the worker keeps the first 25 lines of 512 bytes (spec section 9.7).
import {format} from './inspect.ts';
import {currentInvocation} from './invocation.ts';
import {native} from './native.ts';

// As in overlock.executor.v1.ConsoleLine.Level.
export const enum Level {
  Debug = 1,
  Info = 2,
  Warn = 3,
  Error = 4,
}

const lineCharactersMax = 512;

function writer(level: Level) {
  return (...args: unknown[]): void => {
    const invocation = currentInvocation();
    if (invocation !== undefined) native.log(invocation.sequence, level, format(args, lineCharactersMax));
  };
}

export function makeConsole(): object {
  const info = writer(Level.Info);
  const error = writer(Level.Error);
  return {
    log: info,
    info,
    debug: writer(Level.Debug),
    warn: writer(Level.Warn),
    error,
    dir: (value: unknown) => info(value),
    trace: (...args: unknown[]) => error('Trace:', ...args),
    assert: (condition: unknown, ...args: unknown[]) => {
      if (!condition) error('Assertion failed', ...args);
    },
  };
}
