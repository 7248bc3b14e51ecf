import assert from 'node:assert/strict';
import {test} from 'node:test';
import {FunctionHost} from './function_host.ts';

const host = new FunctionHost();

// [expression, its text as Node's util.inspect gives it]
const values: [string, string][] = [
  ['"a\'b"', '"a\'b"'],
  ['"a\\n\\u0001"', "'a\\n\\x01'"],
  ['-0', '-0'],
  ['10n', '10n'],
  ['[undefined, null, true, Symbol("s")]', '[ undefined, null, true, Symbol(s) ]'],
  ['{}', '{}'],
  ['[]', '[]'],
  ['{a: 1, "b-c": "x", [Symbol("k")]: 2}', "{ a: 1, 'b-c': 'x', [Symbol(k)]: 2 }"],
  ['[1, , , 4]', '[ 1, <2 empty items>, 4 ]'],
  ['Object.assign([], {length: 4294967295, 4000000000: 1})',
    '[ <4000000000 empty items>, 1, <294967294 empty items> ]'],
  ['Object.assign([1], {extra: 2})', '[ 1, extra: 2 ]'],
  ['{a: {b: {c: {d: 1}}}}', '{ a: { b: { c: [Object] } } }'],
  ['[[[[]]]]', '[ [ [ [] ] ] ]'],
  ['[[[[1]]]]', '[ [ [ [Array] ] ] ]'],
  ['new (class Foo { constructor() { this.x = 1; } })()', 'Foo { x: 1 }'],
  ['new (class Foo extends Map {})([[1, 2]])', 'Foo(1) [Map] { 1 => 2 }'],
  ['Object.create(null)', '[Object: null prototype] {}'],
  ['{get a() { return 1; }, set b(v) {}, get c() { return 1; }, set c(v) {}}',
    '{ a: [Getter], b: [Setter], c: [Getter/Setter] }'],
  ['class A {}', '[class A]'],
  ['class B extends Array {}', '[class B extends Array]'],
  ['[() => 1, function f() {}, async () => 1, function* g() {}]',
    '[\n  [Function (anonymous)],\n  [Function: f],\n  [AsyncFunction (anonymous)],\n  [GeneratorFunction: g]\n]'],
  ['Object.assign(function f() {}, {a: 1})', '[Function: f] { a: 1 }'],
  ['new Map([["a", {b: 1}]])', "Map(1) { 'a' => { b: 1 } }"],
  ['new Set([1, "x"])', "Set(2) { 1, 'x' }"],
  ['new Date(0)', '1970-01-01T00:00:00.000Z'],
  ['new Date(NaN)', 'Invalid Date'],
  ['/a+/gi', '/a+/gi'],
  ['new Uint8Array([1, 2])', 'Uint8Array(2) [ 1, 2 ]'],
  ['new Uint8Array([1, 255]).buffer', 'ArrayBuffer { [Uint8Contents]: <01 ff>, byteLength: 2 }'],
  ['Buffer.from("hi")', '<Buffer 68 69>'],
  ['[new Number(3), new String("s")]', "[ [Number: 3], [String: 's'] ]"],
  ['new WeakMap()', 'WeakMap { <items unknown> }'],
  ['(function () { return arguments; })(1, 2)', '[Arguments] [ 1, 2 ]'],
  ['{[Symbol.toStringTag]: "Tag"}', "{ [Symbol(Symbol.toStringTag)]: 'Tag' }"],
  ['BSON.ObjectId("5e5d6f3c9b1e8a3f4c2d1b0a")', "ObjectId('5e5d6f3c9b1e8a3f4c2d1b0a')"],
  ['[BSON.Long(1, 0), BSON.Double(1.5)]', '[ Long(1), Double(1.5) ]'],
  ['{[require("util").inspect.custom]: (depth) => `mine ${depth}`}', 'mine 2'],
  ['new (class A { get [Symbol.toStringTag]() { return "T"; } })()', 'A [T] {}'],
];

for (const [expression, text] of values) {
  test(`inspects ${expression}`, async () => {
    assert.equal(await host.evaluate(`require('util').inspect(${expression})`), text);
  });
}

