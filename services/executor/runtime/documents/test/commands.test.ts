// Replies and errors of the commands.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type Failure, EngineHost} from './engine_host.ts';

const int = (value: number): object => ({$numberInt: String(value)});
const long = (value: number): object => ({$numberLong: String(value)});
const ok = {ok: {$numberDouble: '1.0'}};

function hostWith(documents: object[]): EngineHost {
  const host = new EngineHost();
  host.run({insert: 'c', documents});
  return host;
}

function idsOf(batch: any[]): number[] {
  return batch.map(({_id}) => Number(_id.$numberInt));
}

function fails(host: EngineHost, command: object, code: number, name: string, message: RegExp): void {
  assert.throws(() => host.run(command), (failure: Failure) => {
    assert.match(failure.message, message);
    assert.deepEqual([failure.code, failure.name], [code, name]);
    return true;
  });
}

test('an ordered insert ends at the first duplicate', () => {
  const host = new EngineHost();
  const documents = [{_id: 1}, {_id: 1, a: 2}, {_id: 2}];
  assert.deepEqual(host.run({insert: 'c', documents}), {
    n: int(1),
    writeErrors: [{
      index: int(1), code: int(11000), keyPattern: {_id: int(1)}, keyValue: {_id: int(1)},
      errmsg: 'E11000 duplicate key error collection: db.c index: _id_ dup key: { _id: 1 }',
    }],
    ...ok,
  });
  assert.deepEqual(idsOf(host.run({find: 'c'}).cursor.firstBatch), [1]);
});

test('an unordered insert goes on', () => {
  const host = new EngineHost();
  const reply = host.run({insert: 'c', documents: [{_id: 1}, {_id: 1}, {_id: 2}], ordered: false});
  assert.deepEqual([reply.n, reply.writeErrors.length], [int(2), 1]);
});

test('a document without an id gets one, in the first place', () => {
  const host = hostWith([{a: 1}]);
  const [document] = host.run({find: 'c'}).cursor.firstBatch;
  assert.deepEqual(Object.keys(document), ['_id', 'a']);
});

test('ids may be of most types', () => {
  const ids = [1, 'a', null, true, {x: 1}, {$date: '2020-01-01T00:00:00Z'}, {$binary: {base64: 'AQ==', subType: '00'}},
               {$oid: '5e5d6f3c9b1e8a3f4c2d1b0a'}, {$minKey: 1}, {$numberDecimal: '0.1'}, {$numberDouble: '0.1'}];
  const host = hostWith(ids.map((_id) => ({_id})));
  for (const _id of ids) {
    const {cursor: {firstBatch}} = host.run({find: 'c', filter: {_id}});
    assert.equal(firstBatch.length, 1, JSON.stringify(_id));
  }
  for (const [_id, type] of [[[1], 'array'], [{$regularExpression: {pattern: 'a', options: ''}}, 'regex']]) {
    const {writeErrors: [{code, errmsg}]} = host.run({insert: 'c', documents: [{_id}]});
    assert.deepEqual([code, errmsg], [int(53), `The '_id' value cannot be of type ${type}`]);
  }
});

test('a document that is too large is refused', () => {
  const host = new EngineHost();
  const {writeErrors: [{code}]} = host.run({insert: 'c', documents: [{a: 'x'.repeat(16 << 20)}]});
  assert.deepEqual(code, int(10334));
});

test('deletes one or all', () => {
  const host = hostWith([1, 2, 3, 4].map((_id) => ({_id, even: _id % 2 === 0})));
  assert.deepEqual(host.run({delete: 'c', deletes: [{q: {even: true}, limit: 1}]}), {n: int(1), ...ok});
  assert.deepEqual(host.run({delete: 'c', deletes: [{q: {}, limit: 0}]}), {n: int(3), ...ok});
  assert.deepEqual(host.run({delete: 'nowhere', deletes: [{q: {}, limit: 0}]}), {n: int(0), ...ok});
});

