// Text for several values, in the way of Node's util.format.
import {inspectWithin, type InspectOptions} from './inspect.ts';

const charactersMax = 1 << 20;

// Whether String(value) says more than "[object Object]".
function hasOwnText(value: any): boolean {
  if (value instanceof Error) return false;
  const {toString} = value;
  return typeof toString === 'function' && toString !== Object.prototype.toString && !Array.isArray(value) &&
    !Function.prototype.toString.call(toString).includes('[native code]');
}

function textOf(value: any, options: InspectOptions, left: number): string {
  switch (typeof value) {
    case 'bigint': return `${value}n`;
    case 'number': return Object.is(value, -0) ? '-0' : String(value);
    case 'object': return value !== null && hasOwnText(value) ? String(value) :
      inspectWithin(value, {...options, depth: 0}, left);
    default: return String(value);
  }
}

function numberText(value: unknown, convert: (value: any) => number): string {
  if (typeof value === 'symbol') return 'NaN';
  if (typeof value === 'bigint') return `${value}n`;
  const number = typeof value === 'object' && convert !== Number ? NaN : convert(value);
  return Object.is(number, -0) ? '-0' : String(number);
}

function jsonText(value: unknown): string {
  try {
    return String(JSON.stringify(value));
  } catch (error) {
    if (/circular/i.test(String((error as Error).message))) return '[Circular]';
    throw error;
  }
}

function substitute(template: string, rest: unknown[], options: InspectOptions, left: number): string {
  return template.replace(/%[sdifjoOc%]/g, (mark) => {
    if (mark === '%%') return '%';
    if (rest.length === 0) return mark;
    const value = rest.shift();
    switch (mark) {
      case '%s': return textOf(value, options, left);
      case '%d': return numberText(value, Number);
      case '%i': return numberText(value, parseInt);
      case '%f': return numberText(value, parseFloat);
      case '%j': return jsonText(value);
      case '%o': return inspectWithin(value, {...options, showHidden: true, depth: 4}, left);
      case '%c': return '';
      default: return inspectWithin(value, options, left);
    }
  });
}

// No more than about `left` characters are worked out.
export function formatWithin(args: unknown[], options: InspectOptions, left: number): string {
  const rest = args.slice();
  const one = (value: unknown, room: number): string =>
    (typeof value === 'string' ? value : inspectWithin(value, options, room));
  let line = '';
  if (typeof rest[0] === 'string' && rest.length > 1 && rest[0].includes('%')) {
    line = substitute(rest.shift() as string, rest, options, left);
  } else if (rest.length > 0) {
    line = one(rest.shift(), left);
  }
  while (rest.length > 0 && line.length < left) line += ' ' + one(rest.shift(), left - line.length);
  return line;
}

// As `util.format`.
export function format(...args: unknown[]): string {
  return formatWithin(args, {}, charactersMax);
}

// As `util.formatWithOptions`.
export function formatWithOptions(options: InspectOptions, ...args: unknown[]): string {
  return formatWithin(args, options, charactersMax);
}
