// Updates of one document: operators, replacements and pipelines.
import {Long, Timestamp} from 'bson';
import {Aggregator} from 'mingo/aggregator';
import {type Document, plain, setOwn} from './bson_values.ts';
import {ErrorCode, fail} from './errors.ts';
import {calculate, isNumeric, kindOf, type Numeric, toNumber} from './numbers.ts';
import {bsonTypeOf, compareValues, equalValues, isDocument} from './order.ts';
import {ownValue, splitPath} from './paths.ts';
import {mingoOptions} from './query.ts';
import {addToSet, pop, pull, pullAll, push} from './update_arrays.ts';
import {ArrayFilters, type Slot, slotsOf} from './update_paths.ts';

function arithmetic(operator: string, operation: 'add' | 'multiply', slot: Slot, operand: unknown): void {
  if (!isNumeric(operand)) {
    fail(
      ErrorCode.TypeMismatch,
      `Cannot ${operator === '$inc' ? 'increment' : 'multiply'} with non-numeric argument: {${slot.path}: ${
        bsonTypeOf(operand)}}`);
  }
  const value = slot.get() ?? (slot.get() === undefined ? 0 : null);
  if (!isNumeric(value)) {
    fail(ErrorCode.TypeMismatch, `Cannot apply ${operator} to a value of non-numeric type: the field '${
      slot.path}' is of type ${bsonTypeOf(value)}`);
  }
  const result = calculate(operation, value, operand);
  const whole = (number: Numeric): boolean => kindOf(number) === 'int' || kindOf(number) === 'long';
  if (whole(value) && whole(operand) && !whole(result)) {
    fail(
      ErrorCode.BadValue, `Failed to apply ${operator} operations to the field '${slot.path}': the result is no int64`);
  }
  slot.set(result);
}

function replaceIf(slot: Slot, operand: unknown, direction: number): void {
  const value = slot.get();
  if (value === undefined || compareValues(operand, value) * direction > 0) slot.set(operand);
}

function currentDate(slot: Slot, operand: unknown): void {
  const type = isDocument(operand) ? operand.$type : operand === true ? 'date' : undefined;
  const now = Date.now();
  if (type === 'date') return slot.set(new Date(now));
  if (type === 'timestamp') return slot.set(new Timestamp({t: Math.floor(now / 1000), i: 1}));
  fail(
    ErrorCode.BadValue,
    `The '$type' string field is required to be 'date' or 'timestamp': $currentDate: {${slot.path}: ...}`);
}

function bit(slot: Slot, operand: unknown): void {
  let value: any = slot.get() ?? 0;
  const integer = (number: unknown): bigint => {
    if (!isNumeric(number) || !['int', 'long'].includes(kindOf(number))) {
      fail(ErrorCode.BadValue, `Cannot apply $bit to a value of non-integral type: the field '${slot.path}'`);
    }
    return number instanceof Long ? number.toBigInt() : BigInt(toNumber(number));
  };
  if (!isDocument(operand)) fail(ErrorCode.BadValue, 'The $bit modifier needs a document of and, or, xor');
  for (const name of Object.keys(operand)) {
    const mask: any = operand[name];
    const [a, b] = [integer(value), integer(mask)];
    const result = name === 'and' ? a & b : name === 'or' ? a | b : name === 'xor' ? a ^ b :
      fail(ErrorCode.BadValue, `The $bit modifier only supports 'and', 'or', and 'xor', not '${name}'`);
    value = value instanceof Long || mask instanceof Long ? Long.fromBigInt(result) : Number(result);
  }
  slot.set(value);
}

const slotOperators: Record<string, (slot: Slot, operand: any) => void> = {
  $set: (slot, operand) => slot.set(operand),
  $setOnInsert: (slot, operand) => slot.set(operand),
  $unset: (slot) => slot.remove(),
  $inc: (slot, operand) => arithmetic('$inc', 'add', slot, operand),
  $mul: (slot, operand) => arithmetic('$mul', 'multiply', slot, operand),
  $min: (slot, operand) => replaceIf(slot, operand, -1),
  $max: (slot, operand) => replaceIf(slot, operand, 1),
  $currentDate: currentDate,
  $bit: bit,
  $push: push,
  $addToSet: addToSet,
  $pop: pop,
  $pull: pull,
  $pullAll: pullAll,
};

interface Change {
  operator: string;
  path: string;
  operand: any;
}

function isPrefix(a: string[], b: string[]): boolean {
  return a.length <= b.length && a.every((part, i) => part === b[i]);
}

// In the order of paths, as MongoDB goes about it.
function changesOf(update: Document): Change[] {
  const changes: Change[] = [];
  for (const operator of Object.keys(update)) {
    if (slotOperators[operator] === undefined && operator !== '$rename') {
      fail(ErrorCode.FailedToParse, `Unknown modifier: ${
        operator}. Expected a valid update modifier or pipeline-style update specified as an array`);
    }
    const fields = update[operator];
    if (!isDocument(fields)) {
      fail(ErrorCode.FailedToParse, `Modifiers operate on fields but we found type ${bsonTypeOf(fields)} instead.`);
    }
    for (const path of Object.keys(fields)) changes.push({operator, path, operand: fields[path]});
  }
  const paths =
    changes.flatMap(({operator, path, operand}) => operator === '$rename' ? [path, String(operand)] : [path]);
  const parts = paths.map(splitPath).sort((a, b) => a.join('\0') < b.join('\0') ? -1 : 1);
  for (let i = 1; i < parts.length; ++i) {
    if (isPrefix(parts[i - 1]!, parts[i]!)) {
      fail(
        ErrorCode.ConflictingUpdateOperators,
        `Updating the path '${parts[i]!.join('.')}' would create a conflict at '${parts[i - 1]!.join('.')}'`);
    }
  }
  return changes.sort((a, b) => a.path < b.path ? -1 : 1);
}