test('findAndModify gives the document before or after', () => {
  const host = hostWith([{_id: 1, a: 1}, {_id: 2, a: 2}]);
  const update = {$inc: {a: 10}};
  assert.deepEqual(host.run({findAndModify: 'c', query: {}, sort: {a: -1}, update}), {
    lastErrorObject: {n: int(1), updatedExisting: true}, value: {_id: int(2), a: int(2)}, ...ok,
  });
  assert.deepEqual(host.run({findAndModify: 'c', query: {_id: 1}, update, new: true, fields: {_id: 0}}), {
    lastErrorObject: {n: int(1), updatedExisting: true}, value: {a: int(11)}, ...ok,
  });
  assert.deepEqual(host.run({findAndModify: 'c', query: {_id: 9}, update, upsert: true, new: true}), {
    lastErrorObject: {n: int(1), updatedExisting: false, upserted: int(9)}, value: {_id: int(9), a: int(10)}, ...ok,
  });
  assert.deepEqual(host.run({findAndModify: 'c', query: {_id: 8}, update}), {
    lastErrorObject: {n: int(0), updatedExisting: false}, value: null, ...ok,
  });
  assert.deepEqual(host.run({findAndModify: 'c', query: {_id: 1}, remove: true}), {
    lastErrorObject: {n: int(1)}, value: {_id: int(1), a: int(11)}, ...ok,
  });
  fails(host, {findAndModify: 'c', query: {}}, 9, 'FailedToParse', /Either an update or remove=true/);
});

test('find sorts, skips and limits', () => {
  const host =
    hostWith([{_id: 1, a: 'b'}, {_id: 2, a: 3}, {_id: 3}, {_id: 4, a: [0, 9]}, {_id: 5, a: []}, {_id: 6, a: {}}]);
  const ids = (more: object): number[] => idsOf(host.run({find: 'c', ...more}).cursor.firstBatch);
  assert.deepEqual(ids({sort: {a: 1}}), [5, 3, 4, 2, 1, 6]);
  assert.deepEqual(ids({sort: {a: -1}}), [6, 1, 4, 2, 3, 5]);
  assert.deepEqual(ids({sort: {a: 1, _id: -1}, skip: 1, limit: 2}), [3, 4]);
  assert.deepEqual(ids({skip: 4}), [5, 6]);
  assert.deepEqual(ids({sort: {$natural: -1}, limit: 2}), [6, 5]);
  fails(host, {find: 'c', limit: -1}, 51024, 'Location51024', /must be >= 0/);
  fails(host, {find: 'c', sort: {a: 2}}, 15975, 'Location15975', /must be 1/);
});

test('what is found is as it was inserted', () => {
  const document = {
    _id: 1,
    d: {$numberDouble: '1.0'},
    l: {$numberLong: '1'},
    m: {$numberDecimal: '1.10'},
    z: {$numberDouble: '-0.0'},
    b: {$binary: {base64: 'AQI=', subType: '80'}},
    t: {$timestamp: {t: 1, i: 2}},
    r: {$regularExpression: {pattern: 'a', options: 'ix'}},
    c: {$code: 'x', $scope: {y: {$numberInt: '1'}}},
    y: {$symbol: 's'},
    min: {$minKey: 1},
    max: {$maxKey: 1},
  };
  const host = hostWith([document]);
  const expected = {...document, _id: int(1)};
  assert.deepEqual(host.run({find: 'c'}).cursor.firstBatch, [expected]);
  assert.deepEqual(
    host.run({aggregate: 'c', pipeline: [{$match: {_id: 1}}, {$sort: {_id: 1}}], cursor: {}}).cursor.firstBatch,
    [expected]);
  host.run({update: 'c', updates: [{q: {_id: 1}, u: {$set: {new: 1}}}]});
  assert.deepEqual(host.run({find: 'c', projection: {new: 0}}).cursor.firstBatch, [expected]);
});

const projected: [object, object][] = [
  [{a: 1}, {_id: int(1), a: int(1)}],
  [{a: 1, _id: 0}, {a: int(1)}],
  [{a: 0, o: 0, list: 0}, {_id: int(1)}],
  [{'o.x': 1, _id: 0}, {o: {x: int(1)}}],
  [{'list.k': 1, _id: 0}, {list: [{k: int(1)}, {k: int(2)}]}],
  [{a: 0, 'o.x': 0, list: {$slice: 1}}, {_id: int(1), o: {y: int(2)}, list: [{k: int(1)}]}],
  [{_id: 0, list: {$elemMatch: {k: 2}}}, {list: [{k: int(2)}]}],
  [{_id: 0, 'list.$': 1}, {list: [{k: int(2)}]}],
  [{_id: 0, sum: {$add: ['$a', '$o.y']}}, {sum: int(3)}],
  [{_id: 0, o: {y: 1}}, {o: {y: int(2)}}],
];
for (const [projection, result] of projected) {
  test(`the projection ${JSON.stringify(projection)}`, () => {
    const host = hostWith([{_id: 1, a: 1, o: {x: 1, y: 2}, list: [{k: 1}, {k: 2}]}]);
    assert.deepEqual(host.run({find: 'c', filter: {'list.k': 2}, projection}).cursor.firstBatch, [result]);
  });
}

