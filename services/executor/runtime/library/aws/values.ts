// Values of functions to those of aws-sdk and back, along a shape of an API's model.
import {Buffer} from 'buffer';

const {hasOwn, keys} = Object;

// What the runtime library gives this module.
export interface Tools {
  // The bytes of a string, a Binary, a view or an ArrayBuffer; undefined for anything else.
  bytesOf(value: unknown): Uint8Array | undefined;
  makeBinary(bytes: Uint8Array): unknown;
  random(bytes: number): Uint8Array;
  warn(text: string): void;
}

// The names of the SDK for Go begin with a capital letter.
function goName(name: string): string {
  return name[0]!.toUpperCase() + name.slice(1);
}

const namesOfShapes = new WeakMap<object, Map<string, string>>();

// The model's name of a member, whatever letters of its name are capitals.
function memberName(shape: any, given: string): string | undefined {
  if (hasOwn(shape.members, given)) return given;
  let names = namesOfShapes.get(shape.members);
  if (names === undefined) {
    names = new Map(keys(shape.members).map((name) => [name.toLowerCase(), name]));
    namesOfShapes.set(shape.members, names);
  }
  return names.get(given.toLowerCase());
}

function isPlain(value: any): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && value._bsontype === undefined;
}

function structure(shape: any, value: any, tools: Tools, where: string): any {
  if (!isPlain(value) || shape.isDocument) return value;
  const result: any = {};
  for (const key of keys(value)) {
    const item = value[key];
    if (item === null || item === undefined) continue;
    const name = memberName(shape, key);
    if (name === undefined) {
      tools.warn(`${where}: there is no field '${key}'; it is ignored`);
    } else {
      result[name] = toInput(shape.members[name], item, tools, `${where}.${key}`);
    }
  }
  return result;
}

function map(shape: any, value: any, tools: Tools, where: string): any {
  if (!isPlain(value)) return value;
  const entries = value instanceof Map ? [...value] : keys(value).map((key) => [key, value[key]]);
  const result: any = {};
  for (const [key, item] of entries) result[String(key)] = toInput(shape.value, item, tools, `${where}.${key}`);
  return result;
}

function number(value: any): any {
  if (typeof value === 'bigint') return Number(value);
  switch (value?._bsontype) {
    case 'Int32':
    case 'Double':
    case 'Long':
    case 'Decimal128': return Number(value.toString());
    default: return value;
  }
}

// A copy with the model's names, buffers for bytes and plain numbers. What does not fit stays: the SDK's check says so.
export function toInput(shape: any, value: any, tools: Tools, where: string): any {
  switch (shape.type) {
    case 'structure': return structure(shape, value, tools, where);
    case 'map': return map(shape, value, tools, where);
    case 'list':
      if (!Array.isArray(value)) return value;
      return value.map((item, index) => toInput(shape.member, item, tools, `${where}[${index}]`));
    case 'binary':
    case 'base64': {
      const bytes = tools.bytesOf(value);
      if (bytes === undefined) throw new TypeError(`${where} must be a string, a BSON.Binary or a Buffer`);
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    case 'integer':
    case 'float': return number(value);
    case 'string': return value?._bsontype === 'ObjectId' ? value.toHexString() : value;
    default: return value;
  }
}

// Along a shape: `bytes` says what becomes of bytes; what becomes undefined is left out.
function convert(shape: any, value: any, bytes: (value: any, shape: any) => unknown): any {
  if (value === null || value === undefined) return undefined;
  switch (shape.type) {
    case 'structure': {
      if (shape.isDocument) return value;
      const result: any = {};
      for (const name of keys(shape.members)) {
        const item = convert(shape.members[name], value[name], bytes);
        if (item !== undefined) result[goName(name)] = item;
      }
      return result;
    }
    case 'map': {
      const result: any = {};
      for (const key of keys(value)) result[key] = convert(shape.value, value[key], bytes);
      return result;
    }
    case 'list': return value.map((item: any) => convert(shape.member, item, bytes));
    case 'binary':
    case 'base64': return bytes(value, shape);
    default: return value;
  }
}

// A result for functions: names as the SDK for Go has them, bytes as BSON.Binary.
export function toOutput(shape: any, data: unknown, tools: Tools): unknown {
  return convert(shape, data ?? {}, (value) => tools.makeBinary(Buffer.from(value))) ?? {};
}

// Longer ones are left out of what rules see.
const ruleBytesMax = 1024;

// An action's input for rules: names as the SDK for Go has them.
export function ruleArguments(shape: any, params: unknown, tools: Tools): unknown {
  return convert(shape, params, (value) => value.length > ruleBytesMax ? undefined : tools.makeBinary(value));
}
