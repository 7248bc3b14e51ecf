// Takes the place of `tr46` in `whatwg-url`: names of ASCII only need none of its tables (URL standard, section 3.3).
export = {
  toASCII: (domain: string, options: {checkHyphens: boolean}): string | null => {
    const isPlain = /^[\0-\x7f]*$/.test(domain) && !/(^|\.)xn--/i.test(domain);
    if (isPlain && !options.checkHyphens) return domain.toLowerCase();
    return require('tr46').toASCII(domain, options);
  },
  toUnicode: (domain: string, options: object): {domain: string; error: boolean} =>
    require('tr46').toUnicode(domain, options),
};