test('numbers what is circular', async () => {
  const text = await host.run('exports = () => { const a = {b: {}}; a.b.a = a; return require("util").inspect(a); };');
  assert.equal(text, '<ref *1> { b: { a: [Circular *1] } }');
});

test('breaks what is too long for a line', async () => {
  const text = await host.evaluate('require("util").inspect({a: "x".repeat(40), b: "y".repeat(40)})');
  assert.equal(text, `{\n  a: '${'x'.repeat(40)}',\n  b: '${'y'.repeat(40)}'\n}`);
});

test('shows no more than 100 items and 10,000 characters', async () => {
  assert.match(await host.evaluate('require("util").inspect(Array(150).fill(0))'), /0,\n  \.\.\. 50 more items\n\]$/);
  const text = await host.evaluate('require("util").inspect("x".repeat(10003))');
  assert.equal(text, `'${'x'.repeat(10000)}'... 3 more characters`);
});

test('shows errors with their stack, their cause and what else they have', async () => {
  const text = await host.run(`exports = () => {
    const error = Object.assign(new TypeError('broken', {cause: new Error('why')}), {code: 'E_BROKEN'});
    return require('util').inspect(error); };`);
  assert.match(text, /^TypeError: broken\n    at exports \(functions\/f\/source\.js:2:33\)/);
  assert.match(text, / \{\n  code: 'E_BROKEN',\n  \[cause\]: Error: why\n      at exports/);
  assert.doesNotMatch(text, /overlock:/);
});

test('takes the options of Node', async () => {
  const inspect = (rest: string): Promise<string> => host.evaluate(`require('util').inspect(${rest})`);
  assert.equal(await inspect('{a: {b: {}}}, {depth: 0}'), '{ a: [Object] }');
  assert.equal(await inspect('{a: {b: {c: {d: {}}}}}, {depth: null, breakLength: Infinity}'),
               '{ a: { b: { c: { d: {} } } } }');
  assert.equal(await inspect('{b: 1, a: 2}, {sorted: true}'), '{ a: 2, b: 1 }');
  assert.equal(await inspect('[1, 2, 3], {maxArrayLength: 1}'), '[ 1, ... 2 more items ]');
  assert.equal(await inspect('{get a() { return 7; }}, {getters: true}'), '{ a: [Getter: 7] }');
  assert.equal(await inspect('[1], true'), '[ 1, [length]: 1 ]');
});

test('asks no getter and survives what throws', async () => {
  const text = await host.run(`exports = () => {
    let asked = 0;
    const value = {get a() { ++asked; throw new Error('no'); }};
    return [require('util').inspect(value), asked]; };`);
  assert.deepEqual(text, ['{ a: [Getter] }', {$numberInt: '0'}]);
});

// [arguments, the line]
const formats: [string, string][] = [
  ["'%s is %d', 'a', 4.5, 'rest', {b: 1}", 'a is 4.5 rest { b: 1 }'],
  ["'%i %f', '42.9px', '1.5e1x'", '42 15'],
  ["'%j', {a: [1]}", '{"a":[1]}'],
  ["'%o', [1]", '[ 1, [length]: 1 ]'],
  ["'%O', {a: {b: {c: {}}}}", '{ a: { b: { c: {} } } }'],
  ["'%c styled', 'color: red'", ' styled'],
  ["'100%', 1", '100% 1'],
  ["'%% %s'", '%% %s'],
  ["'%% %s', 'x'", '% x'],
  ["'%s %s', 'only'", 'only %s'],
  ["'%s', -0", '-0'],
  ["'%s %d', 5n, 6n", '5n 6n'],
  ["'%d', {}", 'NaN'],
  ["'%s', {a: {b: 1}}", '{ a: [Object] }'],
  ["'%s', {toString() { return 'mine'; }}", 'mine'],
  ["'%s', Symbol('x')", 'Symbol(x)'],
  ["'%j', (() => { const a = {}; a.a = a; return a; })()", '[Circular]'],
  ["1, 'a', null", '1 a null'],
  ['', ''],
];

for (const [args, line] of formats) {
  test(`formats ${args}`, async () => {
    assert.equal(await host.evaluate(`require('util').format(${args})`), line);
  });
}
