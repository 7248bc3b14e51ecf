// The collection API: the commands that calls become, and the results that replies become (spec section 11).
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {cursorOf, MongoHost, type Answerer, type Reply} from './mongodb_host.ts';

async function commandOf(call: string, reply: Answerer | Reply): Promise<{command: any; result: any; action: string}> {
  const mongo = new MongoHost(reply);
  const result = await mongo.run(`return ${call};`);
  return {command: mongo.command(), result, action: mongo.sent[0]!.action};
}
async function failure(call: string, reply: Answerer | Reply = {ok: 1}): Promise<any> {
  return new MongoHost(reply).run(
      `try { return 'returned ' + await ${call}; } catch (e) { return {message: e.message, code: e.code,
        codeName: e.codeName, writeErrors: e.writeErrors, insertedIds: e.insertedIds, isError: e instanceof Error}; }`);
}
const one = {$numberInt: '1'};
const two = {$numberInt: '2'};

test('a command says which operation of which collection it is', async () => {
  const mongo = new MongoHost(cursorOf([]));
  await mongo.run('await orders.find({a: 1}).toArray();');
  const {action, database, collection} = mongo.sent[0]!;
  assert.deepEqual([action, database, collection], ['find', 'shop', 'orders']);
  await mongo.run(`await client.database('stock').collection('items').findOne();`);
  assert.deepEqual([mongo.sent[1]!.action, mongo.sent[1]!.database], ['findOne', 'stock']);
});

test('find sends what the cursor was told', async () => {
  const {command, result} = await commandOf(
      'await orders.find({a: {$gt: 1}}, {a: 1}).sort({a: -1, b: 1}).skip(2).limit(3).toArray()',
      cursorOf([{a: 5}, {a: 4}]));
  assert.deepEqual(command, {
    find: 'orders', filter: {a: {$gt: 1}}, projection: {a: 1}, sort: {a: -1, b: 1}, skip: 2, limit: 3,
  });
  assert.deepEqual(result, [{a: {$numberInt: '5'}}, {a: {$numberInt: '4'}}]);
});

test('options of find may stand behind the projection', async () => {
  const {command} = await commandOf(
      'await orders.find({}, undefined, {sort: {a: 1}, limit: BSON.Long(2)}).toArray()', cursorOf([]));
  assert.deepEqual(command, {find: 'orders', filter: {}, sort: {a: 1}, limit: 2});
});

test('a cursor fetches batch by batch', async () => {
  const batches: Answerer = ({command}) => {
    if (command.find) return cursorOf([{n: 1}, {n: 2}], '8070450532247928832');
    assert.equal(String(command.getMore), '8070450532247928832');
    return {ok: 1, cursor: {id: 0, ns: 'shop.orders', nextBatch: [{n: 3}]}};
  };
  const read = {
    toArray: 'return (await orders.find().toArray()).map((d) => d.n)',
    next: 'const c = orders.find(), all = []; for (let d; (d = await c.next());) all.push(d.n); return all',
    forEach: 'const all = []; await orders.find().forEach((d) => { all.push(d.n); }); return all',
    iteration: 'const all = []; for await (const d of orders.find()) all.push(d.n); return all',
    hasNext: 'const c = orders.find(), all = []; while (await c.hasNext()) all.push((await c.next()).n); return all',
  };
  for (const [how, body] of Object.entries(read)) {
    const mongo = new MongoHost(batches);
    assert.deepEqual(await mongo.run(body), [one, two, {$numberInt: '3'}], how);
    assert.deepEqual(mongo.sent.map((sent) => sent.action), ['find', 'getMore'], how);
    assert.equal(mongo.sent[1]!.command.collection, 'orders', how);
  }
});

test('next gives undefined behind the last document', async () => {
  const mongo = new MongoHost(cursorOf([]));
  assert.equal(await mongo.run('return typeof (await orders.find().next());'), 'undefined');
});

test('a cursor that is left early is given up', async () => {
  const mongo = new MongoHost(({command}) => (command.find ? cursorOf([{n: 1}, {n: 2}], 7) : {ok: 1}));
  await mongo.run('for await (const d of orders.find()) break;');
  assert.deepEqual(mongo.exact(1), {killCursors: 'orders', cursors: [{$numberLong: '7'}]});
});

