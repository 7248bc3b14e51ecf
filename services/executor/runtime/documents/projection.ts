// Projections of find and of the stages $project and $unset.
import {ComputeOptions} from 'mingo-internal';
import {evalExpr} from 'mingo/core';
import {type Document, plain, setOwn} from './bson_values.ts';
import {ErrorCode, fail} from './errors.ts';
import {isNumeric, toNumber} from './numbers.ts';
import {isDocument} from './order.ts';
import {ownValue, splitPath} from './paths.ts';

// What becomes of a field: kept or left out whole, looked into, or computed of the document.
interface Node {
  flag?: boolean;
  children?: Map<string, Node>;
  compute?: (document: Document, value: unknown) => unknown;
}

// What only a projection of find has. `positionOf` is the index of the item that met the filter.
export interface FindOperators {
  positionOf(document: Document, path: string[]): number;
  elementTest(criteria: Document): (item: unknown) => boolean;
}

interface Parsed {
  root: Node;
  inclusion: boolean | undefined;
  // Paths that are computed, in order.
  computed: {path: string[]; compute: (document: Document, value: unknown) => unknown}[];
}

function place(root: Node, path: string[]): Node {
  let node = root;
  for (const part of path) {
    if (node.flag !== undefined || node.compute !== undefined) fail(31249, `Path collision at ${path.join('.')}`);
    node.children ??= new Map();
    if (!node.children.has(part)) node.children.set(part, {});
    node = node.children.get(part)!;
  }
  if (node.flag !== undefined || node.compute !== undefined || node.children !== undefined) {
    fail(31250, `Path collision at ${path.join('.')}`);
  }
  return node;
}

function slice(operand: any): (value: unknown) => unknown {
  const [skip, limit] = (Array.isArray(operand) ? operand : [undefined, operand])
    .map((number) => isNumeric(number) ? toNumber(number) : undefined);
  return (value) => {
    if (!Array.isArray(value)) return value;
    if (skip === undefined) return limit! < 0 ? value.slice(limit) : value.slice(0, limit);
    const begin = skip < 0 ? Math.max(0, value.length + skip) : skip;
    return value.slice(begin, begin + limit!);
  };
}

class Parser {
  readonly parsed: Parsed = {root: {}, inclusion: undefined, computed: []};

  constructor(private readonly options: any, private readonly find: FindOperators | undefined) {}

  fields(specification: Document, base: string[]): void {
    for (const name of Object.keys(specification)) {
      const path = [...base, ...splitPath(name)];
      const value = specification[name];
      if (path[path.length - 1] === '$') this.positional(path.slice(0, -1));
      else if (path.some((part) => part.startsWith('$')))
        fail(16410, `FieldPath field names may not start with '$': ${name}`);
      else if (typeof value === 'boolean' || isNumeric(value))
        this.flag(path, value === true || (value !== false && toNumber(value) !== 0));
      else if (isDocument(value) && !Object.keys(value)[0]?.startsWith('$')) this.nested(value, path);
      else this.expression(path, value);
    }
  }

  private flag(path: string[], flag: boolean): void {
    if (!(path.length === 1 && path[0] === '_id')) {
      if (this.parsed.inclusion === !flag) {
        fail(flag ? 31253 : 31254, `Cannot do ${flag ? 'inclusion' : 'exclusion'} on field ${path.join('.')} in ${
          flag ? 'exclusion' : 'inclusion'} projection`);
      }
      this.parsed.inclusion = flag;
    }
    place(this.parsed.root, path).flag = flag;
  }

  private nested(value: Document, path: string[]): void {
    if (Object.keys(value).length === 0) fail(51270, `An empty sub-projection is not a valid value: ${path.join('.')}`);
    this.fields(value, path);
  }

  private positional(path: string[]): void {
    const find = this.find;
    if (find === undefined)
      fail(ErrorCode.BadValue, `The positional operator is not allowed in $project: ${path.join('.')}.$`);
    this.flag(path, true);
    this.parsed.computed.push({
      path,
      compute(document, value) {
        const position = find.positionOf(document, path);
        if (position < 0)
          fail(51246, `Executor error: the positional operator did not find the match of '${path.join('.')}'`);
        return Array.isArray(value) ? [value[position]] : value;
      },
    });
  }

