// What crosses the border of a function: EJSON, payloads, the response object, arguments of other functions.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {FunctionHost} from './function_host.ts';

const host = new FunctionHost();

// [expression, its canonical Extended JSON]
const results: [string, unknown][] = [
  ['1', {$numberInt: '1'}],
  ['2 ** 31', {$numberLong: '2147483648'}],
  ['1.5', {$numberDouble: '1.5'}],
  ['-0', {$numberDouble: '-0.0'}],
  ['NaN', {$numberDouble: 'NaN'}],
  ['"text"', 'text'],
  ['null', null],
  ['new Date(5)', {$date: {$numberLong: '5'}}],
  ['[1, undefined]', [{$numberInt: '1'}, {$undefined: true}]],
  ['BSON.ObjectId("5e5d6f3c9b1e8a3f4c2d1b0a")', {$oid: '5e5d6f3c9b1e8a3f4c2d1b0a'}],
  ['BSON.Binary.fromText("hi")', {$binary: {base64: 'aGk=', subType: '00'}}],
  ['EJSON.parse(\'{"a":{"$date":"1970-01-01T00:00:00.005Z"}}\').a.getTime()', {$numberInt: '5'}],
];

for (const [expression, result] of results) {
  test(`${expression} leaves as Extended JSON`, async () => {
    assert.deepEqual(await host.evaluate(expression), result);
  });
}

test('a payload has query, headers and body', async () => {
  const source = `exports = (payload, response) => JSON.stringify(
    [payload.query, payload.headers, payload.body.text(), typeof response.setBody]);`;
  const request = {headers: ['X-A', '1', 'X-A', '2'], query: 'a=1&a=2&b=%C3%A9+', body: 'hi'};
  assert.deepEqual(JSON.parse(JSON.parse(await host.runWebhook(source, request))),
                   [{a: '1', b: 'é '}, {'X-A': ['1', '2']}, 'hi', 'function']);
});

test('a body of bytes stays what it is', async () => {
  const source = 'exports = (payload) => payload.body.toHex();';
  assert.equal(await host.runWebhook(source, {body: Buffer.from([0, 255, 0x80])}), '"00ff80"');
});

test('the setters of a response can be chained', async () => {
  const source = `exports = (payload, response) => {
    response.setStatusCode(201).setHeader('X-A', '1').addHeader('X-B', '2').setBody('made'); };`;
  const [status, body, ...headers] = await host.runWebhook(source);
  assert.deepEqual([status, body, ...headers], [201, 'made', 'X-A', '1', 'X-B', '2']);
});

test('arguments and results of other functions are copies', async () => {
  const callee = new FunctionHost().loadOnly(`exports = (value) => {
    value.list.push(value.map.get('k'));
    return {...value, own: value instanceof Object, kind: value.map instanceof Map, self: value}; };`);
  const caller = new FunctionHost({functions: {callee}});
  const result = await caller.run(`exports = () => {
    const value = {list: [1], map: new Map([['k', 2]]), when: new Date(7), bytes: new Uint8Array([1, 2])};
    const result = context.functions.execute('callee', value);
    return [value.list.length, result.list.length, result instanceof Object, result.own, result.kind,
      result.when.getTime(), result.bytes instanceof Uint8Array, result.self.list === result.list]; };`);
  assert.deepEqual(result, [
    {$numberInt: '1'}, {$numberInt: '2'}, true, true, true, {$numberInt: '7'}, true, true,
  ]);
});

test('errors of other functions keep their class and text', async () => {
  const callee = new FunctionHost().loadOnly('exports = async () => { throw new RangeError("too far"); };');
  const caller = new FunctionHost({functions: {callee}});
  assert.deepEqual(await caller.run(`exports = async () => {
    try { await context.functions.execute('callee'); } catch (error) {
      return [error instanceof RangeError, error.message]; } };`), [true, 'too far']);
});
