// `url`: the npm package's old functions, and the WHATWG classes.
import legacy = require('url/');

const {URL, URLSearchParams, domainToASCII, domainToUnicode} = require('whatwg-url');

// Ends a path's characters that would mean something else in a URL.
const escapes: Record<string, string> = {'%': '%25', '\\': '%5C', '\n': '%0A', '\r': '%0D', '\t': '%09'};

export = {
  ...legacy,
  // The old functions take objects of both kinds.
  format: (value: unknown, options?: object) => (value instanceof URL ? String(value) : legacy.format(value, options)),
  URL,
  URLSearchParams,
  domainToASCII: domainToASCII ?? ((domain: string) => new URL(`ws://${domain}`).hostname),
  domainToUnicode: domainToUnicode ?? ((domain: string) => domain),
  fileURLToPath: (value: unknown): string => {
    const url = new URL(value);
    if (url.protocol !== 'file:') throw new TypeError('The URL must be of scheme file');
    return decodeURIComponent(url.pathname);
  },
  pathToFileURL: (path: string) => new URL(`file://${path.replace(/[%\\\n\r\t]/g, (c) => escapes[c]!)}`),
  urlToHttpOptions: (url: any) => ({
    protocol: url.protocol,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    hash: url.hash,
    search: url.search,
    pathname: url.pathname,
    path: `${url.pathname}${url.search}`,
    href: url.href,
    ...(url.port === '' ? {} : {port: Number(url.port)}),
    ...(url.username === '' ? {} : {auth: `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`}),
  }),
};
