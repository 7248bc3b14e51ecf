// The text of console.table.
import {inspectWithin} from './inspect.ts';

const rowsMax = 100;
const columnsMax = 20;
const cellCharactersMax = 64;

function cell(value: unknown): string {
  return inspectWithin(value, {compact: true, breakLength: Infinity, depth: 0}, cellCharactersMax);
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

// [index, row] of each row.
function rowsOf(data: any): [string, unknown][] {
  if (data instanceof Map) {
    const rows = [...data].slice(0, rowsMax);
    return rows.map(([key, value], i): [string, unknown] => [String(i), {Key: key, Values: value}]);
  }
  if (data instanceof Set) return [...data].slice(0, rowsMax).map((value, i): [string, unknown] => [String(i), value]);
  return Object.keys(data).slice(0, rowsMax).map((key): [string, unknown] => [key, data[key]]);
}

function centre(text: string, width: number): string {
  const left = Math.floor((width - text.length) / 2);
  return ' '.repeat(left) + text + ' '.repeat(width - text.length - left);
}

function draw(lines: string[][]): string {
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)) + 2);
  const rule = (left: string, middle: string, right: string): string =>
    left + widths.map((width) => '─'.repeat(width)).join(middle) + right;
  const rows = lines.map((line) => `│${line.map((text, column) => centre(text, widths[column]!)).join('│')}│`);
  return [rule('┌', '┬', '┐'), rows[0], rule('├', '┼', '┤'), ...rows.slice(1), rule('└', '┴', '┘')].join('\n');
}

// undefined for what has no rows.
export function tableOf(data: unknown, wanted?: unknown): string | undefined {
  if (!isObject(data)) return undefined;
  const rows = rowsOf(data);
  const columns = new Set<string>(Array.isArray(wanted) ? wanted.map(String).slice(0, columnsMax) : []);
  let hasValues = false;
  for (const [, row] of rows) {
    if (!isObject(row)) hasValues = true;
    for (const key of isObject(row) && !Array.isArray(wanted) ? Object.keys(row) : []) {
      if (columns.size < columnsMax) columns.add(key);
    }
  }
  const lines = [['(index)', ...columns, ...(hasValues ? ['Values'] : [])]];
  for (const [index, row] of rows) {
    const cells = [...columns].map(
        (name) => (isObject(row) && Object.hasOwn(row, name) ? cell((row as any)[name]) : ''));
    lines.push([index, ...cells, ...(hasValues ? [isObject(row) ? '' : cell(row)] : [])]);
  }
  return draw(lines);
}
