// Bundles the runtime library into one script for the snapshot: node build.mjs OUTPUT [DEPFILE]
import {readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';

const here = path.dirname(fileURLToPath(import.meta.url));

// Each edit of the npm package `bson`: what stands there, and what takes its place. A package that does not hold the
// text exactly once is another version, and the build says so.
const bsonEdits = [
  // A scratch buffer of 17 MB would be part of every context. It begins small and grows with the documents.
  ['let buffer = ByteUtils.allocate(MAXSIZE);', 'let buffer = ByteUtils.allocate(1024);'],
  [
    `: MAXSIZE;
    if (buffer.length < minInternalBufferSize) {
        buffer = ByteUtils.allocate(minInternalBufferSize);
    }
    const serializationIndex = ` +
      'serializeInto(buffer, object, checkKeys, 0, 0, serializeFunctions, ignoreUndefined, null);',
    ': 0;\n    setInternalBufferSize(minInternalBufferSize);\n' +
      '    const serializationIndex = serializeGrowing(object, checkKeys, serializeFunctions, ignoreUndefined);',
  ],
  [
    'function serialize(object, options = {}) {',
    // Single bytes written past the end of a typed array vanish without a word, blocks throw a RangeError.
    `function serializeGrowing(object, checkKeys, serializeFunctions, ignoreUndefined) {
    for (;;) {
        let end = 0;
        try {
            end = serializeInto(buffer, object, checkKeys, 0, 0, serializeFunctions, ignoreUndefined, null);
            if (end <= buffer.length) return end;
        }
        catch (error) {
            if (!(error instanceof RangeError) || buffer.length >= MAXSIZE) throw error;
        }
        setInternalBufferSize(Math.max(end, Math.min(buffer.length * 4, MAXSIZE)));
    }
}
function serialize(object, options = {}) {`,
  ],
  // Our own conversions of bytes: this V8 has neither Buffer nor TextDecoder.
  [
    "const hasGlobalBuffer = typeof Buffer === 'function' && Buffer.prototype?._isBuffer !== true;\n" +
      'const ByteUtils = hasGlobalBuffer ? nodeJsByteUtils : webByteUtils;',
    'const ByteUtils = Object.assign(webByteUtils, overlockByteUtils);',
  ],
];

const mendBson = {
  name: 'mend-bson',
  setup(plugin) {
    plugin.onLoad({filter: /node_modules[\\/]bson[\\/]lib[\\/]bson\.mjs$/}, async ({path: file}) => {
      let text = await readFile(file, 'utf8');
      for (const [from, to] of bsonEdits) {
        if (text.split(from).length !== 2) throw new Error(`build.mjs does not know this version of bson: ${from}`);
        text = text.replace(from, () => to);
      }
      const own = JSON.stringify(path.join(here, 'src/byte_utils.ts'));
      return {contents: `import {byteUtils as overlockByteUtils} from ${own};\n${text}`, loader: 'js'};
    });
  },
};

const [output, depfile] = process.argv.slice(2);
const result = await build({
  entryPoints: [path.join(here, 'src/main.ts')],
  outfile: output,
  bundle: true,
  format: 'iife',
  // bson's web build is the one without node's own modules.
  platform: 'neutral',
  conditions: ['browser'],
  target: 'es2022',
  // One character beyond Latin-1 would double the script in the snapshot.
  charset: 'ascii',
  banner: {js: '"use strict";'},
  metafile: true,
  minifySyntax: true,
  legalComments: 'none',
  plugins: [mendBson],
  logLevel: 'warning',
});
if (depfile) {
  const inputs = Object.keys(result.metafile.inputs).map((input) => path.resolve(input).replace(/ /g, '\\ '));
  await writeFile(depfile, `${output}: ${inputs.join(' ')}\n`);
}
