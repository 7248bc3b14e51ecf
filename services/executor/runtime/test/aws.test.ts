// The actions of AWS: the requests that functions' inputs become, and the results that answers become.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {FunctionHost, type ServiceCall} from './function_host.ts';

interface Answer {
  statusCode?: number;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
}

// A function's result, and the one request that it made.
interface Run {
  result: any;
  call: ServiceCall;
  host: FunctionHost;
}
async function run(expression: string, answer: Answer = {}): Promise<Run> {
  const host = new FunctionHost({
    services: {cloud: 'aws'},
    answer: async () => ({
      value: {statusCode: answer.statusCode ?? 200, statusMessage: 'Reason', headers: answer.headers ?? {}},
      body: Buffer.from(answer.body ?? ''),
    }),
  });
  const result = await host.run(
      `exports = async () => { const cloud = context.services.get('cloud'); return ${expression}; };`);
  return {result, call: host.calls[0]!, host};
}

async function failure(expression: string, answer: Answer = {}): Promise<any> {
  const names = '[e.message, e.code, e.awsCode, e.statusCode?.toString(), e.requestId, e instanceof Error]';
  return (await run(`${expression}.catch((e) => ${names})`, answer)).result;
}

// The protocol rest-xml.

test('an object of S3 is put', async () => {
  const {result, call, host} = await run(
      `await cloud.s3('eu-west-1').PutObject({Bucket: 'photos', Key: '/a//ü b.png', ContentType: 'image/png',
        Metadata: {Colour: 'blue'}, Body: BSON.Binary.fromHex('00ff10'), Boddy: 1})`,
      {headers: {etag: '"e"', 'x-amz-version-id': 'v1'}});
  assert.equal(call.service, 'cloud');
  assert.equal(call.action, 's3:PutObject');
  assert.deepEqual(call.argument, {
    region: 'eu-west-1',
    method: 'PUT',
    path: '/photos/a/%C3%BC%20b.png',
    headers: {'Content-Type': 'image/png', 'x-amz-meta-Colour': 'blue'},
    input: {
      Body: {$binary: {base64: 'AP8Q', subType: '00'}},
      Bucket: 'photos',
      ContentType: 'image/png',
      Key: 'a/ü b.png',
      Metadata: {Colour: 'blue'},
    },
  });
  assert.deepEqual(call.body, Buffer.from('00ff10', 'hex'));
  assert.deepEqual(result, {ETag: '"e"', VersionId: 'v1'});
  assert.match(host.lines.join('\n'), /aws s3.PutObject: there is no field 'Boddy'; it is ignored/);
});

test('long bodies are no part of what rules see', async () => {
  const {call} = await run(`await cloud.s3().PutObject({Bucket: 'b', Key: 'k', Body: 'a'.repeat(1025)})`);
  assert.deepEqual(call.argument.input, {Bucket: 'b', Key: 'k'});
  assert.equal(call.argument.region, '');
  assert.equal(call.body!.length, 1025);
});

test('bodies are strings, Binary, Buffer and typed arrays', async () => {
  for (const body of ['"hi"', 'BSON.Binary.fromHex("6869")', 'Buffer.from("hi")', 'new Uint8Array([104, 105])']) {
    const {call} = await run(`await cloud.s3().PutObject({Bucket: 'b', Key: 'k', Body: ${body}})`);
    assert.equal(call.body!.toString(), 'hi', body);
  }
  const [message] = await failure(`cloud.s3().PutObject({Bucket: 'b', Key: 'k', Body: {a: 1}})`);
  assert.match(message, /aws s3.PutObject.Body must be a string, a BSON.Binary or a Buffer/);
});

test('an object of S3 is got as Binary', async () => {
  const {result} = await run(
      `await cloud.s3('us-east-1').GetObject({Bucket: 'b', Key: 'k'}).then((r) =>
        [r.Body._bsontype, r.Body.text(), r.ContentLength, r.LastModified instanceof Date, r.Metadata])`,
      {
        body: 'text',
        headers: {'content-length': '4', 'last-modified': 'Wed, 21 Oct 2015 07:28:00 GMT', 'x-amz-meta-a': 'b'},
      });
  assert.deepEqual(result, ['Binary', 'text', {$numberInt: '4'}, true, {a: 'b'}]);
});

