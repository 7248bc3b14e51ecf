// The npm package `bson` as V8 without a browser or Node needs it.
import {replaceTexts} from './replace_texts.mjs';

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

// A plugin of esbuild. `byteUtils` is a module that exports `byteUtils`; `edits` are more of the above.
export function mendBson(byteUtils, edits = []) {
  return replaceTexts(
      'mend-bson', /node_modules[\\/]bson[\\/]lib[\\/]bson\.mjs$/, [...bsonEdits, ...edits],
      `import {byteUtils as overlockByteUtils} from ${JSON.stringify(byteUtils)};`);
}
