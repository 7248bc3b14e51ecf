// Text for values, in the way of Node's util.inspect.
import {toCanonical} from './ejson.ts';
import {Kind, native} from './native.ts';

export interface InspectOptions {
  depth?: number | null;
  showHidden?: boolean;
  // Columns of a line; objects that need more are written on several lines.
  breakLength?: number;
  // true: as few lines as possible. A number: that many inner levels may share a line.
  compact?: boolean | number;
  sorted?: boolean | ((a: string, b: string) => number);
  getters?: boolean;
  maxArrayLength?: number | null;
  maxStringLength?: number | null;
}

interface Job {
  readonly options: InspectOptions;
  readonly depthMax: number;
  readonly itemsMax: number;
  readonly textMax: number;
  readonly breakLength: number;
  readonly compact: number;
  // Objects being written, for cycles, and the numbers of those that were met again.
  readonly path: object[];
  readonly references: Map<object, number>;
  indentation: number;
  // How deep the object is that was begun last.
  deepest: number;
  // Characters left; what would come after is not looked at.
  left: number;
}

export const customInspect = Symbol.for('nodejs.util.inspect.custom');

const charactersMax = 1 << 20;
const identifier = /^[A-Za-z_$][\w$]*$/;
const index = /^(0|[1-9]\d{0,9})$/;
const namedEscapes: Record<string, string> = {
  '\\': '\\\\', '\b': '\\b', '\t': '\\t', '\n': '\\n', '\f': '\\f', '\r': '\\r',
};
const {getOwnPropertyDescriptor, getPrototypeOf} = Object;

// Lines of the runtime are of no use to the author of a function.
export function cleanStack(stack: string): string {
  return stack.split('\n').filter((line) => !/^ +at .*\boverlock:/.test(line)).join('\n');
}

