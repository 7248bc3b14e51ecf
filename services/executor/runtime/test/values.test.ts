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

// [expression, its standard JSON]
const plainResults: [string, string | undefined][] = [
  ['1', '1'],
  ['2 ** 53', '9007199254740992'],
  ['-1.5e300', '-1.5e+300'],
  ['[-0, NaN, -Infinity]', '[0,null,null]'],
  ['"a\\"\\u2028"', '"a\\"\u2028"'],
  ['[true, null, undefined, () => {}]', '[true,null,null,null]'],
  ['({a: undefined, f() {}, s: Symbol(), b: {}})', '{"b":{}}'],
  ['undefined', undefined],
  ['10n ** 20n', '100000000000000000000'],
  ['new Date(1641954803067)', '"2022-01-12T02:33:23.067Z"'],
  ['new Date(NaN)', 'null'],
  ['/^H/i', '{"Pattern":"^H","Options":"i"}'],
  ['new Map([["a", 1], ["b", undefined], ["c", new Set([2])]])', '{"a":1,"c":[2]}'],
  ['new Uint8Array([104, 105])', '{"Subtype":0,"Data":"aGk="}'],
  ['({toJSON: () => [1]})', '[1]'],
  ['BSON.ObjectId("5e5d6f3c9b1e8a3f4c2d1b0a")', '"5e5d6f3c9b1e8a3f4c2d1b0a"'],
  ['BSON.Int32(7)', '7'],
  ['BSON.Double(0.5)', '0.5'],
  ['EJSON.parse(\'{"$numberLong":"9223372036854775807"}\')', '9223372036854775807'],
  ['BSON.Decimal128.fromString("9823.1297")', '"9823.1297"'],
  ['BSON.Binary.fromText("hi", 5)', '{"Subtype":5,"Data":"aGk="}'],
  ['BSON.BSONRegExp("^H", "i")', '{"Pattern":"^H","Options":"i"}'],
  ['EJSON.parse(\'{"$timestamp":{"t":1565545664,"i":1}}\')', '{"T":1565545664,"I":1}'],
  ['[BSON.MaxKey, BSON.MinKey]', '[{},{}]'],
  ['EJSON.parse(\'{"$code":"x","$scope":{"a":1}}\')', '{"Code":"x","Scope":{"a":1}}'],
  ['EJSON.parse(\'{"$symbol":"x"}\', {relaxed: false})', '"x"'],
  ['EJSON.parse(\'{"$ref":"c","$id":{"$oid":"5e5d6f3c9b1e8a3f4c2d1b0a"},"x":2}\')',
   '{"$ref":"c","$id":"5e5d6f3c9b1e8a3f4c2d1b0a","x":2}'],
];

for (const [expression, result] of plainResults) {
  test(`${expression} leaves an endpoint as standard JSON`, async () => {
    assert.equal(await host.runEndpoint(`exports = async () => (${expression});`, 2), result);
  });
}

test('an endpoint sends its result with what was set, unless that is a body', async () => {
  const source = (statements: string) => `exports = (payload, response) => { ${statements}; return {a: 1}; };`;
  assert.deepEqual([...await host.runEndpoint(source('response.setStatusCode(201)'), 2)],
                   [201, '{"a":1}', 'Content-Type', 'application/json']);
  assert.deepEqual([...await host.runEndpoint(source('response.addHeader("content-TYPE", "a/b")'), 2)],
                   [200, '{"a":1}', 'content-TYPE', 'a/b']);
  assert.deepEqual([...await host.runEndpoint(source('response.setBody("own")'), 2)], [200, 'own']);
  assert.deepEqual([...await host.runEndpoint(source(''), 0)], [204, undefined]);
  assert.deepEqual([...await host.runEndpoint(source('response.setStatusCode(200)'), 0)], [200, undefined]);
});

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
