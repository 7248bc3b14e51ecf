// Headers (Fetch standard, section 5.1).
const nameSyntax = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

function checkName(name: unknown): string {
  const text = String(name);
  if (!nameSyntax.test(text)) throw new TypeError(`Headers: invalid header name ${JSON.stringify(text)}`);
  return text.toLowerCase();
}

function checkValue(name: string, value: unknown): string {
  const text = String(value).replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, '');
  if (/[\0\r\n]|[^\u0000-\u00ff]/.test(text)) throw new TypeError(`Headers: invalid value of header ${name}`);
  return text;
}

class Headers {
  readonly #lines: [string, string][] = [];

  constructor(init?: any) {
    if (init === undefined || init === null) return;
    if (typeof init !== 'object') throw new TypeError('Headers: the argument must be an object or a sequence');
    const pairs: Iterable<any> = typeof init[Symbol.iterator] === 'function' ? init : Object.entries(init);
    for (const pair of pairs) {
      const [name, value, ...rest] = pair;
      if (value === undefined || rest.length > 0) throw new TypeError('Headers: each item must be [name, value]');
      this.append(name, value);
    }
  }
  append(name: unknown, value: unknown): void {
    const key = checkName(name);
    this.#lines.push([key, checkValue(key, value)]);
  }
  set(name: unknown, value: unknown): void {
    const key = checkName(name);
    const line: [string, string] = [key, checkValue(key, value)];
    this.delete(key);
    this.#lines.push(line);
  }
  delete(name: unknown): void {
    const key = checkName(name);
    for (let i = this.#lines.length - 1; i >= 0; --i) if (this.#lines[i]![0] === key) this.#lines.splice(i, 1);
  }
  has(name: unknown): boolean {
    const key = checkName(name);
    return this.#lines.some((line) => line[0] === key);
  }
  get(name: unknown): string | null {
    const key = checkName(name);
    const values = this.#lines.filter((line) => line[0] === key).map((line) => line[1]);
    return values.length === 0 ? null : values.join(', ');
  }
  getSetCookie(): string[] {
    return this.#lines.filter((line) => line[0] === 'set-cookie').map((line) => line[1]);
  }
  // Sorted, lines of one name joined; but Set-Cookie cannot be.
  *entries(): IterableIterator<[string, string]> {
    for (const name of [...new Set(this.#lines.map((line) => line[0]))].sort()) {
      if (name !== 'set-cookie') yield [name, this.get(name)!];
      else for (const value of this.getSetCookie()) yield [name, value];
    }
  }
  *keys(): IterableIterator<string> {
    for (const [name] of this.entries()) yield name;
  }
  *values(): IterableIterator<string> {
    for (const [, value] of this.entries()) yield value;
  }
  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }
  forEach(callback: (value: string, name: string, headers: Headers) => void, self?: unknown): void {
    for (const [name, value] of this.entries()) callback.call(self, value, name, this);
  }
  get [Symbol.toStringTag](): string {
    return 'Headers';
  }
}

export {Headers};
