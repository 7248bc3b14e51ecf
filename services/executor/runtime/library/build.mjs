// Bundles the modules that functions can require(), each by itself, into one file: node build.mjs OUTPUT [DEPFILE]
// The file begins with a line of JSON, [[name, bytes], ...], then the modules' texts follow in that order. All is ASCII.
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';
import {awsModules, awsPlugin} from './aws/bundle.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../../../..');
const own = (file) => path.join(here, file);

// The module's name, and where it comes from: a file here, or an npm package.
const modules = {
  ...awsModules,
  assert: 'assert/',
  buffer: own('buffer.ts'),
  crypto: own('crypto.ts'),
  'crypto-browserify': 'crypto-browserify',
  events: 'events/',
  http: own('http.ts'),
  http_client: own('http_client.ts'),
  https: own('https.ts'),
  os: own('os.ts'),
  path: 'path-browserify',
  process: own('process.ts'),
  punycode: 'punycode/',
  querystring: 'querystring-es3',
  stream: 'readable-stream/lib/stream',
  string_decoder: 'string_decoder/',
  timers: own('timers.ts'),
  tr46: 'tr46',
  url: own('url.ts'),
  util: own('util.ts'),
  web: own('web.ts'),
  'whatwg-url': 'whatwg-url',
  zlib: 'browserify-zlib',
};

// Modules find each other through the loader, so that there is one Buffer, one Stream, one EventEmitter. A name with a
// slash at its end means the npm package of that name.
const aliases = {'process/browser': 'process', 'readable-stream': 'stream', 'stream-browserify': 'stream'};
// What a module gets in place of a package.
const replacements = {'whatwg-url': {tr46: own('domain_names.ts')}};
const shareModules = (entry) => ({
  name: 'share-modules',
  setup(plugin) {
    plugin.onResolve({filter: /^[a-z]/}, ({path: wanted, kind, importer}) => {
      if (kind === 'entry-point') return undefined;
      const bare = wanted.replace(/^node:|\/$/g, '');
      const name = aliases[bare] ?? bare;
      const replacement = replacements[entry]?.[name];
      if (replacement !== undefined && importer !== replacement) return {path: replacement};
      if (name === entry || !(name in modules || name === 'vm')) return undefined;
      return {path: name, external: true};
    });
  },
});

const [output, depfile] = process.argv.slice(2);
const texts = [];
const inputs = new Set();
for (const [name, source] of Object.entries(modules)) {
  const result = await build({
    stdin: {contents: `module.exports = require(${JSON.stringify(source)});`, resolveDir: root},
    absWorkingDir: root,
    write: false,
    bundle: true,
    format: 'cjs',
    platform: 'browser',
    target: 'es2022',
    charset: 'ascii',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    metafile: true,
    define: {global: 'globalThis'},
    // Strict code keeps what the loader gives it from functions that look at their callers.
    banner: {js: '"use strict";'},
    plugins: [awsPlugin, shareModules(name)],
    logLevel: 'warning',
  });
  texts.push([name, result.outputFiles[0].text]);
  for (const input of Object.keys(result.metafile.inputs)) if (input !== '<stdin>') inputs.add(path.resolve(root, input));
}
const index = JSON.stringify(texts.map(([name, text]) => [name, text.length]));
await writeFile(output, `${index}\n${texts.map(([, text]) => text).join('')}`);
if (depfile) await writeFile(depfile, `${output}: ${[...inputs].map((file) => file.replace(/ /g, '\\ ')).join(' ')}\n`);
