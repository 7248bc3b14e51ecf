// Values of BSON's types on their way to MongoDB and back, sessions, and what happens to undefined.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {BSON} from 'bson';
import {cursorOf, MongoHost} from './mongodb_host.ts';

test('values go out with their types', async () => {
  const mongo = new MongoHost({ok: 1, n: 1});
  await mongo.run(`await orders.insertOne({_id: BSON.ObjectId('5e7f9a1b2c3d4e5f60718293'), int: 1, double: 1.5,
    explicit: BSON.Double(1), big: 1099511627776, long: BSON.Long.fromString('9007199254740993'), huge: 1e300,
    bigint: 5n, decimal: BSON.Decimal128.fromString('1.10'), date: new Date(0), binary: BSON.Binary.fromHex('00ff', 4),
    bytes: new Uint8Array([1, 2]), time: new BSON.Timestamp({t: 5, i: 6}), min: new BSON.MinKey(), regex: /a.b/ims,
    none: null, left: undefined, list: [1, undefined], fn() {}});`);
  const [document] = mongo.exact().documents;
  assert.deepEqual(document, {
    _id: {$oid: '5e7f9a1b2c3d4e5f60718293'},
    int: {$numberInt: '1'},
    double: {$numberDouble: '1.5'},
    explicit: {$numberDouble: '1.0'},
    big: {$numberLong: '1099511627776'},
    long: {$numberLong: '9007199254740993'},
    huge: {$numberDouble: '1e+300'},
    bigint: {$numberLong: '5'},
    decimal: {$numberDecimal: '1.10'},
    date: {$date: {$numberLong: '0'}},
    binary: {$binary: {base64: 'AP8=', subType: '04'}},
    bytes: {$binary: {base64: 'AQI=', subType: '00'}},
    time: {$timestamp: {t: 5, i: 6}},
    min: {$minKey: 1},
    regex: {$regularExpression: {pattern: 'a.b', options: 'ims'}},
    none: null,
    list: [{$numberInt: '1'}, null],
  });
});

test('values that came can go back as they are', async () => {
  const stored = {
    _id: new BSON.ObjectId(), int: new BSON.Int32(7), double: new BSON.Double(2.5),
    long: BSON.Long.fromString('9223372036854775807'), big: BSON.Long.fromString('1099511627776'),
    decimal: BSON.Decimal128.fromString('-1E+3'), date: new Date(86400000),
    binary: new BSON.Binary(new Uint8Array(16), 4),
    user: new BSON.Binary(new Uint8Array([9]), 128), time: new BSON.Timestamp({t: 1, i: 2}), min: new BSON.MinKey(),
    max: new BSON.MaxKey(), regex: new BSON.BSONRegExp('^a', 'ix'), code: new BSON.Code('f()'),
    nested: {list: [null, true, 'text', {deep: new BSON.ObjectId()}]},
  };
  const mongo = new MongoHost(({command}) => (command.find ? cursorOf([stored]) : {ok: 1, n: 1}));
  await mongo.run('await orders.insertOne(await orders.findOne());');
  assert.deepEqual(mongo.exact(1).documents[0], JSON.parse(BSON.EJSON.stringify(stored, {relaxed: false})));
});

test('values come as functions expect them', async () => {
  const mongo = new MongoHost(cursorOf([{
    id: new BSON.ObjectId(), n: BSON.Long.fromNumber(5), date: new Date(0),
    bytes: new BSON.Binary(new Uint8Array([104])),
  }]));
  assert.deepEqual(
      await mongo.run(`const d = await orders.findOne();
        return [d.id instanceof BSON.ObjectId, d.n + 1, d.date instanceof Date, d.bytes.text()];`),
      [true, {$numberInt: '6'}, true, 'h']);
});

test('a query keeps its conditions: undefined is null there', async () => {
  const mongo = new MongoHost({ok: 1, n: 0, nModified: 0});
  await mongo.run(`await orders.deleteMany({_id: undefined, a: {$in: [undefined]}});
    await orders.updateMany({_id: undefined}, {$set: {a: 1, b: undefined}});`);
  assert.deepEqual(mongo.command(0).deletes[0].q, {_id: null, a: {$in: [null]}});
  assert.deepEqual(mongo.command(1).updates[0].q, {_id: null});
  assert.deepEqual(mongo.command(1).updates[0].u, {$set: {a: 1}});
});

test('a query may name BSON.MaxKey without making one', async () => {
  const mongo = new MongoHost(cursorOf([]));
  await mongo.run('await orders.findOne({a: {$lt: BSON.MaxKey}});');
  assert.deepEqual(mongo.command().filter, {a: {$lt: {$maxKey: 1}}});
});

test('names cannot reach a prototype', async () => {
  const mongo = new MongoHost(({command}) => (
    command.find ? cursorOf([JSON.parse('{"__proto__": {"polluted": 1}}')]) : {ok: 1, n: 1}));
  assert.deepEqual(
      await mongo.run(`const d = await orders.findOne(JSON.parse('{"__proto__": {"a": 1}}'));
        return [({}).polluted === undefined, Object.getPrototypeOf(d) === Object.prototype];`),
      [true, true]);
  assert.deepEqual(Object.keys(mongo.sent[0]!.command.filter), ['__proto__']);
});

test('a transaction travels with its commands', async () => {
  const mongo = new MongoHost({ok: 1, n: 1});
  const result = await mongo.run(`const session = client.startSession();
    const result = await session.withTransaction(async () => {
      await orders.insertOne({_id: 1}, {session});
      await orders.insertOne({_id: 2}, {session});
      return 'done';
    }, {readConcern: {level: 'snapshot'}, writeConcern: {w: 'majority'}});
    await session.endSession();
    return [result, session.hasEnded];`);
  assert.deepEqual(result, ['done', true]);
  assert.deepEqual(
      mongo.sent.map((sent) => sent.action), ['insertOne', 'insertOne', 'commitTransaction', 'endSessions']);
  const [first, second, commit, end] = [0, 1, 2, 3].map((i) => mongo.exact(i));
  assert.deepEqual([first.startTransaction, first.autocommit, first.txnNumber], [true, false, {$numberLong: '1'}]);
  assert.deepEqual(first.readConcern, {level: 'snapshot'});
  assert.equal(second.startTransaction, undefined);
  assert.deepEqual(second.lsid, first.lsid);
  assert.equal(first.lsid.id.$binary.subType, '04');
  assert.deepEqual([commit.commitTransaction, commit.writeConcern], [{$numberInt: '1'}, {w: 'majority'}]);
  assert.equal(mongo.sent[2]!.database, 'admin');
  assert.deepEqual(end.endSessions, [first.lsid]);
});

test('a transaction whose function throws is aborted', async () => {
  const mongo = new MongoHost({ok: 1, n: 1});
  const message = await mongo.run(`const session = client.startSession();
    return session.withTransaction(async () => { await orders.insertOne({}, {session}); throw new Error('no'); })
      .catch((e) => e.message);`);
  assert.equal(message, 'no');
  assert.deepEqual(mongo.sent.map((sent) => sent.action), ['insertOne', 'abortTransaction']);
});
