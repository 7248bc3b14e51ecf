// The entry point. The bundle of this file runs once, while the snapshot is made; every context starts as a copy of
// what it left behind.
import {ObjectId} from 'bson';
import {explain} from './error_text.ts';
import {installGlobals, withhold} from './globals.ts';
import {type Native, native, setNative} from './native.ts';
import {callFromFunction, finish, invoke, prepare} from './run.ts';
import {warmUp} from './warm_up.ts';

// The worker takes this away before any other code runs in the context.
const entryName = '__overlockInstall';

function install(value: Native): object {
  setNative(value);
  withhold(globalThis);
  // The snapshot would give every context the same sequence of ids.
  const random = native.random(3);
  (ObjectId as unknown as {index: number}).index = (random[0]! << 16) | (random[1]! << 8) | random[2]!;
  // The worker takes what it needs to write stacks before a function can change it.
  void new Error().stack;
  return {prepare, invoke, finish, callFromFunction, explain};
}

installGlobals(globalThis);
warmUp();
Object.defineProperty(globalThis, entryName, {value: install, configurable: true});
