// What updates make of a document.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {EngineHost} from './engine_host.ts';

const int = (value: number): object => ({$numberInt: String(value)});
const double = (value: string): object => ({$numberDouble: value});
const long = (value: string): object => ({$numberLong: value});
const decimal = (value: string): object => ({$numberDecimal: value});

// Canonical Extended JSON of what JavaScript says plainly.
function canonical(value: any): any {
  if (typeof value === 'number') return int(value);
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null || Object.keys(value)[0]?.startsWith('$')) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, canonical(each)]));
}

// [document, update, the document then, filter, array filters]
const changes: [object, object, object, object?, object[]?][] = [
  [{a: 1}, {$set: {b: 2}}, {a: 1, b: 2}],
  [{a: double('1.0'), l: long('1'), d: decimal('1.10')}, {$set: {x: 1}},
   {a: double('1.0'), l: long('1'), d: decimal('1.10'), x: 1}],
  [{}, {$set: {'a.b.c': 1}}, {a: {b: {c: 1}}}],
  [{}, {$set: {b: 1, a: 2}}, {a: 2, b: 1}],
  [{a: [1, 2]}, {$set: {'a.1': 9}}, {a: [1, 9]}],
  [{a: [1]}, {$set: {'a.3': 9}}, {a: [1, null, null, 9]}],
  [{a: 1, b: 2}, {$unset: {a: ''}}, {b: 2}],
  [{a: [1, 2]}, {$unset: {'a.0': ''}}, {a: [null, 2]}],
  [{a: 1}, {$inc: {a: 2, b: 3}}, {a: 3, b: 3}],
  [{a: 2147483647}, {$inc: {a: 1}}, {a: long('2147483648')}],
  [{a: long('1')}, {$inc: {a: 1}}, {a: long('2')}],
  [{a: 1}, {$inc: {a: double('1.0')}}, {a: double('2.0')}],
  [{a: 1}, {$inc: {a: double('0.5')}}, {a: double('1.5')}],
  [{a: decimal('0.1')}, {$inc: {a: decimal('0.2')}}, {a: decimal('0.3')}],
  [{a: 3}, {$mul: {a: 4, b: 5}}, {a: 12, b: 0}],
  [{a: 3, b: 3}, {$min: {a: 2, b: 4, c: 1}}, {a: 2, b: 3, c: 1}],
  [{a: 3, b: 3}, {$max: {a: 2, b: 4}}, {a: 3, b: 4}],
  [{a: 1, b: {c: 2}}, {$rename: {a: 'x', 'b.c': 'y'}}, {b: {}, x: 1, y: 2}],
  [{a: 13}, {$bit: {a: {and: 10}}}, {a: 8}],
  [{}, {$push: {a: 1}}, {a: [1]}],
  [{a: [3, 1]}, {$push: {a: {$each: [2, 5], $sort: 1, $slice: 3}}}, {a: [1, 2, 3]}],
  [{a: [{k: 2}]}, {$push: {a: {$each: [{k: 1}], $sort: {k: 1}}}}, {a: [{k: 1}, {k: 2}]}],
  [{a: [1, 2]}, {$push: {a: {$each: [9], $position: 0}}}, {a: [9, 1, 2]}],
  [{a: [1, 2, 3]}, {$push: {a: {$each: [], $slice: -2}}}, {a: [2, 3]}],
  [{a: [1]}, {$addToSet: {a: double('1.0')}}, {a: [1]}],
  [{a: [1]}, {$addToSet: {a: {$each: [1, 2, 2]}}}, {a: [1, 2]}],
  [{a: [1, 2, 3]}, {$pop: {a: 1}}, {a: [1, 2]}],
  [{a: [1, 2, 3]}, {$pop: {a: -1}}, {a: [2, 3]}],
  [{a: [1, 2, 1]}, {$pull: {a: 1}}, {a: [2]}],
  [{a: [1, 5, 9]}, {$pull: {a: {$gte: 5}}}, {a: [1]}],
  [{a: [{k: 1, v: 2}, {k: 2, v: 2}]}, {$pull: {a: {k: 1}}}, {a: [{k: 2, v: 2}]}],
  [{a: [1, 2, 3]}, {$pullAll: {a: [1, 3]}}, {a: [2]}],
  [{a: [1, 5, 9]}, {$set: {'a.$': 0}}, {a: [1, 0, 9]}, {a: {$gte: 5}}],
  [{a: [{k: 1}, {k: 2}]}, {$set: {'a.$.v': 7}}, {a: [{k: 1}, {k: 2, v: 7}]}, {'a.k': 2}],
  [{a: [{k: 1}, {k: 2}]}, {$inc: {'a.$[].k': 1}}, {a: [{k: 2}, {k: 3}]}],
  [{a: [1, 5, 9]}, {$set: {'a.$[x]': 0}}, {a: [1, 0, 0]}, {}, [{x: {$gte: 5}}]],
  [{a: [{k: 1}, {k: 2}]}, {$set: {'a.$[x].v': 7}}, {a: [{k: 1}, {k: 2, v: 7}]}, {}, [{'x.k': 2}]],
  [{a: 1, b: 2}, {c: 3}, {c: 3}],
  [{a: 1, b: 2}, [{$set: {c: {$add: ['$a', '$b']}}}, {$unset: 'b'}], {a: 1, c: 3}],
  [{a: 1}, {$setOnInsert: {b: 1}}, {a: 1}],
  [{a: {$regularExpression: {pattern: 'x', options: 'i'}}, m: {$minKey: 1}}, {$set: {b: true}},
   {a: {$regularExpression: {pattern: 'x', options: 'i'}}, m: {$minKey: 1}, b: true}],
  [{r: {$ref: 'c', $id: 1}}, {$set: {a: 1}}, {r: {$ref: 'c', $id: int(1)}, a: 1}],
];
for (const [before, u, after, filter, arrayFilters] of changes) {
  test(`${JSON.stringify(u)} makes ${JSON.stringify(after)} of ${JSON.stringify(before)}`, () => {
    const host = new EngineHost();
    host.run({insert: 'c', documents: [{_id: 1, ...before}]});
    const update = {q: {_id: 1, ...filter}, u, ...arrayFilters && {arrayFilters}};
    const {n, writeErrors} = host.run({update: 'c', updates: [update]});
    assert.equal(writeErrors, undefined);
    assert.deepEqual(n, int(1));
    const [document] = host.run({find: 'c'}).cursor.firstBatch;
    assert.deepEqual(document, canonical({_id: 1, ...after}));
    assert.equal(JSON.stringify(document), JSON.stringify(canonical({_id: 1, ...after})));
  });
}

