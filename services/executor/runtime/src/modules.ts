// The application's own dependencies: CommonJS modules below `node_modules`, found as Node finds them.
import {inspect} from './inspect.ts';
import {native} from './native.ts';
import {requireBuiltin} from './require.ts';

interface Module {
  id: string;
  filename: string;
  exports: any;
  loaded: boolean;
  children: Module[];
  paths: string[];
  parent: Module | undefined;
}

type Json = Record<string, any>;

const root = 'node_modules';
const cache: Record<string, Module> = Object.create(null);
const manifests: Record<string, Json | null> = Object.create(null);
// Which of a package's `exports` a require() gets.
const conditions = ['node', 'require', 'default'];
const depthMax = 64;

function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), {code});
}

// Without `.` and `..`; undefined for what lies outside the root.
function normalize(path: string): string | undefined {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}

function directoryOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

function manifestOf(directory: string): Json | undefined {
  let manifest = manifests[directory];
  if (manifest === undefined) {
    const text = native.dependency(`${directory}/package.json`);
    manifest = text === undefined ? null : (JSON.parse(text) as Json);
    manifests[directory] = manifest;
  }
  return manifest ?? undefined;
}

function asFile(path: string): string | undefined {
  return [path, `${path}.js`, `${path}.json`, `${path}.cjs`].find((file) => native.hasDependency(file));
}

function asDirectory(path: string): string | undefined {
  const main = manifestOf(path)?.main;
  if (typeof main === 'string') {
    const target = normalize(`${path}/${main}`);
    const found = target === undefined ? undefined : asFile(target) ?? asFile(`${target}/index`);
    if (found !== undefined) return found;
  }
  return asFile(`${path}/index`);
}

// The target of an entry of `exports`: a path, a list of which the first counts, or conditions.
function targetOf(entry: any, star: string): string | undefined {
  if (typeof entry === 'string') return entry.replaceAll('*', star);
  if (Array.isArray(entry)) {
    for (const each of entry) {
      const target = targetOf(each, star);
      if (target !== undefined) return target;
    }
    return undefined;
  }
  if (typeof entry !== 'object' || entry === null) return undefined;
  for (const condition of Object.keys(entry)) {
    const target = conditions.includes(condition) ? targetOf(entry[condition], star) : undefined;
    if (target !== undefined) return target;
  }
  return undefined;
}

function exported(entries: any, subpath: string): string | undefined {
  const isMap = typeof entries === 'object' && entries !== null && !Array.isArray(entries) &&
    Object.keys(entries).some((key) => key.startsWith('.'));
  if (!isMap) return subpath === '.' ? targetOf(entries, '') : undefined;
  if (Object.hasOwn(entries, subpath)) return targetOf(entries[subpath], '');
  // The pattern with the longest beginning counts.
  const patterns = Object.keys(entries).filter((key) => key.includes('*'));
  for (const pattern of patterns.sort((a, b) => b.indexOf('*') - a.indexOf('*'))) {
    const [begin, end] = pattern.split('*') as [string, string];
    if (subpath.startsWith(begin) && subpath.endsWith(end) && subpath.length >= pattern.length) {
      return targetOf(entries[pattern], subpath.slice(begin.length, subpath.length - end.length));
    }
  }
  return undefined;
}

function inPackage(directory: string, subpath: string): string | undefined {
  const manifest = manifestOf(directory);
  if (manifest?.exports !== undefined && manifest.exports !== null) {
    const target = exported(manifest.exports, subpath);
    const path = target === undefined ? undefined : normalize(`${directory}/${target}`);
    if (path !== undefined && native.hasDependency(path)) return path;
    const esm = manifest.type === 'module' || path !== undefined ? ': only code for require() can be loaded' : '';
    throw failure('ERR_PACKAGE_PATH_NOT_EXPORTED', `Package subpath '${subpath}' is not exported by ${directory}${esm}`);
  }
  if (subpath === '.') return asDirectory(directory);
  const path = normalize(`${directory}/${subpath}`);
  return path === undefined ? undefined : asFile(path) ?? asDirectory(path);
}