  private expression(path: string[], value: any): void {
    const operator = isDocument(value) ? Object.keys(value)[0] : undefined;
    if (this.find !== undefined && operator === '$slice' && !isExpressionSlice(value.$slice)) {
      const cut = slice(value.$slice);
      this.parsed.computed.push({path, compute: (_, old) => cut(old)});
      // Alone it leaves the other fields; with what is included it includes its own.
      place(this.parsed.root, path).compute = (_, old) => old;
      return;
    }
    this.parsed.inclusion ??= true;
    if (!this.parsed.inclusion) fail(31252, `Cannot use an expression in an exclusion projection: ${path.join('.')}`);
    if (this.find !== undefined && operator === '$elemMatch') {
      const accepts = this.find.elementTest(value.$elemMatch);
      place(this.parsed.root, path).compute = (_, old) => {
        const found = Array.isArray(old) ? old.filter(accepts).slice(0, 1) : [];
        return found.length > 0 ? found : undefined;
      };
      return;
    }
    if (operator === '$meta') fail(ErrorCode.NotImplemented, '$meta is not supported by the embedded database');
    const specification = plain(value);
    place(this.parsed.root, path).compute = () => undefined;
    this.parsed.computed.push({
      path,
      compute: (document) => evaluate(document, specification, this.options),
    });
  }
}

function isExpressionSlice(operand: unknown): boolean {
  return Array.isArray(operand) ? !operand.every(isNumeric) : !isNumeric(operand);
}

export function evaluate(document: Document, expression: any, options: ComputeOptions): unknown {
  return evalExpr(document as any, expression, ComputeOptions.init(options).update({root: document}) as any);
}

function projectValue(value: any, node: Node, inclusion: boolean, document: Document): unknown {
  if (node.compute !== undefined) return node.compute(document, value);
  if (node.children === undefined) return node.flag ? value : undefined;
  if (Array.isArray(value)) {
    return value.map((item) => projectValue(item, node, inclusion, document)).filter((item) => item !== undefined);
  }
  if (isDocument(value)) return projectDocument(value, node, inclusion, document);
  return inclusion ? undefined : value;
}

function projectDocument(part: Document, node: Node, inclusion: boolean, document: Document): Document {
  const result: Document = {};
  for (const name of Object.keys(part)) {
    const child = node.children?.get(name);
    const value = child === undefined ? (inclusion ? undefined : part[name]) :
      projectValue(part[name], child, inclusion, document);
    if (value !== undefined) setOwn(result, name, value);
  }
  return result;
}

function setComputed(target: any, path: string[], value: unknown): void {
  if (Array.isArray(target)) {
    for (const item of target) if (isDocument(item)) setComputed(item, path, value);
    return;
  }
  const [name, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) {
    if (value !== undefined) setOwn(target, name, value);
    return;
  }
  if (value === undefined && ownValue(target, name) === undefined) return;
  const inner: any = ownValue(target, name);
  if (!isDocument(inner) && !Array.isArray(inner)) setOwn(target, name, {});
  setComputed(ownValue(target, name), rest, value);
}

function lookUp(document: Document, path: string[]): unknown {
  return path.reduce<unknown>((value, part) => isDocument(value) ? ownValue(value, part) : undefined, document);
}

// `options` are mingo's.
export function projection(specification: Document, options: any, find?: FindOperators): (document: Document) =>
  Document {
  const parser = new Parser(options, find);
  parser.fields(specification, []);
  const {root, computed} = parser.parsed;
  const id = root.children?.get('_id');
  // {_id: 1} alone includes, {_id: 0} excludes.
  const inclusion = parser.parsed.inclusion ?? id?.flag ?? false;
  if (inclusion && id === undefined) place(root, ['_id']).flag = true;
  return (document) => {
    const result = projectDocument(document, root, inclusion, document);
    for (const {path, compute} of computed) setComputed(result, path, compute(document, lookUp(document, path)));
    return result;
  };
}
