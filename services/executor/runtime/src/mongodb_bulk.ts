// `collection.bulkWrite` (docs/compatibility.md): neighbours of one kind go as one command.
import {
  checkArray, checkDocument, checkQuery, checkReplacement, checkUpdate, type Document, pick, type Place, run,
  sessionFields, throwWriteErrors, withId,
} from './mongodb_command.ts';

export interface BulkResult {
  insertedCount: number;
  // The ids by the operation's number.
  insertedIds: Record<number, unknown>;
  matchedCount: number;
  modifiedCount: number;
  deletedCount: number;
  upsertedCount: number;
  upsertedIds: Record<number, unknown>;
}

type Kind = 'insert' | 'update' | 'delete';

// One operation: a statement of a command.
interface Step {
  kind: Kind;
  statement: Document;
}

const method = 'bulkWrite';
const stepsMax = 1000;
const statements = {insert: 'documents', update: 'updates', delete: 'deletes'};

function updateStep(where: string, operation: Document, change: Document | Document[], multi: boolean): Step {
  const options = pick(operation, 'arrayFilters', 'collation', 'hint');
  const query = checkQuery(where, 'filter', operation.filter);
  return {kind: 'update', statement: {q: query, u: change, multi, upsert: Boolean(operation.upsert), ...options}};
}

function deleteStep(where: string, operation: Document, limit: number): Step {
  const options = pick(operation, 'collation', 'hint');
  return {kind: 'delete', statement: {q: checkQuery(where, 'filter', operation.filter), limit, ...options}};
}

function makeStep(value: unknown, index: number): Step {
  const names = Object.keys(checkDocument(method, `operation ${index}`, value));
  const name = names.length === 1 ? names[0]! : '';
  const where = `${method}: operation ${index}: ${name}`;
  const operation = (value as Document)[name];
  if (name !== '') checkDocument(method, `operation ${index}: ${name}`, operation);
  switch (name) {
    case 'insertOne':
      return {kind: 'insert', statement: withId(checkDocument(where, 'document', operation.document))};
    case 'updateOne':
    case 'updateMany':
      return updateStep(where, operation, checkUpdate(where, operation.update), name === 'updateMany');
    case 'replaceOne':
      return updateStep(where, operation, checkReplacement(where, operation.replacement), false);
    case 'deleteOne':
      return deleteStep(where, operation, 1);
    case 'deleteMany':
      return deleteStep(where, operation, 0);
    default:
      throw new TypeError(`${method}: operation ${index} must be one of insertOne, updateOne, updateMany, ` +
          'replaceOne, deleteOne, deleteMany');
  }
}

// Adds what the command of the steps from `begin` on came to.
function collect(result: BulkResult, steps: Step[], begin: number, reply: Document): void {
  const failed = new Set((reply.writeErrors ?? []).map((error: Document) => error.index));
  switch (steps[begin]!.kind) {
    case 'insert':
      result.insertedCount += reply.n;
      for (let i = 0, left = reply.n; left > 0; ++i) {
        if (failed.has(i)) continue;
        result.insertedIds[begin + i] = steps[begin + i]!.statement._id;
        --left;
      }
      break;
    case 'update': {
      const upserted = reply.upserted ?? [];
      result.matchedCount += reply.n - upserted.length;
      result.modifiedCount += reply.nModified ?? 0;
      result.upsertedCount += upserted.length;
      for (const {index, _id: id} of upserted) result.upsertedIds[begin + index] = id;
      break;
    }
    default:
      result.deletedCount += reply.n;
  }
}

export async function bulkWrite(place: Place, operations: unknown, options?: Document): Promise<BulkResult> {
  const steps = checkArray(method, 'the operations', operations).map(makeStep);
  if (steps.length === 0) throw new TypeError(`${method}: the operations must be at least one`);
  const ordered = options?.ordered !== false;
  const result: BulkResult = {
    insertedCount: 0, insertedIds: {}, matchedCount: 0, modifiedCount: 0, deletedCount: 0, upsertedCount: 0,
    upsertedIds: {},
  };
  const writeErrors: Document[] = [];
  let writeConcernError: unknown;
  for (let begin = 0, end = 0; begin < steps.length; begin = end) {
    const {kind} = steps[begin]!;
    for (end = begin; end < steps.length && end - begin < stepsMax && steps[end]!.kind === kind;) ++end;
    const reply = await run(place, method, {
      [kind]: place.collection, [statements[kind]]: steps.slice(begin, end).map((step) => step.statement), ordered,
      ...sessionFields(method, options),
    });
    collect(result, steps, begin, reply);
    for (const error of reply.writeErrors ?? []) writeErrors.push({...error, index: error.index + begin});
    writeConcernError ??= reply.writeConcernError;
    if (ordered && writeErrors.length > 0) break;
  }
  throwWriteErrors({writeErrors, writeConcernError}, {result});
  return result;
}
