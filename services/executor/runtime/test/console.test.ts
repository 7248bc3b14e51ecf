import assert from 'node:assert/strict';
import {test} from 'node:test';
import {FunctionHost} from './function_host.ts';

// The lines of a body, each with its level before it: 1 debug, 2 info, 3 warn, 4 error.
async function linesOf(body: string): Promise<string[]> {
  const host = new FunctionHost();
  await host.run(`exports = async () => { ${body} };`);
  return host.lines;
}

test('a call is one line of its level', async () => {
  assert.deepEqual(
      await linesOf("console.log('a', 1); console.info('b'); console.debug('c'); console.warn('d');" +
                    "console.error('e');"),
      ['2 a 1', '2 b', '1 c', '3 d', '4 e']);
});

test('objects stay on one line, line breaks in text stay', async () => {
  assert.deepEqual(
      await linesOf("console.log({a: 'x'.repeat(60), b: {c: ['y'.repeat(60)]}}); console.log('one\\ntwo');"),
      [`2 { a: '${'x'.repeat(60)}', b: { c: [ '${'y'.repeat(60)}' ] } }`, '2 one\ntwo']);
});

test('assert says what failed', async () => {
  assert.deepEqual(
      await linesOf("console.assert(true, 'no'); console.assert(false, 'sum %d', 3); console.assert(0);" +
                    'console.assert(false, {a: 1});'),
      ['3 Assertion failed: sum 3', '3 Assertion failed', '3 Assertion failed: { a: 1 }']);
});

test('count and countReset', async () => {
  assert.deepEqual(
      await linesOf("console.count(); console.count('x'); console.count(); console.countReset(); console.count();" +
                    "console.countReset('never');"),
      ['2 default: 1', '2 x: 1', '2 default: 2', '2 default: 1', "3 Count for 'never' does not exist"]);
});

test('groups indent every line', async () => {
  assert.deepEqual(
      await linesOf("console.group('g'); console.log('a\\nb'); console.group(); console.warn('c');" +
                    "console.groupEnd(); console.groupEnd(); console.groupEnd(); console.log('d');"),
      ['2 g', '2   a\n  b', '3     c', '2 d']);
});

test('time, timeLog and timeEnd', async () => {
  const lines = await linesOf("console.time('t'); console.timeLog('t', 'x'); console.timeEnd('t');" +
                              "console.timeEnd('t'); console.time('u'); console.time('u');");
  assert.match(lines[0]!, /^2 t: [\d.]+ms x$/);
  assert.match(lines[1]!, /^2 t: [\d.]+ms$/);
  assert.deepEqual(lines.slice(2), [
    "3 No such label 't' for console.timeEnd()", "3 Label 'u' already exists for console.time()",
  ]);
});

test('counters and groups do not reach the next invocation', async () => {
  const host = new FunctionHost();
  const source = "exports = () => { console.count(); console.group('g'); };";
  await host.run(source);
  await host.run(source);
  assert.deepEqual(host.lines, ['2 default: 1', '2 g', '2 default: 1', '2 g']);
});

test('trace shows where, without lines of the runtime', async () => {
  const [line] = await linesOf("console.trace('here %d', 1);");
  assert.match(line!, /^4 Trace: here 1\n    at exports \(functions\/f\/source\.js:1:/);
  assert.doesNotMatch(line!, /overlock:/);
});

test('dir takes options', async () => {
  assert.deepEqual(await linesOf('console.dir({a: {b: {}}}, {depth: 0}); console.dir("%s");'),
                   ['2 { a: [Object] }', "2 '%s'"]);
});

test('table draws rows and columns', async () => {
  const [line] = await linesOf("console.table([{a: 1, b: 'x'}, {a: 2}, 3]);");
  assert.equal(line, [
    '2 ┌─────────┬───┬─────┬────────┐',
    '│ (index) │ a │  b  │ Values │',
    '├─────────┼───┼─────┼────────┤',
    "│    0    │ 1 │ 'x' │        │",
    '│    1    │ 2 │     │        │',
    '│    2    │   │     │   3    │',
    '└─────────┴───┴─────┴────────┘',
  ].join('\n'));
  assert.deepEqual(await linesOf("console.table('text'); console.table([[1, 2]], ['1']);"), [
    '2 text',
    ['2 ┌─────────┬───┐', '│ (index) │ 1 │', '├─────────┼───┤', '│    0    │ 2 │', '└─────────┴───┘'].join('\n'),
  ]);
});

test('a line that is too long costs no more than what is kept of it', async () => {
  const host = new FunctionHost();
  await host.run(`exports = () => {
    let asked = 0;
    const list = Array.from({length: 90}, () => ({[Symbol.for('nodejs.util.inspect.custom')]: () => {
      ++asked; return 'x'.repeat(100); }}));
    console.log(list);
    console.log(asked);
  };`);
  assert.ok(Number(host.lines[1]!.slice(2)) < 10, host.lines[1]);
});