test('a cursor cannot be changed once it was read', async () => {
  for (const change of ['sort({a: 1})', 'skip(1)', 'limit(1)']) {
    const mongo = new MongoHost(cursorOf([]));
    const message = await mongo.run(
        `const c = orders.find(); await c.next(); try { c.${change}; } catch (e) { return e.message; }`);
    assert.equal(message, `${change.split('(')[0]}: the cursor has been read already`);
  }
});

test('findOne gives the document or null', async () => {
  const found = await commandOf('await orders.findOne({a: 1}, {b: 1})', cursorOf([{b: 2}]));
  assert.deepEqual(found.command,
                   {find: 'orders', filter: {a: 1}, projection: {b: 1}, limit: 1, singleBatch: true});
  assert.deepEqual(found.result, {b: two});
  assert.equal((await commandOf('await orders.findOne({a: 1})', cursorOf([]))).result, null);
});

test('findOneAndUpdate gives the document before, or after if it is asked to', async () => {
  const before = await commandOf(
      'await orders.findOneAndUpdate({a: 1}, {$set: {a: 2}}, {sort: {a: 1}, projection: {a: 1}})',
      {ok: 1, value: {a: 1}});
  assert.deepEqual(before.command, {
    findAndModify: 'orders', query: {a: 1}, sort: {a: 1}, update: {$set: {a: 2}}, new: false, upsert: false,
    fields: {a: 1},
  });
  assert.deepEqual(before.result, {a: one});
  const after = await commandOf(
      'await orders.findOneAndReplace({}, {a: 2}, {upsert: true, returnNewDocument: true})', {ok: 1, value: null});
  assert.deepEqual(after.command,
                   {findAndModify: 'orders', query: {}, update: {a: 2}, new: true, upsert: true});
  assert.equal(after.result, null);
  const removed = await commandOf('await orders.findOneAndDelete({a: 1})', {ok: 1, value: {a: 1}});
  assert.deepEqual(removed.command, {findAndModify: 'orders', query: {a: 1}, remove: true});
});

test('counts are numbers', async () => {
  const count = await commandOf('await orders.count({a: 1}, {limit: 5})', {ok: 1, n: 3});
  assert.deepEqual(count.command, {count: 'orders', query: {a: 1}, limit: 5});
  assert.deepEqual(count.result, {$numberInt: '3'});
  const estimated = await commandOf('await orders.estimatedDocumentCount()', {ok: 1, n: 3});
  assert.deepEqual([estimated.command, estimated.action], [{count: 'orders'}, 'estimatedDocumentCount']);
  const exact = await commandOf('await orders.countDocuments({a: 1}, {skip: 1})', cursorOf([{_id: 1, n: 2}]));
  assert.deepEqual(exact.command.pipeline, [{$match: {a: 1}}, {$skip: 1}, {$group: {_id: 1, n: {$sum: 1}}}]);
  assert.deepEqual(exact.result, two);
  assert.deepEqual((await commandOf('await orders.countDocuments()', cursorOf([]))).result, {$numberInt: '0'});
});

test('insertOne makes an ObjectId that comes first, and leaves the document alone', async () => {
  const mongo = new MongoHost({ok: 1, n: 1});
  const result = await mongo.run(
      `const d = {a: 1, _id: undefined}; const r = await orders.insertOne(d);
       return [r, Object.keys(r), d._id === undefined];`);
  const [document] = mongo.exact().documents;
  assert.deepEqual(Object.keys(document), ['_id', 'a']);
  assert.match(document._id.$oid, /^[0-9a-f]{24}$/);
  assert.deepEqual(result, [{insertedId: document._id}, ['insertedId'], true]);
  const own = await commandOf(`await orders.insertOne({_id: 'x', a: 1})`, {ok: 1, n: 1});
  assert.deepEqual(own.result, {insertedId: 'x'});
});

test('insertMany gives an array of ids', async () => {
  const {command, result} = await commandOf(
      'await orders.insertMany([{_id: 1}, {_id: 2}], {ordered: false})', {ok: 1, n: 2});
  assert.deepEqual(command, {insert: 'orders', documents: [{_id: 1}, {_id: 2}], ordered: false});
  assert.deepEqual(result, {insertedIds: [one, two]});
});

