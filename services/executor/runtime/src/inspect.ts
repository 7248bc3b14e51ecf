// Text for console lines, in the way of Node's util.inspect and util.format.
import {toCanonical} from './ejson.ts';
import {Kind, native} from './native.ts';

const depthMax = 3;
const itemsMax = 100;

interface Job {
  // Objects being written, for cycles.
  path: object[];
  // Characters left; what would come after is not looked at.
  left: number;
}

const escapes: Record<string, string> = {'\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t'};

function quoteText(text: string): string {
  if (text.includes("'")) return JSON.stringify(text);
  return "'" + text.replace(/[\\\n\r\t]/g, (c) => escapes[c]!) + "'";
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

function enclose(open: string, parts: string[], close: string): string {
  return parts.length === 0 ? open + close : `${open} ${parts.join(', ')} ${close}`;
}

function listParts(values: Iterable<unknown>, count: number, job: Job): string[] {
  const parts: string[] = [];
  for (const value of values) {
    if (parts.length === itemsMax || job.left <= 0) {
      parts.push(`... ${count - parts.length} more`);
      break;
    }
    parts.push(inspectValue(value, job));
  }
  return parts;
}

function mapParts(map: Map<unknown, unknown>, job: Job): string[] {
  const parts: string[] = [];
  for (const [key, value] of map) {
    if (parts.length === itemsMax || job.left <= 0) break;
    parts.push(`${inspectValue(key, job)} => ${inspectValue(value, job)}`);
  }
  return parts;
}

function propertyParts(value: any, job: Job): string[] {
  const parts: string[] = [];
  for (const key of Object.keys(value)) {
    if (job.left <= 0) break;
    const name = /^[A-Za-z_$][\w$]*$/.test(key) ? key : quoteText(key);
    job.left -= name.length;
    parts.push(`${name}: ${inspectValue(value[key], job)}`);
  }
  return parts;
}

function inspectObject(value: any, job: Job): string {
  const kind = native.kindOf(value);
  if (kind === Kind.Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (kind === Kind.RegExp || kind === Kind.Proxy) return kind === Kind.Proxy ? '[Proxy]' : String(value);
  if (kind === Kind.Promise) return 'Promise {}';
  if (kind === Kind.Error) return typeof value.stack === 'string' && value.stack !== '' ? value.stack : String(value);
  if (typeof value._bsontype === 'string' && typeof value.toExtendedJSON === 'function') return bsonText(value);
  if (job.path.includes(value)) return '[Circular]';
  const name = value.constructor?.name;
  if (job.path.length >= depthMax) return Array.isArray(value) ? '[Array]' : `[${name ?? 'Object'}]`;
  job.path.push(value);
  try {
    if (Array.isArray(value)) return enclose('[', listParts(value, value.length, job), ']');
    if (kind === Kind.Map) return enclose(`Map(${value.size}) {`, mapParts(value, job), '}');
    if (kind === Kind.Set) return enclose(`Set(${value.size}) {`, listParts(value, value.size, job), '}');
    if (kind === Kind.ArrayBuffer) return `ArrayBuffer { byteLength: ${value.byteLength} }`;
    if (kind === Kind.View) return enclose(`${name}(${value.length}) [`, listParts(value, value.length, job), ']');
    const prefix = typeof name === 'string' && name !== 'Object' && name !== '' ? `${name} ` : '';
    return enclose(`${prefix}{`, propertyParts(value, job), '}');
  } finally {
    job.path.pop();
  }
}

function inspectValue(value: unknown, job: Job): string {
  const text = textOf(value, job);
  job.left -= text.length;
  return text;
}

function textOf(value: unknown, job: Job): string {
  switch (typeof value) {
    case 'string': return quoteText(value.length > job.left ? value.slice(0, Math.max(job.left, 0)) : value);
    case 'number': return Object.is(value, -0) ? '-0' : String(value);
    case 'bigint': return `${value}n`;
    case 'function': return value.name ? `[Function: ${value.name}]` : '[Function (anonymous)]';
    case 'object': return value === null ? 'null' : inspectObject(value, job);
    default: return String(value);
  }
}

function substitute(template: string, rest: unknown[], job: Job): string {
  return template.replace(/%[sdifjoO%]/g, (mark) => {
    if (mark === '%%') return '%';
    if (rest.length === 0) return mark;
    const value = rest.shift();
    switch (mark) {
      case '%s': return typeof value === 'object' ? inspectValue(value, job) : String(value);
      case '%d': return typeof value === 'bigint' ? `${value}n` : String(Number(value as number));
      case '%i': return String(Number.parseInt(String(value), 10));
      case '%f': return String(Number.parseFloat(String(value)));
      case '%j': return String(JSON.stringify(value));
      default: return inspectValue(value, job);
    }
  });
}

// One console line. No more than about `charactersMax` characters are worked out.
export function format(args: unknown[], charactersMax: number): string {
  const job: Job = {path: [], left: charactersMax};
  const rest = args.slice();
  let line = '';
  if (typeof rest[0] === 'string' && rest.length > 1 && rest[0].includes('%')) {
    line = substitute(rest.shift() as string, rest, job);
  } else if (rest.length > 0) {
    line = topLevel(rest.shift(), job);
  }
  while (rest.length > 0 && line.length < charactersMax) line += ' ' + topLevel(rest.shift(), job);
  return line;
}

function topLevel(value: unknown, job: Job): string {
  if (typeof value !== 'string') return inspectValue(value, job);
  job.left -= value.length;
  return value;
}
