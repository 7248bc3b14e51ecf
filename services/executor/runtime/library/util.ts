// `util`: the npm package, with what Node's module has besides.
import util = require('util/');

const {customInspect, format, formatWithOptions} = internal;
const inspect = Object.assign(internal.inspect, {custom: customInspect, defaultOptions: {depth: 2}});

function isDeepStrictEqual(a: unknown, b: unknown): boolean {
  try {
    require('assert').deepStrictEqual(a, b);
    return true;
  } catch {
    return false;
  }
}

export = {
  ...util,
  inspect,
  format,
  formatWithOptions,
  isDeepStrictEqual,
  stripVTControlCharacters: (text: string) => text.replace(/\u001b\[[0-9;]*[A-Za-z]/g, ''),
  toUSVString: (text: unknown) => String(text).replace(/[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g, (part) => (
    part.length === 2 ? part : '\ufffd')),
  TextEncoder,
  TextDecoder,
};
