// Bundles the embedded database's engine into one script: node build.mjs OUTPUT [DEPFILE]
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';
import {mendBson} from '../mend_bson.mjs';
import {replaceTexts} from '../replace_texts.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));

const bsonEdits = [
  // A double that is whole stays one: see numbers.ts.
  [
    'value = NumberUtils.getFloat64LE(buffer, index);\n            index += 8;\n' +
      '            if (promoteValues === false)\n                value = new Double(value);',
    'value = NumberUtils.getFloat64LE(buffer, index);\n            index += 8;\n' +
      '            if (Number.isInteger(value))\n                value = new Double(value);',
  ],
  ['value = promoteValues ? symbol : new BSONSymbol(symbol);', 'value = new BSONSymbol(symbol);'],
  // A document with $ref and $id stays a document.
  ['if (!isPossibleDBRef)\n        return object;', 'return object;'],
];

// Each value that mingo compares, hashes or asks for its type goes through order.ts.
const mingoEdits = [
  ['import { hashCode } from "./_hash";\nimport { hashCode as hashCode2 } from "./_hash";', ''],
  [
    'function mingoCmp(a, b, descendArray = false) {',
    'function mingoCmp(a, b, descendArray = false) {\n' +
      '  return overlock.compareValues(plainMissing(a), plainMissing(b));',
  ],
  [
    'const compare = (a, b) => mingoCmp(a, b, true);',
    'const plainMissing = (v) => v === MISSING ? void 0 : v;\nconst compare = (a, b) => mingoCmp(a, b, true);',
  ],
  ['function isEqual(a, b) {', 'function isEqual(a, b) {\n  return overlock.equalValues(a, b);'],
  ['class HashMap extends Map {', 'const HashMap = overlock.ValueMap;\nclass OwnHashMap extends Map {'],
  ['const hash = hashCode(key);', 'const hash = overlock.keyOf(key);'],
  ['  hashCode2 as hashCode,', '  overlockKeyOf as hashCode,'],
  [
    'function typeOf(v) {',
    'function typeOf(v) {\n' +
      '  const own = typeof v === "object" && v !== null ? overlock.mingoTypeOf(v) : void 0;\n' +
      '  if (own !== void 0) return own;',
  ],
  [
    'const isNumber = (v) => !Number.isNaN(v) && typeof v === "number";',
    'const isNumber = (v) => !Number.isNaN(v) && overlock.isNumeric(v);',
  ],
  [
    'const isInteger = Number.isInteger;',
    'const isInteger = (v) => overlock.isNumeric(v) && Number.isInteger(overlock.toNumber(v));',
  ],
  [
    'const truthy = (arg, strict = true) => !!arg || strict && arg === "";',
    'const truthy = (arg) => overlock.isTruthy(arg);',
  ],
];

const mendMingo = replaceTexts(
    'mend-mingo', /node_modules[\\/]mingo[\\/]esm[\\/]util[\\/]_internal\.js$/, mingoEdits,
    `import * as overlock from ${JSON.stringify(path.join(here, 'mingo_values.ts'))};
import {keyOf as overlockKeyOf} from ${JSON.stringify(path.join(here, 'order.ts'))};`);

const mendMingoSort = replaceTexts(
    'mend-mingo-sort', /node_modules[\\/]mingo[\\/]esm[\\/]operators[\\/]pipeline[\\/]sort\.js$/,
    [[
      'function $sort(coll, sortKeys, options) {',
      'function $sort(coll, sortKeys, options) {\n  return sortStage(coll, sortKeys);',
    ]],
    `import {sortStage} from ${JSON.stringify(path.join(here, 'sort_stage.ts'))};`);

const mingoInternal = {
  name: 'mingo-internal',
  setup(plugin) {
    plugin.onResolve({filter: /^mingo-internal$/}, () => ({
      path: path.join(here, '../../../../node_modules/mingo/esm/core/_internal.js'),
    }));
  },
};

const [output, depfile] = process.argv.slice(2);
const result = await build({
  entryPoints: [path.join(here, 'main.ts')],
  outfile: output,
  bundle: true,
  format: 'iife',
  platform: 'neutral',
  conditions: ['browser'],
  target: 'es2022',
  charset: 'ascii',
  banner: {js: '"use strict";'},
  metafile: true,
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  plugins: [mendBson(path.join(here, 'byte_utils.ts'), bsonEdits), mendMingo, mendMingoSort, mingoInternal],
  logLevel: 'warning',
});
if (depfile) {
  const inputs = Object.keys(result.metafile.inputs).map((input) => path.resolve(input).replace(/ /g, '\\ '));
  await writeFile(depfile, `${output}: ${inputs.join(' ')}\n`);
}
