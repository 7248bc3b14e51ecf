// Stages of pipelines that mingo has in another way than MongoDB, or that this database has not.
import {Lazy} from 'mingo/lazy';
import * as mingoPipeline from 'mingo/operators/pipeline';
import {ErrorCode, fail} from './errors.ts';
import {isNumeric, toNumber} from './numbers.ts';
import {compareValues, isDocument, rankOf, ValueMap} from './order.ts';
import {evaluate, projection} from './projection.ts';
import {sortStage} from './sort_stage.ts';

type Stage = (documents: any, specification: any, options: any) => any;

const mingo = mingoPipeline as unknown as Record<string, Stage>;

function wholeNumber(stage: string, value: unknown, least: number): number {
  const number = isNumeric(value) ? toNumber(value) : NaN;
  if (!Number.isInteger(number) || number < least) {
    fail(5107201, `invalid argument to ${stage} stage: Expected a ${least > 0 ? 'positive' : 'non-negative'} number`);
  }
  return number;
}

function* take(documents: any, count: number): Generator {
  // Nothing more is asked for than is wanted: behind it may be a scan.
  for (let i = 0; i < count; ++i) {
    const {value, done} = documents.next();
    if (done) return;
    yield value;
  }
}

function* counted(documents: any, field: string): Generator {
  let count = 0;
  while (!documents.next().done) ++count;
  if (count > 0) yield {[field]: count};
}

function sampled(documents: any[], size: number): any[] {
  const rest = documents.slice();
  const chosen = [];
  while (chosen.length < size && rest.length > 0) {
    const at = Math.floor(Math.random() * rest.length);
    chosen.push(rest[at]);
    rest[at] = rest[rest.length - 1];
    rest.pop();
  }
  return chosen;
}

function* bucketed(documents: any, specification: any, options: any): Generator {
  const {boundaries, groupBy, default: otherwise} = specification;
  const ascends = Array.isArray(boundaries) && boundaries.length >= 2 && boundaries.every(
    (bound, i) => i === 0 || (rankOf(bound) === rankOf(boundaries[0]) && compareValues(boundaries[i - 1], bound) < 0));
  if (!ascends) fail(40194, `the 'boundaries' of $bucket must be two or more values of one type in ascending order`);
  const output = specification.output ?? {count: {$sum: 1}};
  const buckets = new ValueMap<any[]>();
  for (const bound of boundaries.slice(0, -1)) buckets.set(bound, []);
  if (otherwise !== undefined) buckets.set(otherwise, []);
  for (let {value, done} = documents.next(); !done; {value, done} = documents.next()) {
    const key = evaluate(value, groupBy, options);
    const beyond = boundaries.findIndex((bound) => compareValues(key, bound) < 0);
    if (beyond <= 0 && otherwise === undefined) {
      fail(40066, `$bucket could not find a matching branch for an input, and no default was specified`);
    }
    buckets.get(beyond <= 0 ? otherwise : boundaries[beyond - 1])!.push(value);
  }
  for (const [_id, members] of buckets) {
    if (members.length > 0) yield {_id, ...evaluate(members, output, options) as object};
  }
}

function refuse(stage: string): Stage {
  return () => fail(ErrorCode.NotImplemented, `${stage} is not supported by the embedded database`);
}

export const stages: Record<string, Stage> = {
  $sort: sortStage,
  // mingo leaves holes for what is pruned.
  $redact: (documents, expression, options) =>
    mingo.$redact!(documents, expression, options).filter((document: unknown) => document !== undefined),
  // mingo puts `_id` last.
  $bucketAuto: (documents, specification, options) =>
    mingo.$bucketAuto!(documents, specification, options).map((bucket: any) => ({_id: bucket._id, ...bucket})),
  $limit: (documents, count) => Lazy(take(documents, wholeNumber('$limit', count, 1))),
  $skip(documents, count) {
    let left = wholeNumber('$skip', count, 0);
    return documents.filter(() => left-- <= 0);
  },
  $project(documents, specification, options) {
    if (!isDocument(specification) || Object.keys(specification).length === 0) {
      fail(51272, 'the $project specification must be an object with at least one field');
    }
    return documents.map(projection(specification, options));
  },
  $unset(documents, fields, options) {
    const names = Array.isArray(fields) ? fields : [fields];
    if (names.length === 0 || !names.every((name) => typeof name === 'string')) {
      fail(31120, '$unset specification must be a string or an array of strings');
    }
    return documents.map(projection(Object.fromEntries(names.map((name) => [name, false])), options));
  },
  $bucket: (documents, specification, options) => Lazy(bucketed(documents, specification, options)),
  $count(documents, field) {
    if (typeof field !== 'string' || field === '' || field.startsWith('$') || field.includes('.')) {
      fail(40160, 'the count field must be a non-empty string without $ at its beginning and without a dot');
    }
    return Lazy(counted(documents, field));
  },
  $sample(documents, specification) {
    if (!isDocument(specification)) fail(28745, 'the $sample stage specification must be an object');
    const size = wholeNumber('$sample', specification.size, 0);
    return documents.transform((all: any[]) => Lazy(sampled(all, size)));
  },
};
for (const name of [
  '$out', '$merge', '$geoNear', '$collStats', '$indexStats', '$currentOp', '$search', '$searchMeta', '$listSessions',
  '$changeStream', '$planCacheStats',
]) {
  stages[name] = refuse(name);
}
