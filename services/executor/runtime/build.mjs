// Bundles the runtime library into one script for the snapshot: node build.mjs OUTPUT [DEPFILE]
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';
import {mendBson} from './mend_bson.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));

// Functions' numbers are JavaScript's.
const bsonEdits = [
  // A whole number beyond 32 bits is a 64-bit integer, as in ejson.ts, where the package would write a double.
  [
    'function serializeNumber(buffer, key, value, index) {',
    `function serializeNumber(buffer, key, value, index) {
    if (Number.isSafeInteger(value) && (value > BSON_INT32_MAX || value < BSON_INT32_MIN)) {
        return serializeBigInt(buffer, key, BigInt(value), index);
    }`,
  ],
  // MongoDB's option `s` is JavaScript's flag of the same name, not `g`.
  ['if (value.global)\n        buffer[index++] = 0x73;\n    if (value.multiline)\n        buffer[index++] = 0x6d;',
    'if (value.multiline)\n        buffer[index++] = 0x6d;\n    if (value.dotAll)\n        buffer[index++] = 0x73;'],
];

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
  plugins: [mendBson(path.join(here, 'src/byte_utils.ts'), bsonEdits)],
  logLevel: 'warning',
});
if (depfile) {
  const inputs = Object.keys(result.metafile.inputs).map((input) => path.resolve(input).replace(/ /g, '\\ '));
  await writeFile(depfile, `${output}: ${inputs.join(' ')}\n`);
}
