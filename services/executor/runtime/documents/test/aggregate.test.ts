// Pipelines.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type Failure, EngineHost} from './engine_host.ts';

const int = (value: number): object => ({$numberInt: String(value)});
const double = (value: string): object => ({$numberDouble: value});
const long = (value: string): object => ({$numberLong: value});
const decimal = (value: string): object => ({$numberDecimal: value});

const host = new EngineHost();
host.run({
  insert: 'orders',
  documents: [
    {_id: 1, item: 'a', n: 2, price: {$numberDecimal: '1.10'}, tags: ['x', 'y'], at: {$date: '2020-01-05T10:00:00Z'}},
    {_id: 2, item: 'b', n: 1, price: {$numberDecimal: '2.20'}, tags: ['x'], at: {$date: '2020-02-05T10:00:00Z'}},
    {
      _id: 3,
      item: 'a',
      n: {$numberLong: '5'},
      price: {$numberDecimal: '3.30'},
      tags: [],
      at: {$date: '2021-02-05T10:00:00Z'}
    },
  ]
});
host.run({insert: 'items', documents: [{_id: 'a', name: 'Apple'}, {_id: 'b', name: 'Bean'}]});
host.run({insert: 'tree', documents: [{_id: 1}, {_id: 2, up: 1}, {_id: 3, up: 2}]});

// [pipeline, results]
const pipelines: [object[], object[]][] = [
  [[{$match: {item: 'a'}}, {$project: {n: 1}}], [{_id: int(1), n: int(2)}, {_id: int(3), n: long('5')}]],
  [[{$group: {_id: '$item', n: {$sum: '$n'}, price: {$sum: '$price'}, count: {$sum: 1}}}, {$sort: {_id: 1}}],
   [{_id: 'a', n: long('7'), price: decimal('4.40'), count: int(2)}, {_id: 'b', n: int(1), price: decimal('2.20'),
     count: int(1)}]],
  [[{$group: {_id: null, avg: {$avg: '$n'}, min: {$min: '$n'}, max: {$max: '$n'}, all: {$push: '$item'}}}],
   [{_id: null, avg: double('2.6666666666666665'), min: int(1), max: long('5'), all: ['a', 'b', 'a']}]],
  [[{$unwind: '$tags'}, {$group: {_id: '$tags', n: {$sum: 1}}}, {$sort: {n: -1, _id: 1}}],
   [{_id: 'x', n: int(2)}, {_id: 'y', n: int(1)}]],
  [[{$sort: {n: -1}}, {$limit: 1}, {$project: {_id: 1}}], [{_id: int(3)}]],
  [[{$sort: {_id: 1}}, {$skip: 2}, {$project: {_id: 1}}], [{_id: int(3)}]],
  [[{$count: 'n'}], [{n: int(3)}]],
  [[{$match: {_id: 99}}, {$count: 'n'}], []],
  [[{$lookup: {from: 'items', localField: 'item', foreignField: '_id', as: 'item'}}, {$match: {_id: 1}},
    {$project: {item: 1}}],
   [{_id: int(1), item: [{_id: 'a', name: 'Apple'}]}]],
  [[{$match: {_id: 1}}, {$addFields: {total: {$multiply: ['$n', '$price']}, year: {$year: '$at'}}},
    {$project: {total: 1, year: 1}}],
   [{_id: int(1), total: decimal('2.20'), year: int(2020)}]],
  [[{$facet: {a: [{$match: {item: 'a'}}, {$count: 'n'}], b: [{$count: 'n'}]}}], [{a: [{n: int(2)}], b: [{n: int(3)}]}]],
  [[{$redact: {$cond: [{$eq: ['$item', 'a']}, '$$KEEP', '$$PRUNE']}}, {$project: {_id: 1}}],
   [{_id: int(1)}, {_id: int(3)}]],
  [[{$group: {_id: '$item', n: {$top: {output: '$n', sortBy: {n: -1}}}}}, {$sort: {_id: 1}}],
   [{_id: 'a', n: long('5')}, {_id: 'b', n: int(1)}]],
  [[{$bucketAuto: {groupBy: '$_id', buckets: 1}}], [{_id: {min: int(1), max: int(3)}, count: int(3)}]],
  [[{$setWindowFields: {sortBy: {_id: 1}, output: {t: {$sum: '$n', window: {documents: ['unbounded', 'current']}}}}},
    {$project: {t: 1}}], [{_id: int(1), t: int(2)}, {_id: int(2), t: int(3)}, {_id: int(3), t: long('8')}]],
  [[{$sortByCount: '$item'}], [{_id: 'a', count: int(2)}, {_id: 'b', count: int(1)}]],
  [[{$match: {_id: 2}}, {$replaceRoot: {newRoot: {k: '$item'}}}], [{k: 'b'}]],
  [[{$match: {_id: 2}}, {$unset: ['tags', 'at', 'price']}], [{_id: int(2), item: 'b', n: int(1)}]],
  [[{$bucket: {groupBy: '$n', boundaries: [0, 2, 10], output: {c: {$sum: 1}}}}], [{_id: int(0), c: int(1)},
    {_id: int(2), c: int(2)}]],
  [[{$match: {_id: 1}}, {$project: {_id: 0, r: {$cond: [{$gt: ['$n', 1]}, 'many', 'few']}}}], [{r: 'many'}]],
  [[{$match: {_id: 1}}, {$project: {_id: 0, r: {$filter: {input: '$tags', as: 't', cond: {$eq: ['$$t', 'y']}}}}}],
    [{r: ['y']}]],
  [[{$match: {_id: 1}}, {$project: {_id: 0, r: {$map: {input: [1, 2], as: 'v', in: {$multiply: ['$$v', '$n']}}}}}],
    [{r: [int(2), int(4)]}]],
  [[{$match: {_id: 1}}, {$project: {_id: 0, r: {$reduce: {input: [1, 2, 3], initialValue: 0, in: {$add: ['$$value',
    '$$this']}}}}}], [{r: int(6)}]],
  [[{$match: {_id: 1}}, {$project: {_id: 0, r: {$dateToString: {date: '$at', format: '%Y-%m-%d'}}}}],
    [{r: '2020-01-05'}]],
  [[{$match: {_id: 3}}, {$project: {_id: 0, t: {$type: '$n'}, s: {$toString: '$n'}, d: {$toDouble: '$n'},
    i: {$toInt: '$n'}}}],
   [{t: 'long', s: '5', d: double('5.0'), i: int(5)}]],
  [[{$match: {_id: 1}}, {$project: {_id: 0, q: {$divide: ['$n', 2]}, m: {$mod: [7, 3]}, s: {$subtract: ['$n', 1]},
    p: {$pow: ['$n', 2]}}}],
   [{q: double('1.0'), m: int(1), s: int(1), p: double('4.0')}]],
  [[{$match: {_id: 1}}, {$project: {_id: 0, d: {$subtract: ['$at', {$date: '2020-01-05T09:59:59Z'}]},
    e: {$add: ['$at', 1000]}}}],
   [{d: long('1000'), e: {$date: {$numberLong: '1578218401000'}}}]],
  [[{$match: {_id: 1}}, {$project: {_id: 0, r: {$round: [2.5]}, u: {$round: [-1.25, 1]}, c: {$ceil: 1.2},
    a: {$abs: -3}}}],
   [{r: double('2.0'), u: double('-1.2'), c: double('2.0'), a: int(3)}]],
  [[{$match: {_id: 1}}, {$project: {_id: 0, s: {$sum: [1, 2, 'x']}, m: {$max: '$tags'}, z: {$toLong: '12'},
    o: {$toDecimal: '0.10'}}}],
   [{s: int(3), m: 'y', z: long('12'), o: decimal('0.10')}]],
  [[{$match: {_id: 1}}, {$project: {_id: 0, not: {$not: [0]}, and: {$and: ['$n', true]}, eq: {$eq: ['$n',
    {$numberDecimal: '2'}]}}}],
   [{not: true, and: true, eq: true}]],
];
for (const [pipeline, results] of pipelines) {
  test(JSON.stringify(pipeline), () => {
    const {cursor} = host.run({aggregate: 'orders', pipeline, cursor: {}});
    assert.deepEqual(cursor.firstBatch, results);
  });
}