// Where the name leads from a file of `directory`; undefined when nowhere.
function resolve(name: string, directory: string): string | undefined {
  if (/^\.{0,2}\//.test(name) || name === '.' || name === '..') {
    const path = normalize(name.startsWith('/') ? name : `${directory}/${name}`);
    if (path === undefined) return undefined;
    return (name.endsWith('/') ? undefined : asFile(path)) ?? asDirectory(path);
  }
  const parts = name.split('/');
  const packageName = parts.splice(0, name.startsWith('@') ? 2 : 1).join('/');
  const subpath = ['.', ...parts].join('/');
  for (let at = directory; ; at = directoryOf(at)) {
    const base = at === '' || at === root ? root : `${at}/node_modules`;
    const candidate = `${base}/${packageName}`;
    if (!at.endsWith('/node_modules') && (manifestOf(candidate) !== undefined || asFile(candidate) !== undefined ||
                                          asDirectory(candidate) !== undefined)) {
      return manifestOf(candidate) === undefined && subpath === '.' ? asFile(candidate) ?? asDirectory(candidate) :
        inPackage(candidate, subpath);
    }
    if (at === '' || at === root) return undefined;
  }
}

function notFound(name: string, parent: string): Error {
  const from = parent === '' ? '' : `, required by ${parent}`;
  return failure('MODULE_NOT_FOUND', `Cannot find module '${name}'${from}`);
}

function run(module: Module, depth: number): void {
  const text = native.dependency(module.filename) ?? '';
  if (module.filename.endsWith('.json')) {
    try {
      module.exports = JSON.parse(text.replace(/^\ufeff/, ''));
    } catch (error) {
      throw new SyntaxError(`${module.filename}: ${(error as Error).message}`);
    }
    return;
  }
  const isEsm = !module.filename.endsWith('.cjs') && packageManifest(module.filename)?.type === 'module';
  if (isEsm) throw failure('ERR_REQUIRE_ESM', `${module.filename} is an ECMAScript module: require() cannot load it`);
  const wrapper = native.compileDependency(module.filename);
  const load = makeRequire(module, depth + 1);
  Reflect.apply(wrapper, module.exports,
                [module.exports, load, module, module.filename, directoryOf(module.filename)]);
}

// The manifest of the package that a file belongs to.
function packageManifest(filename: string): Json | undefined {
  for (let at = directoryOf(filename); at !== '' && !at.endsWith('node_modules'); at = directoryOf(at)) {
    const manifest = manifestOf(at);
    if (manifest !== undefined) return manifest;
  }
  return undefined;
}

function load(name: string, parent: Module | undefined, depth: number): unknown {
  if (typeof name !== 'string' || name === '') {
    throw new TypeError(`require: the name must be a string with text, not ${inspect(name)}`);
  }
  const builtin = requireBuiltin(name, parent !== undefined);
  if (builtin !== undefined) return builtin.exports;
  const filename = resolve(name, parent === undefined ? '' : directoryOf(parent.filename));
  if (filename === undefined) throw notFound(name, parent?.filename ?? '');
  const known = cache[filename];
  if (known !== undefined) return known.exports;
  if (depth > depthMax) throw new RangeError(`require: more than ${depthMax} modules require each other`);
  const module: Module = {
    id: filename, filename, exports: {}, loaded: false, children: [], paths: [], parent,
  };
  parent?.children.push(module);
  cache[filename] = module;
  try {
    run(module, depth);
  } catch (error) {
    delete cache[filename];
    throw error;
  }
  module.loaded = true;
  return module.exports;
}

function makeRequire(module: Module, depth: number): unknown {
  return Object.assign((name: string) => load(name, module, depth), {
    cache,
    extensions: {},
    main: undefined,
    resolve: (name: string) => {
      const filename = resolve(name, directoryOf(module.filename));
      if (filename === undefined) throw notFound(name, module.filename);
      return filename;
    },
  });
}

// A module that a function itself asked for.
export function requireFromApp(name: string): unknown {
  return load(name, undefined, 0);
}