test('lists of S3 are read', async () => {
  const list = `await cloud.s3().ListObjectsV2({Bucket: 'b', Prefix: 'x/y', MaxKeys: BSON.Int32(2)})`;
  const {result, call} = await run(list, {
    body: '<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated><KeyCount>1</KeyCount>' +
        '<Contents><Key>x/y&amp;z</Key><Size>5</Size></Contents></ListBucketResult>',
  });
  assert.equal(call.argument.path, '/b?list-type=2&max-keys=2&prefix=x%2Fy');
  assert.equal(result.IsTruncated, false);
  assert.equal(result.Contents[0].Key, 'x/y&z');
  assert.deepEqual(result.Contents[0].Size, {$numberInt: '5'});
});

test('bodies of S3 are XML', async () => {
  const {call} = await run(`await cloud.s3().DeleteObjects({Bucket: 'b', Delete: {Objects: [{Key: 'a<b'}]}})`);
  assert.equal(call.body!.toString(), '<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
      '<Object><Key>a&lt;b</Key></Object></Delete>');
});

test('errors of S3 have the text of the SDK for Go', async () => {
  const get = `cloud.s3().GetObject({Bucket: 'b', Key: 'k'})`;
  assert.deepEqual(
      await failure(get, {
        statusCode: 404,
        headers: {'x-amz-request-id': 'R1'},
        body: '<Error><Code>NoSuchKey</Code><Message>The key &lt;k&gt; is not there.</Message></Error>',
      }),
      ['NoSuchKey: The key <k> is not there.\n\tstatus code: 404, request id: R1', 'AWSError', 'NoSuchKey', '404', 'R1',
       true]);
  const [head] = await failure(`cloud.s3().HeadObject({Bucket: 'b', Key: 'k'})`, {statusCode: 404});
  assert.match(head, /^NotFound: /);
  const copy = `cloud.s3().CopyObject({Bucket: 'b', Key: 'k', CopySource: 'a/b'})`;
  const slow = '<?xml version="1.0"?>\n<Error><Code>SlowDown</Code><Message>m</Message></Error>';
  const [late] = await failure(copy, {body: slow});
  assert.match(late, /^SlowDown: m\n/);
});

test('a bucket is located', async () => {
  const {result} = await run(`await cloud.s3().GetBucketLocation({Bucket: 'b'})`,
                             {body: '<LocationConstraint xmlns="x">eu-west-1</LocationConstraint>'});
  assert.deepEqual(result, {LocationConstraint: 'eu-west-1'});
});

test('ids of Route 53 lose the path in front', async () => {
  const {call} = await run(`await cloud.route53().GetHostedZone({Id: '/hostedzone/Z1'})`, {
    body: '<GetHostedZoneResponse><HostedZone><Id>/hostedzone/Z1</Id></HostedZone></GetHostedZoneResponse>',
  });
  assert.equal(call.argument.path, '/2013-04-01/hostedzone/Z1');
});

test('URLs are presigned by the supervisor', async () => {
  const host = new FunctionHost({services: {cloud: 'aws'}, answer: async () => ({value: 'https://signed'})});
  const source = `exports = () => context.services.get('cloud').s3('us-east-1').PresignURL(
    {Bucket: 'b', Key: '/some/path', Method: 'GET', ExpirationMS: 30000});`;
  assert.equal(await host.run(source), 'https://signed');
  assert.equal(host.calls[0]!.action, 's3:PresignURL');
  assert.deepEqual(host.calls[0]!.argument, {
    region: 'us-east-1',
    input: {Bucket: 'b', Key: '/some/path', Method: 'GET', ExpirationMS: {$numberInt: '30000'}},
  });
});

// The protocol query.

const email = `cloud.ses('us-east-1').SendEmail({Source: 'a@b.c', Destination: {ToAddresses: ['d@e.f', 'g@h.i']},
  Message: {Body: {Html: {Charset: 'UTF-8', Data: '<b>&'}}, Subject: {Data: 'ä'}}})`;