test('$graphLookup follows references', () => {
  const stage = {
    $graphLookup: {from: 'tree', startWith: '$up', connectFromField: 'up', connectToField: '_id', as: 'path'}
  };
  const {cursor} = host.run({aggregate: 'tree', pipeline: [{$match: {_id: 3}}, stage], cursor: {}});
  assert.equal(cursor.firstBatch[0].path.length, 2);
});

test('$sample takes each document once', () => {
  const {cursor} = host.run({aggregate: 'orders', pipeline: [{$sample: {size: 5}}], cursor: {}});
  assert.equal(new Set(cursor.firstBatch.map(({_id}: any) => JSON.stringify(_id))).size, 3);
});

test('let gives variables', () => {
  const pipeline = [{$match: {$expr: {$eq: ['$item', '$$wanted']}}}, {$count: 'n'}];
  const {cursor} = host.run({aggregate: 'orders', pipeline, cursor: {}, let: {wanted: 'b'}});
  assert.deepEqual(cursor.firstBatch, [{n: int(1)}]);
});

const refused: [object, number, RegExp][] = [
  [[{$foo: 1}], 40324, /Unrecognized pipeline stage name: '\$foo'/],
  [[{$project: {x: {$foo: 1}}}], 168, /Unrecognized expression '\$foo'/],
  [[{$out: 'x'}], 238, /\$out is not supported/],
  [[{$merge: {into: 'x'}}], 238, /\$merge is not supported/],
  [[{$a: 1, $b: 2}], 40323, /exactly one field/],
  [[{$limit: 0}], 5107201, /positive number/],
  [[{$project: {a: 1, b: 0}}], 31254, /Cannot do exclusion on field b in inclusion projection/],
  [[{$project: {x: {$divide: [1, 0]}}}], 2, /divide by zero/],
  [[{$project: {x: {$add: ['$item', 1]}}}], 14, /\$add only supports numeric types/],
  [[{$project: {x: {$toInt: 'abc'}}}], 241, /Failed to convert string to int/],
];
for (const [pipeline, code, message] of refused) {
  test(`${JSON.stringify(pipeline)} is refused`, () => {
    assert.throws(() => host.run({aggregate: 'orders', pipeline, cursor: {}}), (failure: Failure) => {
      assert.match(failure.message, message);
      assert.equal(failure.code, code);
      return true;
    });
  });
}
