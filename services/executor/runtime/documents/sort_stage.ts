// The stage $sort, for mingo's operators too.
import {Lazy} from 'mingo/lazy';
import {fail} from './errors.ts';
import {parseSort, sorted} from './sorting.ts';

export function sortStage(documents: any, specification: unknown): any {
  const sort = parseSort(specification);
  if (sort.length === 0) fail(15976, '$sort stage must have at least one sort key');
  return documents.transform((all: any[]) => Lazy(sorted(all, sort)));
}
