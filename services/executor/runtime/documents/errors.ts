// Errors with the codes and names of MongoDB.
const names: Record<number, string> = {
  1: 'InternalError',
  2: 'BadValue',
  9: 'FailedToParse',
  14: 'TypeMismatch',
  20: 'IllegalOperation',
  22: 'InvalidBSON',
  26: 'NamespaceNotFound',
  27: 'IndexNotFound',
  28: 'PathNotViable',
  40: 'ConflictingUpdateOperators',
  43: 'CursorNotFound',
  48: 'NamespaceExists',
  52: 'DollarPrefixedFieldName',
  53: 'InvalidIdField',
  54: 'NotSingleValueField',
  59: 'CommandNotFound',
  66: 'ImmutableField',
  67: 'CannotCreateIndex',
  72: 'InvalidOptions',
  73: 'InvalidNamespace',
  85: 'IndexOptionsConflict',
  115: 'CommandNotSupported',
  146: 'ExceededMemoryLimit',
  168: 'InvalidPipelineOperator',
  238: 'NotImplemented',
  292: 'QueryExceededMemoryLimitNoDiskUseAllowed',
  10334: 'BSONObjectTooLarge',
  11000: 'DuplicateKey',
};

export const enum ErrorCode {
  BadValue = 2,
  FailedToParse = 9,
  TypeMismatch = 14,
  IllegalOperation = 20,
  InvalidBson = 22,
  NamespaceNotFound = 26,
  IndexNotFound = 27,
  PathNotViable = 28,
  ConflictingUpdateOperators = 40,
  CursorNotFound = 43,
  NamespaceExists = 48,
  DollarPrefixedFieldName = 52,
  InvalidIdField = 53,
  NotSingleValueField = 54,
  CommandNotFound = 59,
  ImmutableField = 66,
  CannotCreateIndex = 67,
  InvalidNamespace = 73,
  ExceededMemoryLimit = 146,
  InvalidPipelineOperator = 168,
  NotImplemented = 238,
  SortMemoryLimit = 292,
  DocumentTooLarge = 10334,
  DuplicateKey = 11000,
  UnknownField = 40415,
}

export class CommandError extends Error {
  readonly code: number;
  // Of a duplicate key: the index's pattern and the values.
  readonly key: {keyPattern: object; keyValue: object} | undefined;

  constructor(code: number, message: string, key?: {keyPattern: object; keyValue: object}) {
    super(message);
    this.code = code;
    this.key = key;
  }

  // As a server without a name for a code calls it.
  get codeName(): string {
    return names[this.code] ?? `Location${this.code}`;
  }
}

export function fail(code: number, message: string): never {
  throw new CommandError(code, message);
}

// What mingo, bson and the language throw, as a server would say it.
export function commandErrorOf(error: any): CommandError {
  if (error instanceof CommandError) return error;
  const message = String(error?.message ?? error);
  switch (error?.name) {
    case 'BSONError':
    case 'BSONVersionError':
    case 'BSONOffsetError':
    case 'BSONRuntimeError':
      return new CommandError(ErrorCode.InvalidBson, message);
    case 'RangeError':
      return new CommandError(ErrorCode.ExceededMemoryLimit, `the command is too large or too deep: ${message}`);
    case 'SyntaxError':
      // Of a regular expression; no other text is compiled here.
      return new CommandError(51091, `Regular expression is invalid: ${message}`);
    default: {
      const expression = /^accumulator '(.+)' is not registered/.exec(message)?.[1];
      if (expression !== undefined) {
        return new CommandError(ErrorCode.InvalidPipelineOperator, `Unrecognized expression '${expression}'`);
      }
      return new CommandError(ErrorCode.BadValue, message.replace(/^mingo: /, ''));
    }
  }
}
