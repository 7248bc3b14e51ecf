// The entry point. The bundle of this file runs once, while the snapshot is made; every context starts as a copy of
// what it left behind.
import {ObjectId} from 'bson';
import {installGlobals, withhold} from './globals.ts';
import {type Native, native, setNative} from './native.ts';
import {callFromFunction, describe, finish, invoke, prepare} from './run.ts';
import {warmUp} from './warm_up.ts';

// The worker takes this away before any other code runs in the context.
const entryName = '__overlockInstall';

function install(value: Native): object {
  setNative(value);
  withhold(globalThis);
  // The snapshot would give every context the same sequence of ids.
  const random = native.random(3);
  (ObjectId as unknown as {index: number}).index = (random[0]! << 16) | (random[1]! << 8) | random[2]!;
  return {prepare, invoke, finish, callFromFunction, describe};
}

installGlobals(globalThis);
warmUp();
Object.defineProperty(globalThis, entryName, {value: install, configurable: true});