test('more documents than a command can hold go as several', async () => {
  const mongo = new MongoHost(({command}) => ({ok: 1, n: command.documents.length}));
  const count = await mongo.run(
      `const text = 'x'.repeat(5 << 20); const all = [1, 2, 3, 4].map((_id) => ({_id, text}));
       return (await orders.insertMany(all)).insertedIds.length;`);
  assert.deepEqual(mongo.sent.map(({command}) => command.documents.length), [3, 1]);
  assert.deepEqual(count, {$numberInt: '4'});
});

test('updates and deletes count', async () => {
  const many = await commandOf('await orders.updateMany({a: 1}, {$inc: {a: 1}})', {ok: 1, n: 3, nModified: 2});
  assert.deepEqual(many.command,
                   {update: 'orders', updates: [{q: {a: 1}, u: {$inc: {a: 1}}, multi: true, upsert: false}]});
  assert.deepEqual(many.result, {matchedCount: {$numberInt: '3'}, modifiedCount: two});
  const upsert = await commandOf('await orders.updateOne({a: 1}, {$set: {b: 1}}, {upsert: true})',
                                 {ok: 1, n: 1, nModified: 0, upserted: [{index: 0, _id: 'id'}]});
  assert.deepEqual(upsert.result,
                   {matchedCount: {$numberInt: '0'}, modifiedCount: {$numberInt: '0'}, upsertedId: 'id'});
  const replaced = await commandOf('await orders.replaceOne({a: 1}, {b: 1})', {ok: 1, n: 1, nModified: 1});
  assert.deepEqual(replaced.command.updates, [{q: {a: 1}, u: {b: 1}, multi: false, upsert: false}]);
  const deleted = await commandOf('await orders.deleteMany({a: 1})', {ok: 1, n: 4});
  assert.deepEqual(deleted.command, {delete: 'orders', deletes: [{q: {a: 1}, limit: 0}]});
  assert.deepEqual(deleted.result, {deletedCount: {$numberInt: '4'}});
  assert.equal((await commandOf('await orders.deleteOne({})', {ok: 1, n: 1})).command.deletes[0].limit, 1);
});

test('aggregate gives a cursor, distinct the values', async () => {
  const totals = await commandOf('await orders.aggregate([{$match: {a: 1}}]).toArray()', cursorOf([{n: 1}]));
  assert.deepEqual(totals.command, {aggregate: 'orders', pipeline: [{$match: {a: 1}}], cursor: {}});
  assert.deepEqual(totals.result, [{n: one}]);
  const values = await commandOf(`await orders.distinct('a.b', {c: 1})`, {ok: 1, values: [1, 'x']});
  assert.deepEqual(values.command, {distinct: 'orders', key: 'a.b', query: {c: 1}});
  assert.deepEqual(values.result, [one, 'x']);
});

test('bulkWrite sends neighbours of one kind together', async () => {
  const mongo = new MongoHost(({command}) => {
    if (command.insert) return {ok: 1, n: command.documents.length};
    return command.update ? {ok: 1, n: 2, nModified: 1, upserted: [{index: 1, _id: 'up'}]} : {ok: 1, n: 4};
  });
  const result = await mongo.run(`return orders.bulkWrite([
    {insertOne: {document: {_id: 'a'}}}, {insertOne: {document: {_id: 'b'}}},
    {updateOne: {filter: {x: 1}, update: {$set: {y: 1}}}},
    {replaceOne: {filter: {x: 2}, replacement: {y: 1}, upsert: true}},
    {deleteMany: {filter: {z: 1}}}]);`);
  assert.deepEqual(mongo.sent.map((sent) => Object.keys(sent.command)[0]), ['insert', 'update', 'delete']);
  assert.ok(mongo.sent.every((sent) => sent.action === 'bulkWrite'));
  assert.deepEqual(result, {
    insertedCount: two, insertedIds: {0: 'a', 1: 'b'}, matchedCount: one, modifiedCount: one,
    deletedCount: {$numberInt: '4'}, upsertedCount: one, upsertedIds: {3: 'up'},
  });
});

test('names of databases and collections', async () => {
  const databases = await commandOf(
      'await client.admin().getDBNames()', {ok: 1, databases: [{name: 'a'}, {name: 'b'}]});
  assert.deepEqual(databases.command, {listDatabases: 1, nameOnly: true});
  assert.deepEqual(databases.result, ['a', 'b']);
  const cursor = {id: 0, ns: 'shop.$cmd.listCollections', firstBatch: [{name: 'c'}]};
  const collections = await commandOf(`await client.db('shop').getCollectionNames()`, {ok: 1, cursor});
  assert.deepEqual(collections.command, {listCollections: 1, nameOnly: true, cursor: {}});
  assert.deepEqual(collections.result, ['c']);
});

