// fetch, http and https over a service that the test plays.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {FunctionHost, type ServiceAnswer, type ServiceCall} from './function_host.ts';

const headers = [['Content-Type', 'application/json'], ['Set-Cookie', 'a=1'], ['Set-Cookie', 'b=2'], ['X-A', '1']];

function answerWith(body: string | Uint8Array, value: object = {}): (call: ServiceCall) => Promise<ServiceAnswer> {
  return async ({argument}) => ({
    value: {status: 200, statusText: 'OK', url: argument.url, redirected: false, headers, ...value},
    body: Buffer.from(body),
  });
}

test('fetch sends what it was given', async () => {
  const host = new FunctionHost({answer: answerWith('{"a":[1]}')});
  assert.deepEqual(await host.run(`exports = async () => {
    const init = {method: 'post', headers: {'X-One': ' 1 '}, body: 'text'};
    const response = await fetch('https://Example.com/p?q#hash', init);
    const data = await response.json();
    return [response.ok, response.status, response.statusText, response.url, response.headers.get('x-a'),
      response.headers.getSetCookie(), data.a.length, response.bodyUsed]; };`),
  [true, {$numberInt: '200'}, 'OK', 'https://example.com/p?q', '1', ['a=1', 'b=2'], {$numberInt: '1'}, true]);
  const [call] = host.calls;
  assert.equal(call!.service, '');
  assert.equal(call!.action, 'fetch');
  assert.deepEqual(call!.argument, {
    url: 'https://example.com/p?q',
    method: 'POST',
    headers: [['content-type', 'text/plain;charset=UTF-8'], ['x-one', '1']],
    redirect: 'follow',
  });
  assert.equal(call!.body!.toString(), 'text');
});

// [body expression, content type, text]
const bodies: [string, string | undefined, string][] = [
  ['new URLSearchParams({a: "b c"})', 'application/x-www-form-urlencoded;charset=UTF-8', 'a=b+c'],
  ['Buffer.from("bytes")', undefined, 'bytes'],
  ['new Uint8Array([97, 98]).buffer', undefined, 'ab'],
  ['new Blob(["a", Buffer.from("b")], {type: "text/X"})', 'text/x', 'ab'],
  ['BSON.Binary.fromText("bin")', undefined, 'bin'],
];

for (const [body, type, text] of bodies) {
  test(`fetch sends ${body}`, async () => {
    const host = new FunctionHost({answer: answerWith('')});
    await host.run(`exports = async () => { await fetch('http://h/', {method: 'PUT', body: ${body}}); };`);
    const [call] = host.calls;
    assert.equal(call!.body!.toString(), text);
    assert.equal(new Map(call!.argument.headers).get('content-type'), type);
  });
}

test('fetch sends forms in parts', async () => {
  const host = new FunctionHost({answer: answerWith('')});
  await host.run(`exports = async () => {
    const form = new FormData();
    form.append('na"me', 'value');
    form.append('file', new Blob(['data'], {type: 'text/plain'}), 'f.txt');
    await fetch('http://h/', {method: 'POST', body: form}); };`);
  const [call] = host.calls;
  const boundary = /^multipart\/form-data; boundary=(.+)$/.exec(call!.argument.headers[0][1])![1];
  assert.equal(call!.body!.toString(), [
    `--${boundary}`, 'Content-Disposition: form-data; name="na%22me"', '', 'value',
    `--${boundary}`, 'Content-Disposition: form-data; name="file"; filename="f.txt"', 'Content-Type: text/plain', '',
    'data', `--${boundary}--`, '',
  ].join('\r\n'));
});

test('a response gives its body in every form, once', async () => {
  const host = new FunctionHost({answer: answerWith('\ufeffé=1', {headers: [['content-type', 'text/plain']]})});
  assert.deepEqual(await host.run(`exports = async () => {
    const first = await fetch('http://h/');
    const [a, b, c, d] = [first.clone(), first.clone(), first.clone(), first.clone()];
    const chunks = [];
    for await (const chunk of d.body) chunks.push(chunk.length);
    const seen = [await first.text(), (await a.arrayBuffer()).byteLength, (await b.blob()).type,
      (await c.bytes()).length, chunks[0], first.bodyUsed];
    try { await first.text(); } catch (error) { seen.push(error.message); }
    try { first.clone(); } catch (error) { seen.push(error.name); }
    return seen; };`),
  ['é=1', {$numberInt: '7'}, 'text/plain', {$numberInt: '7'}, {$numberInt: '7'}, true,
    'Body is unusable: it has been read already', 'TypeError']);
});

test('a failure of the network is a TypeError with its cause', async () => {
  const answer = async (): Promise<ServiceAnswer> => ({message: 'host h: refused', code: 'RestrictedHost'});
  assert.deepEqual(await new FunctionHost({answer}).run(`exports = async () => {
    try { await fetch('http://h/'); }
    catch (e) { return [e instanceof TypeError, e.message, e.code, e.cause.code]; } };`),
  [true, 'fetch failed: host h: refused', 'RestrictedHost', 'RestrictedHost']);
});

