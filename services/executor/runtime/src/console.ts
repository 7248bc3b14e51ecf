// The global `console`. A call is one line, whatever it holds; the worker keeps the first 25 lines of 512 bytes,
// or what the application's limits say (spec section 9.7).
import {formatWithin} from './format.ts';
import {cleanStack, inspectWithin, type InspectOptions} from './inspect.ts';
import {currentInvocation, type Invocation} from './invocation.ts';
import {native} from './native.ts';
import {tableOf} from './table.ts';

// As in overlock.executor.v1.ConsoleLine.Level.
export const enum Level {
  Debug = 1,
  Info = 2,
  Warn = 3,
  Error = 4,
}

// A kept line is short: indentation would be a waste.
const oneLine: InspectOptions = {compact: true, breakLength: Infinity};

interface State {
  indentation: string;
  readonly counts: Map<string, number>;
  readonly timers: Map<string, number>;
}

// Groups, counters and timers belong to an invocation.
const states = new WeakMap<Invocation, State>();

function stateOf(invocation: Invocation): State {
  let state = states.get(invocation);
  if (state === undefined) {
    state = {indentation: '', counts: new Map(), timers: new Map()};
    states.set(invocation, state);
  }
  return state;
}

function withState(work: (state: State, invocation: Invocation) => void): void {
  const invocation = currentInvocation();
  if (invocation !== undefined) work(stateOf(invocation), invocation);
}

function write(level: Level, text: string): void {
  const invocation = currentInvocation();
  if (invocation === undefined) return;
  const indentation = states.get(invocation)?.indentation ?? '';
  const line = indentation === '' ? text : indentation + text.replaceAll('\n', `\n${indentation}`);
  native.log(invocation.sequence, level, line);
}

// How many characters of a line the worker would look at: what it keeps, and one more, so that it sees that the line is
// cut; 0 when it keeps no more lines.
function roomLeft(): number {
  const invocation = currentInvocation();
  const bytes = invocation === undefined ? 0 : native.consoleBytesLeft(invocation.sequence);
  return bytes > 0 ? bytes + 1 : 0;
}

function writer(level: Level) {
  return (...args: unknown[]): void => {
    const room = roomLeft();
    if (room > 0) write(level, formatWithin(args, oneLine, room));
  };
}

const log = writer(Level.Info);
const info = writer(Level.Info);
const debug = writer(Level.Debug);
const warn = writer(Level.Warn);
const error = writer(Level.Error);

function durationText(ms: number): string {
  if (ms < 1000) return `${Number(ms.toFixed(3))}ms`;
  return ms < 60000 ? `${(ms / 1000).toFixed(3)}s` : `${Math.floor(ms / 60000)}m ${((ms % 60000) / 1000).toFixed(3)}s`;
}

function logTime(label: string, args: unknown[], ends: boolean): void {
  withState(({timers}) => {
    const begin = timers.get(label);
    if (begin === undefined) return warn(`No such label '${label}' for console.time${ends ? 'End' : 'Log'}()`);
    log(`${label}: ${durationText(native.monotonicMs() - begin)}`, ...args);
    if (ends) timers.delete(label);
  });
}

function trace(...args: unknown[]): void {
  const {stack} = new Error();
  const lines = cleanStack(String(stack)).split('\n').slice(1);
  const message = formatWithin(args, oneLine, roomLeft());
  write(Level.Error, [`Trace${message === '' ? '' : `: ${message}`}`, ...lines].join('\n'));
}

function group(...args: unknown[]): void {
  if (args.length > 0) log(...args);
  withState((state) => {
    state.indentation += '  ';
  });
}

export function makeConsole(): object {
  return {
    log,
    info,
    debug,
    warn,
    error,
    dir: (value: unknown, options?: InspectOptions) =>
      write(Level.Info, inspectWithin(value, {...oneLine, ...options}, roomLeft())),
    dirxml: log,
    trace,
    assert: (condition: unknown, ...args: unknown[]) => {
      if (condition) return;
      if (typeof args[0] === 'string') warn(`Assertion failed: ${args[0]}`, ...args.slice(1));
      else warn(args.length === 0 ? 'Assertion failed' : 'Assertion failed:', ...args);
    },
    table: (value: unknown, columns?: unknown) => {
      const table = tableOf(value, columns);
      if (table === undefined) log(value);
      else write(Level.Info, table);
    },
    count: (label: unknown = 'default') => withState(({counts}) => {
      const count = (counts.get(String(label)) ?? 0) + 1;
      counts.set(String(label), count);
      log(`${String(label)}: ${count}`);
    }),
    countReset: (label: unknown = 'default') => withState(({counts}) => {
      if (!counts.delete(String(label))) warn(`Count for '${String(label)}' does not exist`);
    }),
    time: (label: unknown = 'default') => withState(({timers}) => {
      if (timers.has(String(label))) warn(`Label '${String(label)}' already exists for console.time()`);
      else timers.set(String(label), native.monotonicMs());
    }),
    timeEnd: (label: unknown = 'default') => logTime(String(label), [], true),
    timeLog: (label: unknown = 'default', ...args: unknown[]) => logTime(String(label), args, false),
    group,
    groupCollapsed: group,
    groupEnd: () => withState((state) => {
      state.indentation = state.indentation.slice(2);
    }),
  };
}