test('an email is sent', async () => {
  const {result, call} = await run(`await ${email}`, {
    body: '<SendEmailResponse xmlns="x"><SendEmailResult><MessageId>m-1</MessageId></SendEmailResult>' +
        '<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></SendEmailResponse>',
  });
  assert.equal(call.action, 'ses:SendEmail');
  assert.equal(call.argument.method, 'POST');
  assert.equal(call.argument.path, '/');
  assert.deepEqual(Object.fromEntries(new URLSearchParams(call.body!.toString())), {
    Action: 'SendEmail',
    Version: '2010-12-01',
    'Destination.ToAddresses.member.1': 'd@e.f',
    'Destination.ToAddresses.member.2': 'g@h.i',
    'Message.Body.Html.Charset': 'UTF-8',
    'Message.Body.Html.Data': '<b>&',
    'Message.Subject.Data': 'ä',
    Source: 'a@b.c',
  });
  assert.deepEqual(result, {MessageId: 'm-1'});
});

test('errors of the query protocol are read', async () => {
  const [message] = await failure(email, {
    statusCode: 400,
    body: '<ErrorResponse><Error><Type>Sender</Type><Code>MessageRejected</Code>' +
        '<Message>Email address is not verified.</Message></Error><RequestId>r-1</RequestId></ErrorResponse>',
  });
  assert.equal(message, 'MessageRejected: Email address is not verified.\n\tstatus code: 400, request id: r-1');
});

// The protocol ec2.

test('instances of EC2 are described', async () => {
  const {result, call} = await run(
      `await cloud.ec2().DescribeInstances({InstanceIds: ['i-1'], Filters: [{Name: 'a', Values: ['b', 'c']}]})`, {
        body: '<DescribeInstancesResponse><reservationSet><item><instancesSet>' +
            '<item><instanceId>i-1</instanceId></item></instancesSet></item></reservationSet>' +
            '</DescribeInstancesResponse>',
      });
  assert.equal(call.body!.toString(), 'Action=DescribeInstances&Filter.1.Name=a&Filter.1.Value.1=b&' +
      'Filter.1.Value.2=c&InstanceId.1=i-1&Version=2016-11-15');
  assert.equal(result.Reservations[0].Instances[0].InstanceId, 'i-1');
  const [message] = await failure('cloud.ec2().DescribeInstances()', {
    statusCode: 401,
    body: '<Response><Errors><Error><Code>AuthFailure</Code><Message>no</Message></Error></Errors>' +
        '<RequestID>q</RequestID></Response>',
  });
  assert.equal(message, 'AuthFailure: no\n\tstatus code: 401, request id: q');
});

// The protocol json.

test('an item is put into DynamoDB', async () => {
  const {result, call} = await run(
      `await cloud.dynamodb().PutItem({TableName: 't', Item: {s: {S: 'x'}, b: {B: BSON.Binary.fromHex('00ff')}}})`,
      {body: '{"Attributes":{"b":{"B":"AP8="},"n":{"N":"1"}}}'});
  assert.equal(call.argument.headers['X-Amz-Target'], 'DynamoDB_20120810.PutItem');
  assert.equal(call.body!.toString(), '{"TableName":"t","Item":{"s":{"S":"x"},"b":{"B":"AP8="}}}');
  assert.deepEqual(result, {Attributes: {b: {B: {$binary: {base64: 'AP8=', subType: '00'}}}, n: {N: '1'}}});
});

test('errors of the json protocol are read', async () => {
  const [message, code, awsCode] = await failure(`cloud.dynamodb().PutItem({TableName: 't', Item: {}})`, {
    statusCode: 400,
    headers: {'x-amzn-requestid': 'Q'},
    body: '{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"no table"}',
  });
  assert.equal(message, 'ResourceNotFoundException: no table\n\tstatus code: 400, request id: Q');
  assert.deepEqual([code, awsCode], ['AWSError', 'ResourceNotFoundException']);
});

test('answers that are not those of AWS are errors', async () => {
  const calls = [[`dynamodb().PutItem({TableName: 't', Item: {}})`, '<html>'], [`s3().ListBuckets()`, '{"a"']];
  for (const [call, body] of calls) {
    assert.match((await failure(`cloud.${call}`, {body}))[0], /: the answer is not what AWS answers: /);
  }
});

test('names are those of the SDK for Go', async () => {
  const describe = `await cloud.cloudwatchlogs().DescribeLogGroups({LogGroupNamePrefix: 'x', Limit: 5})`;
  const {result, call} = await run(describe,
                                   {body: '{"logGroups":[{"logGroupName":"g","creationTime":5}]}'});
  assert.equal(call.body!.toString(), '{"logGroupNamePrefix":"x","limit":5}');
  assert.deepEqual(call.argument.input, {LogGroupNamePrefix: 'x', Limit: {$numberInt: '5'}});
  assert.equal(result.LogGroups[0].LogGroupName, 'g');
});