test('a cursor goes on with getMore until it is over', () => {
  const host = hostWith([1, 2, 3, 4, 5].map((_id) => ({_id})));
  const {cursor} = host.run({find: 'c', batchSize: 2});
  assert.deepEqual([idsOf(cursor.firstBatch), cursor.ns], [[1, 2], 'db.c']);
  const more = host.run({getMore: cursor.id, collection: 'c', batchSize: 2}).cursor;
  assert.deepEqual([idsOf(more.nextBatch), more.id], [[3, 4], cursor.id]);
  const last = host.run({getMore: cursor.id, collection: 'c', batchSize: 2}).cursor;
  assert.deepEqual([idsOf(last.nextBatch), last.id], [[5], long(0)]);
  fails(host, {getMore: cursor.id, collection: 'c'}, 43, 'CursorNotFound', /cursor id \d+ not found/);
});

test('sorted and aggregated results wait in cursors, too', () => {
  const host = hostWith([1, 2, 3].map((_id) => ({_id})));
  for (const command of [{find: 'c', sort: {_id: -1}, batchSize: 1},
                         {aggregate: 'c', pipeline: [{$sort: {_id: -1}}], cursor: {batchSize: 1}}]) {
    const {cursor} = host.run(command);
    assert.deepEqual(idsOf(cursor.firstBatch), [3]);
    const rest = host.run({getMore: cursor.id, collection: 'c'}).cursor;
    assert.deepEqual([idsOf(rest.nextBatch), rest.id], [[2, 1], long(0)]);
  }
});

test('the first batch has 101 documents, and singleBatch leaves no cursor', () => {
  const host = hostWith(Array.from({length: 150}, (_, _id) => ({_id})));
  assert.equal(host.run({find: 'c'}).cursor.firstBatch.length, 101);
  assert.deepEqual(host.run({find: 'c', batchSize: 5, singleBatch: true}).cursor.id, long(0));
  assert.deepEqual(host.run({find: 'c', limit: 101}).cursor.id, long(0));
  assert.equal(host.run({find: 'c', batchSize: 0}).cursor.firstBatch.length, 0);
});

test('cursors are killed, get old, and make room', () => {
  const host = hostWith([1, 2, 3].map((_id) => ({_id})));
  const open = (): any => host.run({find: 'c', batchSize: 1}).cursor.id;
  const [first, second] = [open(), open()];
  assert.deepEqual(host.run({killCursors: 'c', cursors: [first, long(5)]}), {
    cursorsKilled: [first], cursorsNotFound: [long(5)], cursorsAlive: [], cursorsUnknown: [], ...ok,
  });
  host.now += 10 * 60 * 1000 + 1;
  fails(host, {getMore: second, collection: 'c'}, 43, 'CursorNotFound', /not found/);
  const oldest = open();
  for (let i = 0; i < 100; ++i) open();
  fails(host, {getMore: oldest, collection: 'c'}, 43, 'CursorNotFound', /not found/);
});

test('counts', () => {
  const host = hostWith([1, 2, 3, 4].map((_id) => ({_id})));
  const n = (more: object): object => host.run({count: 'c', ...more}).n;
  assert.deepEqual([n({}), n({query: {_id: {$gt: 1}}}), n({query: {_id: {$gt: 1}}, skip: 1, limit: 1}), n({limit: 2})],
                   [int(4), int(3), int(1), int(2)]);
  assert.deepEqual(host.run({count: 'nowhere'}), {n: int(0), ...ok});
});

test('distinct values, of arrays the items', () => {
  const host = hostWith([{a: 1}, {a: {$numberLong: '1'}}, {a: [2, 1]}, {b: 1}, {a: 'x'}]);
  assert.deepEqual(host.run({distinct: 'c', key: 'a'}).values, [int(1), int(2), 'x']);
  assert.deepEqual(host.run({distinct: 'c', key: 'a', query: {a: 'x'}}).values, ['x']);
});