function rename(document: Document, from: string, to: unknown): void {
  if (typeof to !== 'string') fail(ErrorCode.BadValue, `The 'to' field for $rename must be a string: ${from}`);
  for (const path of [from, to]) {
    if (splitPath(path).some((part) => part.startsWith('$'))) {
      fail(ErrorCode.BadValue, `The source and the destination field for $rename may not be dynamic: ${path}`);
    }
  }
  const source = slotsOf(document, from, {}, new ArrayFilters(undefined))[0]!;
  const value = source.get();
  if (value === undefined) return;
  const target = slotsOf(document, to, {}, new ArrayFilters(undefined))[0]!;
  source.remove();
  target.remove();
  target.set(value);
}

export interface Update {
  // The changed document; `document` may be changed, too. `filter` is what found it.
  apply(document: Document, filter: Document, isInsert: boolean): Document;
  readonly isReplacement: boolean;
}

function operatorUpdate(update: Document, filters: unknown): Update {
  const changes = changesOf(update);
  const arrayFilters = new ArrayFilters(filters);
  for (const {path} of changes) arrayFilters.use(path);
  arrayFilters.checkUsed();
  return {
    isReplacement: false,
    apply(document, filter, isInsert) {
      for (const {operator, path, operand} of changes) {
        if (operator === '$setOnInsert' && !isInsert) continue;
        if (operator === '$rename') {
          rename(document, path, operand);
          continue;
        }
        for (const slot of slotsOf(document, path, filter, arrayFilters)) slotOperators[operator]!(slot, operand);
      }
      return document;
    },
  };
}

function replacement(update: Document): Update {
  const odd = Object.keys(update).find((name) => name.startsWith('$'));
  if (odd !== undefined) {
    fail(ErrorCode.DollarPrefixedFieldName, `The dollar ($) prefixed field '${
      odd}' in '${odd}' is not allowed in the context of an update's replacement document.`);
  }
  return {
    isReplacement: true,
    apply(document) {
      const id = ownValue(document, '_id');
      const result: Document = id === undefined ? {} : {_id: id};
      for (const name of Object.keys(update)) setOwn(result, name, update[name]);
      return result;
    },
  };
}

const updateStages = ['$addFields', '$set', '$project', '$unset', '$replaceRoot', '$replaceWith'];

function pipeline(stages: unknown[], variables: Document | undefined): Update {
  for (const stage of stages) {
    const name = isDocument(stage) ? Object.keys(stage)[0] : undefined;
    if (name === undefined || !updateStages.includes(name)) {
      fail(72, `${name} is not allowed to be used within an update`);
    }
  }
  return {
    isReplacement: false,
    apply(document) {
      const id = ownValue(document, '_id');
      const aggregator = new Aggregator(plain(stages), mingoOptions({variables}));
      const [result] = aggregator.run([document]) as Document[];
      return id === undefined || Object.hasOwn(result!, '_id') ? result! : {_id: id, ...result};
    },
  };
}

// `update` is the `u` of a command.
export function parseUpdate(update: unknown, arrayFilters: unknown, variables?: Document): Update {
  if (Array.isArray(update)) return pipeline(update, variables);
  if (!isDocument(update)) {
    fail(ErrorCode.FailedToParse, `Update argument must be either an object or an array, not ${bsonTypeOf(update)}`);
  }
  if (Object.keys(update)[0]?.startsWith('$')) return operatorUpdate(update, arrayFilters);
  if (arrayFilters !== undefined) {
    fail(ErrorCode.FailedToParse, 'Cannot specify arrayFilters in a replacement-style update');
  }
  return replacement(update);
}

// What an upsert begins with: the fields that the filter wants to be equal to something.
export function documentOf(filter: Document): Document {
  const document: Document = {};
  const set = (path: string, value: unknown): void => {
    if (value instanceof RegExp || bsonTypeOf(value) === 'regex') return;
    const slot = slotsOf(document, path, {}, new ArrayFilters(undefined))[0]!;
    if (slot.get() !== undefined && !equalValues(slot.get(), value)) {
      fail(ErrorCode.NotSingleValueField, `cannot infer query fields to set, path '${path}' is matched twice`);
    }
    slot.set(value);
  };
  const visit = (part: Document): void => {
    for (const name of Object.keys(part)) {
      const condition: any = part[name];
      if (name === '$and' || (name === '$or' && condition.length === 1)) condition.forEach(visit);
      else if (name.startsWith('$')) continue;
      else if (!isDocument(condition) || !Object.keys(condition)[0]?.startsWith('$')) set(name, condition);
      else if (condition.$eq !== undefined) set(name, condition.$eq);
      else if (Array.isArray(condition.$in) && condition.$in.length === 1) set(name, condition.$in[0]);
      else if (Array.isArray(condition.$all) && condition.$all.length === 1) set(name, condition.$all[0]);
    }
  };
  visit(filter);
  return document;
}