// [document, update, code, message]
const refused: [object, object, number, RegExp][] = [
  [{a: 'x'}, {$inc: {a: 1}}, 14, /Cannot apply \$inc to a value of non-numeric type/],
  [{a: 1}, {$inc: {a: 'x'}}, 14, /Cannot increment with non-numeric argument/],
  [{a: 1}, {$push: {a: 1}}, 2, /must be an array but is of type int/],
  [{a: 1}, {$pop: {a: 1}}, 14, /non-array type 'int'/],
  [{a: 1}, {$set: {'a.b': 1}}, 28, /Cannot create field 'b' in element \{a: int\}/],
  [{a: 1}, {$set: {a: 1}, $inc: {a: 1}}, 40, /would create a conflict at 'a'/],
  [{a: 1}, {$set: {a: 1, 'a.b': 1}}, 40, /would create a conflict at 'a'/],
  [{a: 1}, {$foo: {a: 1}}, 9, /Unknown modifier: \$foo/],
  [{a: 1}, {$set: 1}, 9, /Modifiers operate on fields/],
  [{a: 1}, {$set: {_id: 2}}, 66, /immutable field '_id'/],
  [{a: 1}, {_id: 2, b: 1}, 66, /immutable/],
  [{a: 1}, {b: 1, $set: {a: 2}}, 52, /The dollar \(\$\) prefixed field '\$set'/],
  [{a: [1]}, {$set: {'a.$': 1}}, 2, /The positional operator did not find the match needed from the query/],
  [{a: [1]}, {$set: {'a.$[x]': 1}}, 2, /No array filter found for identifier 'x' in path 'a\.\$\[x\]'/],
  [{a: 1}, [{$group: {_id: 1}}], 72, /\$group is not allowed to be used within an update/],
  [{a: 1}, {$set: {'__proto__.x': 1}}, 2, /__proto__/],
  [{a: {$numberLong: '9223372036854775807'}}, {$inc: {a: 1}}, 2, /Failed to apply \$inc/],
];
for (const [document, u, code, message] of refused) {
  test(`${JSON.stringify(u)} is refused for ${JSON.stringify(document)}`, () => {
    const host = new EngineHost();
    host.run({insert: 'c', documents: [{_id: 1, ...document}]});
    const {writeErrors: [error]} = host.run({update: 'c', updates: [{q: {_id: 1}, u}]});
    assert.match(error.errmsg, message);
    assert.deepEqual([error.index, error.code], [int(0), int(code)]);
    const stored = host.run({find: 'c'}).cursor.firstBatch;
    assert.deepEqual(stored, [canonical({_id: 1, ...document})]);
  });
}

test('an upsert takes what the filter wants to be equal, and says its id', () => {
  const host = new EngineHost();
  const u = {$set: {c: 3}, $setOnInsert: {d: 4}};
  const reply = host.run({update: 'c', updates: [{q: {_id: 7, a: 1, 'b.x': {$eq: 2}, e: {$gt: 1}}, u, upsert: true}]});
  assert.deepEqual(reply, {n: int(1), nModified: int(0), upserted: [{index: int(0), _id: int(7)}], ok: double('1.0')});
  assert.deepEqual(host.run({find: 'c'}).cursor.firstBatch, [canonical({_id: 7, a: 1, b: {x: 2}, c: 3, d: 4})]);
});

test('an upsert without an id makes one', () => {
  const host = new EngineHost();
  const {upserted} = host.run({update: 'c', updates: [{q: {a: 1}, u: {b: 2}, upsert: true}]});
  assert.match(upserted[0]._id.$oid, /^[0-9a-f]{24}$/);
  assert.deepEqual(host.run({find: 'c', projection: {_id: 0}}).cursor.firstBatch, [{b: int(2)}]);
});

test('an update that changes nothing counts as a match', () => {
  const host = new EngineHost();
  host.run({insert: 'c', documents: [{a: 1}, {a: 2}]});
  const reply = host.run({update: 'c', updates: [{q: {}, u: {$set: {a: 1}}, multi: true}]});
  assert.deepEqual(reply, {n: int(2), nModified: int(1), ok: double('1.0')});
});