// [arguments of fetch, what the error says]
const refused: [string, RegExp][] = [
  ["'nonsense'", /Invalid URL/],
  ["'ftp://h/'", /only http and https/],
  ["'file:///etc/passwd'", /only http and https/],
  ["'http://u:p@h/'", /credentials/],
  ["'http://h/', {method: 'CONNECT'}", /not a valid HTTP method/],
  ["'http://h/', {method: 'A B'}", /not a valid HTTP method/],
  ["'http://h/', {body: 'x'}", /GET\/HEAD method cannot have body/],
  ["'http://h/', {headers: {'a b': '1'}}", /invalid header name "a b"/],
  ["'http://h/', {headers: {a: '1\\r\\nb: 2'}}", /invalid value of header a/],
  ["'http://h/', {headers: {a: '€'}}", /invalid value of header a/],
  ["'http://h/', {redirect: 'maybe'}", /allowed: follow, manual, error/],
  ["'http://h/', {method: 'POST', body: require('stream').Readable.from(['a'])}", /cannot be a stream/],
  ["'http://h/', {signal: AbortSignal.abort()}", /aborted/],
];

for (const [args, text] of refused) {
  test(`fetch(${args}) is refused without a call`, async () => {
    const host = new FunctionHost({answer: answerWith('')});
    await assert.rejects(host.evaluate(`fetch(${args})`), text);
    assert.equal(host.calls.length, 0);
  });
}

test('fetch can be aborted, and a timeout does not hold the invocation', async () => {
  const answer = async (call: ServiceCall): Promise<ServiceAnswer> => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return answerWith('')(call);
  };
  const begin = Date.now();
  assert.deepEqual(await new FunctionHost({answer}).run(`exports = async () => {
    const seen = [];
    try { await fetch('http://h/', {signal: AbortSignal.timeout(5)}); } catch (error) { seen.push(error.name); }
    const response = await fetch('http://h/', {signal: AbortSignal.timeout(60000)});
    return [...seen, response.status]; };`), ['TimeoutError', {$numberInt: '200'}]);
  assert.ok(Date.now() - begin < 10000);
});

test('Response and Request can be made', async () => {
  assert.deepEqual(await new FunctionHost().run(`exports = async () => {
    const json = Response.json({a: 1}, {status: 201});
    const request = new Request('http://h/', {method: 'post', body: 'x', headers: [['a', '1']]});
    const copy = new Request(request, {headers: {b: '2'}});
    return [json.status, json.headers.get('content-type'), await json.text(), Response.redirect('http://h/x').status,
      request.method, await copy.text(), copy.headers.has('a'), [...copy.headers.keys()]]; };`),
  [{$numberInt: '201'}, 'application/json', '{"a":1}', {$numberInt: '302'}, 'POST', 'x', false, ['b']]);
});

test('http.request sends at its end and reads the answer as a stream', async () => {
  const host = new FunctionHost({answer: answerWith('answer', {status: 404, statusText: 'Not Found'})});
  assert.deepEqual(await host.run(`exports = () => new Promise((resolve, reject) => {
    const headers = {'X-A': ['1', '2']};
    const options = {hostname: 'h', port: 8443, path: '/p?q=1', method: 'PUT', headers, auth: 'u:p'};
    const request = require('https').request(options, (response) => {
      const chunks = [];
      response.setEncoding('utf8');
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve([response.statusCode, response.statusMessage, response.headers['set-cookie'],
        response.headers['x-a'], response.rawHeaders.length, chunks.join('')]));
    });
    request.on('error', reject);
    request.setHeader('X-B', 3);
    request.write('one ');
    request.end(Buffer.from('two'));
  });`), [{$numberInt: '404'}, 'Not Found', ['a=1', 'b=2'], '1', {$numberInt: '8'}, 'answer']);
  const [call] = host.calls;
  assert.deepEqual(call!.argument, {
    url: 'https://h:8443/p?q=1',
    method: 'PUT',
    headers: [['X-A', '1'], ['X-A', '2'], ['Authorization', 'Basic dTpw'], ['X-B', '3']],
    redirect: 'manual',
  });
  assert.equal(call!.body!.toString(), 'one two');
});

test('http.get of a URL; errors are events', async () => {
  const source = `exports = (url) => new Promise((resolve) => {
    require('http').get(url, (response) => { response.resume(); response.on('end', () => resolve('ended')); })
        .on('error', (error) => resolve(error.code)); });`;
  assert.equal(await new FunctionHost({answer: answerWith('x')}).run(source, 'http://h/'), 'ended');
  assert.equal(await new FunctionHost().run(source, 'http://h/'), 'HTTPError');
  await assert.rejects(new FunctionHost().evaluate("require('http').get({host: 'h', path: '/a b'})"), /unescaped/);
});

test('http: timeouts, abort, servers', async () => {
  const answer = (): Promise<ServiceAnswer> => new Promise((resolve) => {
    setTimeout(() => resolve({message: 'late', code: 'HTTPError'}), 60);
  });
  assert.deepEqual(await new FunctionHost({answer}).run(`exports = () => new Promise((resolve) => {
    const seen = [];
    const request = require('http').get('http://h/', {timeout: 5});
    request.on('timeout', () => { seen.push('timeout'); request.abort(); });
    request.on('error', (error) => seen.push(error.code));
    request.on('close', () => resolve(seen)); });`), ['timeout', 'ECONNRESET']);
  const server = new FunctionHost().evaluate("require('http').createServer()");
  await assert.rejects(server, /http\.createServer is not available/);
});
