// What mingo does not export; build.mjs knows where it is.
declare module 'mingo-internal' {
  // What mingo makes of options for each query and expression. A copy of it costs nothing; making it of something else
  // copies the tables of all operators.
  export class ComputeOptions {
    constructor(options: object, locals?: object);
    update(locals: {root?: unknown; variables?: object}): this;
    static init(options: unknown): ComputeOptions;
  }
}
