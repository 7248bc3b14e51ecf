// What build.mjs gives to mingo. `isTruthy` stands in numbers.ts, which does not need mingo.
export {isNumeric, isTruthy, toNumber} from './numbers.ts';
export {compareValues, equalValues, keyOf, mingoTypeOf, ValueMap} from './order.ts';
