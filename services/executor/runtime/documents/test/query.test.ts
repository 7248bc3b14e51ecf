// Which documents a filter finds.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {EngineHost} from './engine_host.ts';

const documents = [
  {_id: 1, n: 5, s: 'apple', tags: ['red', 'round'], o: {a: 1, b: 2}},
  {_id: 2, n: {$numberLong: '5'}, s: 'Banana', tags: [], items: [{k: 1, v: 2}, {k: 3, v: 4}]},
  {_id: 3, n: {$numberDouble: '5.5'}, s: null, items: [{k: 1, v: 4}]},
  {_id: 4, n: {$numberDecimal: '5.50'}, d: {$date: '2020-01-01T00:00:00Z'}},
  {_id: 5, n: [1, 9], id: {$oid: '5e5d6f3c9b1e8a3f4c2d1b0a'}},
  {_id: 6, n: 'text', b: {$binary: {base64: 'AQID', subType: '00'}}, z: {$timestamp: {t: 5, i: 1}}},
  {_id: 7, n: {$numberDouble: 'NaN'}, grid: [[1, 2], [3, 4]], min: {$minKey: 1}},
  {_id: 8, n: {$numberLong: '9007199254740993'}, flag: true, bits: 20},
];

// [filter, the _ids]
const found: [object, number[]][] = [
  [{}, [1, 2, 3, 4, 5, 6, 7, 8]],
  [{_id: 3}, [3]],
  [{_id: {$numberDecimal: '3.0'}}, [3]],
  [{_id: {$eq: 3}, n: 4}, []],
  [{_id: {$in: [1, 5, 99]}}, [1, 5]],
  [{n: 5}, [1, 2]],
  [{n: {$numberDouble: '5.0'}}, [1, 2]],
  [{n: {$numberDecimal: '5.5'}}, [3, 4]],
  [{n: {$numberLong: '9007199254740993'}}, [8]],
  [{n: {$numberDouble: '9007199254740992'}}, []],
  [{n: {$gt: {$numberDouble: '9007199254740992'}}}, [8]],
  [{n: {$gte: 5, $lt: 6}}, [1, 2, 3, 4, 5]],
  [{n: {$gt: 1, $lt: 5}}, [5]],
  [{n: {$elemMatch: {$gt: 1, $lt: 5}}}, []],
  [{n: {$elemMatch: {$gt: 1, $lt: 10}}}, [5]],
  [{n: {$numberDouble: 'NaN'}}, [7]],
  [{n: {$lt: 100, $not: {$size: 2}}}, [1, 2, 3, 4]],
  [{n: {$ne: 5}}, [3, 4, 5, 6, 7, 8]],
  [{n: {$nin: [5, 'text']}}, [3, 4, 5, 7, 8]],
  [{n: {$type: 'number'}}, [1, 2, 3, 4, 5, 7, 8]],
  [{n: {$type: ['long', 'decimal']}}, [2, 4, 8]],
  [{n: {$type: 2}}, [6]],
  [{n: {$mod: [5, 0]}}, [1, 2, 3, 4]],
  [{s: null}, [3, 4, 5, 6, 7, 8]],
  [{s: {$exists: true}}, [1, 2, 3]],
  [{s: {$exists: false}}, [4, 5, 6, 7, 8]],
  [{s: {$type: 'null'}}, [3]],
  [{s: {$regularExpression: {pattern: '^b', options: 'i'}}}, [2]],
  [{s: {$regex: 'AP', $options: 'i'}}, [1]],
  [{s: {$in: [{$regularExpression: {pattern: '^a', options: ''}}, 'Banana']}}, [1, 2]],
  [{s: {$not: {$regex: 'an'}}}, [1, 3, 4, 5, 6, 7, 8]],
  [{tags: 'red'}, [1]],
  [{tags: ['red', 'round']}, [1]],
  [{tags: {$all: ['round', 'red']}}, [1]],
  [{tags: []}, [2]],
  [{tags: {$size: 0}}, [2]],
  [{'tags.1': 'round'}, [1]],
  [{o: {a: 1, b: 2}}, [1]],
  [{o: {b: 2, a: 1}}, []],
  [{'o.a': 1}, [1]],
  [{'items.k': 3}, [2]],
  [{'items.k': 1, 'items.v': 4}, [2, 3]],
  [{items: {$elemMatch: {k: 1, v: 4}}}, [3]],
  [{items: {$all: [{$elemMatch: {k: 1}}, {$elemMatch: {k: 3}}]}}, [2]],
  [{'items.0.v': 2}, [2]],
  [{d: {$lt: {$date: '2021-01-01T00:00:00Z'}}}, [4]],
  [{d: {$gt: 0}}, []],
  [{id: {$oid: '5e5d6f3c9b1e8a3f4c2d1b0a'}}, [5]],
  [{id: '5e5d6f3c9b1e8a3f4c2d1b0a'}, []],
  [{b: {$binary: {base64: 'AQID', subType: '00'}}}, [6]],
  [{b: {$binary: {base64: 'AQID', subType: '05'}}}, []],
  [{z: {$gt: {$timestamp: {t: 4, i: 9}}}}, [6]],
  [{grid: [1, 2]}, [7]],
  [{min: {$minKey: 1}}, [7]],
  [{flag: {$gte: false}}, [8]],
  [{bits: {$bitsAllSet: 4}}, [8]],
  [{bits: {$bitsAllSet: [2, 4]}}, [8]],
  [{bits: {$bitsAnyClear: [2, 4]}}, []],
  [{$or: [{_id: 1}, {flag: true}]}, [1, 8]],
  [{$nor: [{_id: {$lt: 8}}]}, [8]],
  [{$and: [{_id: {$gt: 1}}, {_id: {$lt: 3}}]}, [2]],
  [{$expr: {$eq: ['$o.a', 1]}}, [1]],
  [{$expr: {$gt: [{$size: {$ifNull: ['$items', []]}}, 1]}}, [2]],
  [{_id: 1, $comment: 'why'}, [1]],
];