test('watch is refused', async () => {
  assert.match((await failure('orders.watch()')).message, /change streams are not available/);
});

test('an error of the server has its code and name', async () => {
  const error = await failure('orders.findOne({$bad: 1})', () => (
    {failure: {message: 'unknown top level operator: $bad', code: 'MongoDBError', number: 2, name: 'BadValue'}}));
  assert.deepEqual(error, {message: 'unknown top level operator: $bad', code: two, codeName: 'BadValue',
                           writeErrors: {$undefined: true}, insertedIds: {$undefined: true}, isError: true});
  const ours = await failure('orders.findOne()', () => ({failure: {message: 'no server', code: 'MongoDBError'}}));
  assert.equal(ours.code, 'MongoDBError');
});

test('an error of one document says which', async () => {
  const duplicate = {index: 1, code: 11000, errmsg: 'E11000 duplicate key error'};
  const error = await failure(
      'orders.insertMany([{_id: 1}, {_id: 1}, {_id: 2}])', {ok: 1, n: 1, writeErrors: [duplicate]});
  assert.deepEqual([error.message, error.code, error.codeName],
                   ['E11000 duplicate key error', {$numberInt: '11000'}, 'DuplicateKey']);
  assert.deepEqual(error.writeErrors[0].index, one);
  assert.deepEqual(error.insertedIds, [one]);
  const unordered = await failure('orders.insertMany([{_id: 1}, {_id: 1}, {_id: 2}], {ordered: false})',
                                  {ok: 1, n: 2, writeErrors: [duplicate]});
  assert.deepEqual(unordered.insertedIds, [one, two]);
  const writeConcernError = {code: 64, codeName: 'WriteConcernTimeout', errmsg: 'slow'};
  const concern = await failure('orders.insertOne({_id: 1})', {ok: 1, n: 1, writeConcernError});
  assert.deepEqual([concern.message, concern.codeName], ['slow', 'WriteConcernTimeout']);
});

test('an argument that cannot be is named', async () => {
  const cases: [string, string][] = [
    ['orders.find(5)', 'find: the query must be an object, not a number'],
    ['orders.find({}, [])', 'find: the projection must be an object, not an array'],
    ['orders.find().sort("a")', 'sort: the order must be an object, not a string'],
    ['orders.find().limit(-1)', 'limit: the number must be an integer from 0 to 2147483647'],
    ['orders.findOne(BSON.ObjectId())', 'findOne: the query must be an object, not BSON.ObjectId'],
    ['orders.insertOne()', 'insertOne: the document must be an object, not undefined'],
    ['orders.insertOne(null)', 'insertOne: the document must be an object, not null'],
    ['orders.insertMany({})', 'insertMany: the documents must be an array, not an object'],
    ['orders.insertMany([])', 'insertMany: the documents must be at least one'],
    ['orders.insertMany([{}, 1])', 'insertMany: document 1 must be an object, not a number'],
    ['orders.updateOne({}, {a: 1})', 'updateOne: the update must have operators such as $set, and nothing else'],
    ['orders.updateMany({}, 1)', 'updateMany: the update must be an object, not a number'],
    ['orders.replaceOne({}, {$set: {}})', 'replaceOne: the replacement must have no operators, not $set'],
    ['orders.deleteOne("x")', 'deleteOne: the query must be an object, not a string'],
    ['orders.aggregate({})', 'aggregate: the pipeline must be an array, not an object'],
    ['orders.aggregate([1])', 'aggregate: stage 0 of the pipeline must be an object, not a number'],
    ['orders.distinct()', 'distinct: the field must be a string with text, not undefined'],
    ['orders.bulkWrite([{fly: {}}])', 'bulkWrite: operation 0 must be one of insertOne, updateOne, updateMany, ' +
      'replaceOne, deleteOne, deleteMany'],
    ['orders.findOne({}, {}, {session: 1})', 'findOne: options.session must be a session that startSession() gave'],
    ['client.db()', 'db: the name must be a string with text, not undefined'],
    ['client.db("a").collection("")', 'collection: the name must be a string with text, not empty'],
  ];
  for (const [call, message] of cases) {
    assert.equal((await failure(call, cursorOf([]))).message, message, call);
  }
});