test('collections and databases are made, listed and dropped', () => {
  const host = new EngineHost();
  assert.deepEqual(host.run({create: 'c'}), ok);
  fails(host, {create: 'c'}, 48, 'NamespaceExists', /db\.c already exists/);
  host.run({insert: 'd', documents: [{_id: 1}]});
  const {cursor} = host.run({listCollections: 1, nameOnly: true});
  assert.deepEqual(cursor, {
    id: long(0),
    ns: 'db.$cmd.listCollections',
    firstBatch: [{name: 'c', type: 'collection'}, {name: 'd', type: 'collection'}],
  });
  assert.deepEqual(host.run({listDatabases: 1, nameOnly: true}), {databases: [{name: 'db'}], ...ok});
  assert.deepEqual(host.run({drop: 'd'}), {nIndexesWas: int(1), ns: 'db.d', ...ok});
  fails(host, {drop: 'd'}, 26, 'NamespaceNotFound', /ns not found/);
  assert.deepEqual(host.run({dropDatabase: 1}), {dropped: 'db', ...ok});
  assert.deepEqual(host.run({listDatabases: 1}).databases, []);
});

test('a unique index is held', () => {
  const host = hostWith([{_id: 1, mail: 'a'}, {_id: 2, mail: 'b'}]);
  const created = host.run({createIndexes: 'c', indexes: [{key: {mail: 1}, name: 'mail_1', unique: true}]});
  assert.deepEqual([created.numIndexesBefore, created.numIndexesAfter], [int(1), int(2)]);
  const duplicate = {
    index: int(0), code: int(11000), keyPattern: {mail: int(1)}, keyValue: {mail: 'a'},
    errmsg: 'E11000 duplicate key error collection: db.c index: mail_1 dup key: { mail: "a" }',
  };
  assert.deepEqual(host.run({insert: 'c', documents: [{_id: 3, mail: 'a'}]}).writeErrors, [duplicate]);
  assert.deepEqual(host.run({update: 'c', updates: [{q: {_id: 2}, u: {$set: {mail: 'a'}}}]}).writeErrors, [duplicate]);
  assert.deepEqual(host.run({update: 'c', updates: [{q: {_id: 1}, u: {$set: {mail: 'a', x: 1}}}]}).n, int(1));
  host.run({update: 'c', updates: [{q: {_id: 1}, u: {$set: {mail: 'z'}}}]});
  assert.equal(host.run({insert: 'c', documents: [{_id: 3, mail: 'a'}]}).writeErrors, undefined);
  assert.deepEqual(host.run({listIndexes: 'c'}).cursor.firstBatch.map(({name}: any) => name), ['_id_', 'mail_1']);
  host.run({dropIndexes: 'c', index: 'mail_1'});
  assert.equal(host.run({insert: 'c', documents: [{mail: 'a'}]}).writeErrors, undefined);
  fails(
    host, {createIndexes: 'c', indexes: [{key: {mail: 1}, unique: true}]}, 11000, 'DuplicateKey', /E11000 .* mail_1/);
});

test('commands, names and fields are checked', () => {
  const host = new EngineHost();
  fails(host, {fly: 1}, 59, 'CommandNotFound', /no such command: 'fly'/);
  fails(host, {find: 'a$b'}, 73, 'InvalidNamespace', /Invalid namespace specified 'db.a\$b'/);
  fails(host, {find: ''}, 73, 'InvalidNamespace', /Invalid namespace/);
  fails(host, {insert: 'system.users', documents: [{}]}, 73, 'InvalidNamespace', /system\.users/);
  assert.throws(() => host.run({find: 'c'}, 'a b'), (failure: Failure) => failure.code === 73);
  assert.throws(() => host.run({find: 'c'}, ''), (failure: Failure) => failure.code === 73);
  fails(host, {find: 'c', foo: 1}, 40415, 'Location40415', /BSON field 'find\.foo' is an unknown field/);
  fails(
    host, {find: 'c', filter: 1}, 14, 'TypeMismatch',
    /BSON field 'filter' is the wrong type 'int', expected type 'object'/);
  fails(host, {find: 'c', collation: {locale: 'de'}}, 238, 'NotImplemented', /collations/);
  fails(host, {insert: 'c', documents: [{}], txnNumber: 1}, 20, 'IllegalOperation', /Transaction numbers/);
  fails(host, {update: 'c', updates: []}, 72, 'InvalidOptions', /Write batch sizes/);
  assert.deepEqual(host.run({find: 'c', lsid: {id: 1}, maxTimeMS: 5}).cursor.firstBatch, []);
});