const host = new EngineHost();
host.run({insert: 'c', documents});
for (const [filter, ids] of found) {
  test(`${JSON.stringify(filter)} finds ${ids.length > 0 ? ids.join(', ') : 'nothing'}`, () => {
    const {cursor} = host.run({find: 'c', filter});
    assert.deepEqual(cursor.firstBatch.map(({_id}: any) => Number(_id.$numberInt)), ids);
  });
}

// [filter, code, message]
const refused: [object, number, RegExp][] = [
  [{$foo: 1}, 2, /unknown top level operator: \$foo/],
  [{a: {$foo: 1}}, 2, /unknown query operator \$foo/],
  [{$where: 'true'}, 238, /\$where is not supported/],
  [{a: {$in: 1}}, 2, /\$in needs an array/],
  [{a: {$regex: '('}}, 51091, /Regular expression is invalid/],
  [{a: {$size: -1}}, 2, /non-negative/],
  [{a: {$mod: [0, 1]}}, 2, /divisor cannot be 0/],
  [{a: {$type: 'nothing'}}, 2, /Unknown type name alias: nothing/],
  [{a: {$jsonSchema: {}}}, 238, /\$jsonSchema is not supported/],
  [{'__proto__.x': 1}, 2, /__proto__/],
  [{$expr: {$function: {body: 'function() {}', args: [], lang: 'js'}}}, 168, /\$function/],
];
for (const [filter, code, message] of refused) {
  test(`${JSON.stringify(filter)} is refused`, () => {
    assert.throws(() => host.run({find: 'c', filter}), (failure: any) => {
      assert.match(failure.message, message);
      assert.equal(failure.code, code);
      return true;
    });
  });
}

test('a filter by _id reads one document', () => {
  const before = host.scannedBytes;
  host.run({find: 'c', filter: {_id: 5, n: 9}});
  assert.equal(host.scannedBytes, before);
});

test('a scan with a limit does not read what is behind', () => {
  const large = new EngineHost();
  const padding = 'x'.repeat(1000);
  for (let i = 0; i < 10; ++i) {
    large.run({insert: 'c', documents: Array.from({length: 100}, (_, k) => ({_id: 100 * i + k, padding}))});
  }
  large.run({find: 'c', limit: 1});
  assert.ok(large.scannedBytes < 100_000, `${large.scannedBytes} bytes`);
});

test('numerically equal ids are the same', () => {
  for (const id of [1, {$numberLong: '1'}, {$numberDouble: '1.0'}, {$numberDecimal: '1.00'}]) {
    const {n, writeErrors} = host.run({insert: 'c', documents: [{_id: id}]});
    assert.deepEqual([n.$numberInt, writeErrors[0].code.$numberInt], ['0', '11000']);
  }
});