export function quoteText(text: string): string {
  const quote = !text.includes("'") ? "'" : !text.includes('"') ? '"' : !/[`$]/.test(text) ? '`' : "'";
  const escaped = text.replace(/[\\\x00-\x1f\x7f-\x9f]|[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g, (part) => {
    if (part.length === 2) return part;
    const code = part.charCodeAt(0);
    if (code >= 0xd800) return `\\u${code.toString(16).toUpperCase()}`;
    return namedEscapes[part] ?? `\\x${code.toString(16).toUpperCase().padStart(2, '0')}`;
  });
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}

function bsonText(value: any): string {
  switch (value._bsontype) {
    case 'ObjectId': return `ObjectId('${value.toHexString()}')`;
    case 'Int32':
    case 'Double':
    case 'Long':
    case 'Decimal128': return `${value._bsontype}(${value.toString()})`;
    default: return toCanonical(value) ?? '';
  }
}

// Who made the object; undefined when nobody on its chain of prototypes says so. No getter is called.
function constructorName(value: object): string | undefined {
  for (let object: any = value; object !== null; object = getPrototypeOf(object)) {
    const made = getOwnPropertyDescriptor(object, 'constructor')?.value;
    if (typeof made === 'function' && typeof made.name === 'string' && made.name !== '') return made.name;
  }
  return undefined;
}

function tagOf(value: any): string {
  const tag = Object.prototype.hasOwnProperty.call(value, Symbol.toStringTag) ? '' : value[Symbol.toStringTag];
  return typeof tag === 'string' ? tag : '';
}

// "Name(size) [Tag] ", empty for what the brackets alone say already.
function prefixOf(value: object, plain: string, size: string = ''): string {
  const name = constructorName(value);
  const tag = tagOf(value);
  const suffix = tag !== '' && tag !== (name ?? plain) ? `[${tag}] ` : '';
  if (name === undefined) return `[${plain}${size}: null prototype] ${suffix}`;
  if (suffix === '' && name === plain && (plain === 'Object' || plain === 'Array')) return '';
  return `${name}${size} ${suffix}`;
}

function isArguments(value: object, kind: Kind): boolean {
  return kind === Kind.Other && Object.prototype.toString.call(value) === '[object Arguments]';
}

function isEmpty(value: any, kind: Kind): boolean {
  if (kind === Kind.Array) return value.length === 0;
  return kind === Kind.Other && Object.keys(value).length === 0;
}

function isClass(value: object): boolean {
  const source = Function.prototype.toString.call(value);
  return source.startsWith('class') && source.endsWith('}');
}

function functionText(value: any): string {
  const name = getOwnPropertyDescriptor(value, 'name')?.value;
  const hasName = typeof name === 'string' && name !== '';
  if (isClass(value)) {
    const base = getPrototypeOf(value)?.name;
    return `[class ${hasName ? name : '(anonymous)'}${base ? ` extends ${base}` : ''}]`;
  }
  const type = constructorName(value) ?? 'Function (null prototype)';
  return hasName ? `[${type}: ${name}]` : `[${type} (anonymous)]`;
}

function errorText(value: any, job: Job): string {
  const stack = getOwnPropertyDescriptor(value, 'stack') === undefined ? undefined : value.stack;
  let text = typeof stack === 'string' && stack !== '' ? cleanStack(stack) : Error.prototype.toString.call(value);
  if (!text.includes('\n    at ')) text = `[${text}]`;
  return job.indentation === 0 ? text : text.replaceAll('\n', `\n${' '.repeat(job.indentation)}`);
}

function boxedText(value: any): string | undefined {
  for (const type of [Number, String, Boolean, BigInt, Symbol] as any[]) {
    if (!(value instanceof type)) continue;
    try {
      const inner = type.prototype.valueOf.call(value);
      return `[${type.name}: ${typeof inner === 'string' ? quoteText(inner) : primitiveText(inner)}]`;
    } catch {
      return undefined;
    }
  }
  return undefined;
}

function primitiveText(value: unknown): string {
  switch (typeof value) {
    case 'number': return Object.is(value, -0) ? '-0' : String(value);
    case 'bigint': return `${value}n`;
    default: return String(value);
  }
}

function more(count: number): string {
  return `... ${count} more item${count > 1 ? 's' : ''}`;
}

// The index of the next entry behind a hole. Holes can be large, so the keys are asked, not every index.
function endOfHole(values: ArrayLike<unknown>, hole: number): number {
  for (const key of Object.keys(values)) {
    if (!index.test(key)) break;
    if (Number(key) > hole) return Number(key);
  }
  return values.length;
}

// Entries of a list, holes counted together.
function listParts(values: ArrayLike<unknown>, job: Job, depth: number): string[] {
  const parts: string[] = [];
  for (let i = 0; i < values.length; ++i) {
    if (parts.length >= job.itemsMax || job.left <= 0) return [...parts, more(values.length - i)];
    if (i in values) {
      parts.push(nested(values[i], job, depth));
      continue;
    }
    const end = endOfHole(values, i);
    parts.push(`<${end - i} empty item${end - i > 1 ? 's' : ''}>`);
    i = end - 1;
  }
  return parts;
}

function mapParts(map: Map<unknown, unknown>, job: Job, depth: number): string[] {
  const parts: string[] = [];
  for (const [key, value] of Map.prototype.entries.call(map)) {
    if (parts.length >= job.itemsMax || job.left <= 0) return [...parts, more(map.size - parts.length)];
    parts.push(`${nested(key, job, depth)} => ${nested(value, job, depth)}`);
  }
  return parts;
}

function setParts(set: Set<unknown>, job: Job, depth: number): string[] {
  const parts: string[] = [];
  for (const value of Set.prototype.values.call(set)) {
    if (parts.length >= job.itemsMax || job.left <= 0) return [...parts, more(set.size - parts.length)];
    parts.push(nested(value, job, depth));
  }
  return parts;
}

function bufferParts(value: ArrayBuffer, job: Job): string[] {
  const shown = new Uint8Array(value, 0, Math.min(value.byteLength, 50, job.itemsMax));
  const hex = Array.from(shown, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const rest = value.byteLength - shown.length;
  const dots = rest > 0 ? ` ... ${rest} more byte${rest > 1 ? 's' : ''}` : '';
  return [`[Uint8Contents]: <${hex}${dots}>`, `byteLength: ${value.byteLength}`];
}

function promiseParts(value: object, job: Job, depth: number): string[] {
  const [state, result] = native.promiseState(value);
  if (state === 'pending') return ['<pending>'];
  const text = nested(result, job, depth);
  return [state === 'rejected' ? `<rejected> ${text}` : text];
}

function propertyText(value: any, key: string | symbol, job: Job, depth: number): string {
  const property = getOwnPropertyDescriptor(value, key) ?? {value: value[key], enumerable: true};
  const plain = typeof key === 'symbol' ? `[${String(key)}]` : identifier.test(key) ? key : quoteText(key);
  const name = property.enumerable || typeof key === 'symbol' ? plain : `[${String(key)}]`;
  job.left -= name.length;
  if (property.get === undefined && property.set === undefined) return `${name}: ${nested(property.value, job, depth)}`;
  const kind = property.get === undefined ? 'Setter' : property.set === undefined ? 'Getter' : 'Getter/Setter';
  if (!job.options.getters || property.get === undefined) return `${name}: [${kind}]`;
  return `${name}: [${kind}: ${nested(property.get.call(value), job, depth)}]`;
}

function keysOf(value: any, kind: Kind, job: Job): (string | symbol)[] {
  const hidden = Boolean(job.options.showHidden);
  const isList = kind === Kind.Array || kind === Kind.View || value instanceof String || isArguments(value, kind);
  let names = hidden ? Object.getOwnPropertyNames(value) : Object.keys(value);
  if (isList) names = names.filter((name) => !index.test(name));
  if (kind === Kind.Error) {
    const text = String(value.stack);
    names = names.filter((name) => !['name', 'message', 'stack'].includes(name) || !text.includes(value[name]));
    for (const name of ['cause', 'errors']) {
      if (!names.includes(name) && getOwnPropertyDescriptor(value, name) !== undefined) names.push(name);
    }
  }
  const {sorted} = job.options;
  if (sorted) names.sort(typeof sorted === 'function' ? sorted : undefined);
  const symbols = Object.getOwnPropertySymbols(value);
  return [...names, ...symbols.filter((symbol) => hidden || getOwnPropertyDescriptor(value, symbol)?.enumerable)];
}

function propertyParts(value: any, kind: Kind, job: Job, depth: number): string[] {
  const parts: string[] = [];
  const keys = keysOf(value, kind, job);
  for (const key of keys) {
    if (job.left <= 0) break;
    parts.push(propertyText(value, key, job, depth));
  }
  return parts;
}

// On one line if they fit.
function enclose(base: string, open: string, parts: string[], close: string, job: Job, depth: number): string {
  const head = base === '' ? '' : `${base} `;
  if (parts.length === 0) return `${head}${open}${close}`;
  const inOneLine = job.compact === Infinity || job.deepest - depth < job.compact;
  const length = parts.reduce((sum, part) => sum + part.length + 2, job.indentation + open.length + base.length + 10);
  if (inOneLine && length <= job.breakLength && !base.includes('\n') && !parts.some((part) => part.includes('\n'))) {
    return `${head}${open} ${parts.join(', ')} ${close}`;
  }
  if (job.breakLength === Infinity) return `${head}${open} ${parts.join(', ')} ${close}`;
  const line = `\n${' '.repeat(job.indentation)}`;
  return `${head}${open}${line}  ${parts.join(`,${line}  `)}${line}${close}`;
}

// What stands before the brackets, the brackets, and what is in them besides properties.
type Shape = [base: string, open: string, parts: () => string[], close: string];

const noParts = (): string[] => [];

function shapeOf(value: any, kind: Kind, job: Job, depth: number): Shape {
  if (typeof value === 'function') return [functionText(value), '{', noParts, '}'];
  switch (kind) {
    case Kind.Array: {
      return ['', `${prefixOf(value, 'Array', `(${value.length})`)}[`, () => listParts(value, job, depth), ']'];
    }
    case Kind.View: {
      if (value instanceof DataView) {
        const parts = (): string[] => ['byteLength', 'byteOffset', 'buffer'].map(
            (name) => `${name}: ${nested((value as any)[name], job, depth)}`);
        return ['', 'DataView {', parts, '}'];
      }
      return ['', `${prefixOf(value, 'TypedArray', `(${value.length})`)}[`, () => listParts(value, job, depth), ']'];
    }
    case Kind.Map: return ['', `${prefixOf(value, 'Map', `(${value.size})`)}{`, () => mapParts(value, job, depth), '}'];
    case Kind.Set: return ['', `${prefixOf(value, 'Set', `(${value.size})`)}{`, () => setParts(value, job, depth), '}'];
    case Kind.ArrayBuffer: return ['', `${prefixOf(value, 'ArrayBuffer')}{`, () => bufferParts(value, job), '}'];
    case Kind.Promise: return ['', `${prefixOf(value, 'Promise')}{`, () => promiseParts(value, job, depth), '}'];
    case Kind.Date: return [Number.isNaN(Date.prototype.getTime.call(value)) ? 'Invalid Date' :
      Date.prototype.toISOString.call(value), '{', noParts, '}'];
    case Kind.RegExp: return [RegExp.prototype.toString.call(value), '{', noParts, '}'];
    case Kind.Error: return [errorText(value, job), '{', noParts, '}'];
    default: break;
  }
  const boxed = boxedText(value);
  if (boxed !== undefined) return [boxed, '{', noParts, '}'];
  if (value instanceof WeakMap || value instanceof WeakSet) {
    return ['', `${prefixOf(value, 'WeakSet')}{`, () => ['<items unknown>'], '}'];
  }
  if (isArguments(value, kind)) {
    return ['', '[Arguments] [', () => listParts(value, job, depth), ']'];
  }
  return ['', `${prefixOf(value, 'Object')}{`, noParts, '}'];
}

function customText(value: any, job: Job, depth: number): string | undefined {
  const custom = value[customInspect];
  if (typeof custom !== 'function' || custom === inspect) return undefined;
  const depthLeft = job.depthMax - depth;
  const options = {...job.options, depth: depthLeft, stylize: (text: unknown) => String(text)};
  const result = custom.call(value, depthLeft, options, inspect);
  if (result === value) return undefined;
  return typeof result === 'string' ? result.replaceAll('\n', `\n${' '.repeat(job.indentation)}`) :
    inspectValue(result, job, depth);
}

function inspectObject(value: any, job: Job, depth: number): string {
  const kind = native.kindOf(value);
  if (kind === Kind.Proxy) return inspectValue(native.proxyTarget(value), job, depth);
  if (typeof value._bsontype === 'string' && typeof value.toExtendedJSON === 'function') return bsonText(value);
  const custom = customText(value, job, depth);
  if (custom !== undefined) return custom;
  if (job.path.includes(value)) {
    if (!job.references.has(value)) job.references.set(value, job.references.size + 1);
    return `[Circular *${job.references.get(value)}]`;
  }
  const isLeaf = typeof value === 'function' || kind === Kind.Date || kind === Kind.RegExp || kind === Kind.Error;
  if (depth > job.depthMax && !isLeaf && !isEmpty(value, kind)) {
    return kind === Kind.Array ? '[Array]' : `[${constructorName(value) ?? 'Object: null prototype'}]`;
  }
  job.path.push(value);
  if (!isEmpty(value, kind)) job.deepest = depth;
  const [base, open, parts, close] = shapeOf(value, kind, job, depth);
  const all = [...parts(), ...(depth > job.depthMax ? [] : propertyParts(value, kind, job, depth))];
  job.path.pop();
  const text = all.length === 0 && base !== '' ? base : enclose(base, open, all, close, job, depth);
  const reference = job.references.get(value);
  return reference === undefined ? text : `<ref *${reference}> ${text}`;
}

function stringText(value: string, job: Job): string {
  const length = Math.max(0, Math.min(job.textMax, job.left));
  const rest = value.length - length;
  const dots = rest > 0 ? `... ${rest} more character${rest > 1 ? 's' : ''}` : '';
  return quoteText(rest > 0 ? value.slice(0, length) : value) + dots;
}

function inspectValue(value: unknown, job: Job, depth: number): string {
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
  const text = isObject ? inspectObject(value, job, depth) :
    typeof value === 'string' ? stringText(value, job) : primitiveText(value);
  job.left -= text.length;
  return text;
}

function nested(value: unknown, job: Job, depth: number): string {
  job.indentation += 2;
  try {
    return inspectValue(value, job, depth + 1);
  } finally {
    job.indentation -= 2;
  }
}

function limitOf(value: number | null | undefined, otherwise: number): number {
  return value === undefined ? otherwise : value === null ? Infinity : Number(value);
}

// The text of one value. No more than about `left` characters are worked out.
export function inspectWithin(value: unknown, options: InspectOptions, left: number): string {
  const {compact = 3} = options;
  return inspectValue(value, {
    options,
    depthMax: limitOf(options.depth, 2),
    itemsMax: limitOf(options.maxArrayLength, 100),
    textMax: limitOf(options.maxStringLength, 10000),
    breakLength: limitOf(options.breakLength, 80),
    compact: compact === true ? Infinity : Number(compact),
    path: [],
    references: new Map(),
    indentation: 0,
    deepest: 0,
    left,
  }, 0);
}

// As `util.inspect`, also in its old form (value, showHidden, depth).
export function inspect(value: unknown, options?: InspectOptions | boolean, depth?: number | null): string {
  if (typeof options === 'boolean') return inspectWithin(value, {showHidden: options, depth}, charactersMax);
  return inspectWithin(value, options ?? {}, charactersMax);
}