test('BSON numbers, dates and bytes are taken', async () => {
  const {call} = await run(`await cloud.kinesis('us-east-1').PutRecord(
    {Data: JSON.stringify({a: 1}), StreamName: 's', PartitionKey: '1'})`, {body: '{"ShardId":"s"}'});
  assert.equal(Buffer.from(JSON.parse(call.body!.toString()).Data, 'base64').toString(), '{"a":1}');
  const {call: logs} = await run(`await cloud.cloudwatchlogs().PutLogEvents({LogGroupName: 'g', LogStreamName: 's',
    LogEvents: [{Timestamp: BSON.Long.fromNumber(1600000000000), Message: 'm'}]})`, {body: '{}'});
  assert.deepEqual(JSON.parse(logs.body!.toString()).logEvents, [{timestamp: 1600000000000, message: 'm'}]);
});

// The protocol rest-json.

test('a function of Lambda is invoked', async () => {
  const {result, call} = await run(
      `await cloud.lambda('us-east-1').Invoke({FunctionName: 'f:1', InvocationType: 'RequestResponse',
        Payload: JSON.stringify({a: 1})}).then((r) => [EJSON.parse(r.Payload.text()), r.StatusCode, r.FunctionError])`,
      {body: '{"b":2}', headers: {'x-amz-function-error': 'Unhandled'}});
  assert.equal(call.argument.path, '/2015-03-31/functions/f%3A1/invocations');
  assert.equal(call.argument.headers['X-Amz-Invocation-Type'], 'RequestResponse');
  assert.equal(call.body!.toString(), '{"a":1}');
  assert.deepEqual(result, [{b: {$numberInt: '2'}}, {$numberInt: '200'}, 'Unhandled']);
});

test('tokens that make a request idempotent are made', async () => {
  const start = `await cloud.athena().StartQueryExecution({QueryString: 'SELECT 1 + 1 AS two'})`;
  const {call} = await run(start, {body: '{}'});
  assert.match(JSON.parse(call.body!.toString()).ClientRequestToken,
               /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

// What goes wrong before a request is made.

test('what is wrong in an input is said', async () => {
  assert.match((await failure(`cloud.s3().GetObject({Bucket: 'b'})`))[0],
               /^aws s3.GetObject: Missing required key 'Key' in input$/);
  assert.match((await failure(`cloud.secretsmanager().GetSecretValue({SecretId: 5})`))[0],
               /Expected input.SecretId to be a string/);
  assert.match((await failure(`cloud.s3().GetObject({Bucket: 'a/b', Key: 'k'})`))[0], /Bucket must not hold a slash/);
  assert.match((await failure(`cloud.s3().SelectObjectContent({})`))[0], /stream of events/);
});

test('what there is is said where there is no API or action', async () => {
  const [message, code] = await failure(`cloud.s3().GetObjekt({})`);
  assert.match(message, /^aws: s3 action 'GetObjekt' does not exist; there are: .*GetObject,/);
  assert.equal(code, 'ServiceCommandNotFound');
  assert.match((await failure(`cloud.s3().toString()`))[0], /action 'toString' does not exist/);
  assert.match((await failure(`(async () => cloud.nope())()`))[0],
               /^aws: API 'nope' does not exist; there are: acm, .*s3,/);
  assert.match((await failure(`(async () => cloud.s3(5))()`))[0], /region must be a string/);
});

test('clients can be awaited and have other names', async () => {
  const start = `await (await (await cloud).stepfunctions('us-east-1')).StartExecution({StateMachineArn: 'a'})`;
  const {call} = await run(start,
                           {body: '{"executionArn":"e","startDate":1600000000.5}'});
  assert.equal(call.action, 'sfn:StartExecution');
});

test('every model opens', async () => {
  const {result} = await run(`(() => { try { cloud.nope(); } catch (error) {
    const names = error.message.split('there are: ')[1].split(', ');
    for (const name of names) cloud[name]('us-east-1');
    return names.length; } })()`);
  assert.equal(Number(result.$numberInt) > 60, true);
});
