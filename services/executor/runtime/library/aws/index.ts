// The module `aws`: turns the input of an action into a request of its API's protocol, and an answer into the result.
// The protocols, the checks and the models are those of the npm package aws-sdk.
import known from 'aws-apis';
import Api from 'aws-sdk/lib/model/api';
import 'aws-sdk/lib/param_validator';
import json from 'aws-sdk/lib/protocol/json';
import query from 'aws-sdk/lib/protocol/query';
import restJson from 'aws-sdk/lib/protocol/rest_json';
import restXml from 'aws-sdk/lib/protocol/rest_xml';
import XmlBuilder from 'aws-sdk/lib/xml/builder';
import XmlParser from 'aws-sdk/lib/xml/node_parser';
import {Buffer} from 'buffer';
import core = require('./core');
import {ruleArguments, toInput, toOutput, type Tools} from './values';

core.XML.Builder = XmlBuilder;
core.XML.Parser = XmlParser;

const {hasOwn, keys} = Object;
const {util} = core;

const protocols: Record<string, any> = {json, query, ec2: query, 'rest-json': restJson, 'rest-xml': restXml};

export interface AwsRequest {
  readonly method: string;
  // With the query; the bucket of S3 is the path's first segment.
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
  // What rules see.
  readonly input: object;
}

export interface AwsResponse {
  readonly statusCode: number;
  readonly statusMessage: string;
  // Names in lower case.
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

export class AwsFailure {
  constructor(
      readonly code: string, readonly message: string, readonly statusCode: number, readonly requestId: string) {}

  // As the SDK for Go writes it.
  toString(): string {
    const text = this.message === '' ? this.code : `${this.code}: ${this.message}`;
    return `${text}\n\tstatus code: ${this.statusCode}, request id: ${this.requestId}`;
  }
}

function unknownName(what: string, name: string, names: readonly string[]): Error {
  const prefix = /^[A-Z]?[a-z0-9]*/.exec(name)![0];
  const near = names.length > 100 && prefix !== '' ? names.filter((one) => one.startsWith(prefix)) : [];
  const shown = near.length > 0 ? near : names;
  const more = shown.length > 100 ? `, ... (${shown.length} in all)` : '';
  const error = new Error(`${what} '${name}' does not exist; there are: ${shown.slice(0, 100).join(', ')}${more}`);
  return Object.assign(error, {code: 'ServiceCommandNotFound'});
}

// What S3 wants to be different from its model.
function prepareS3(params: any): void {
  // As the SDK for Go does: no slash in front, none double.
  if (typeof params.Key === 'string') params.Key = params.Key.replace(/^\/+/, '').replace(/\/{2,}/g, '/');
  if (typeof params.Bucket === 'string' && params.Bucket.includes('/')) {
    throw new TypeError(`params.Bucket must not hold a slash, but is '${params.Bucket}'`);
  }
  for (const name of ['SSECustomerKey', 'CopySourceSSECustomerKey']) {
    if (params[name] !== undefined) params[name] = Buffer.from(params[name]).toString('base64');
  }
}

// Ids come back with a path in front, and go without it.
function prepareRoute53(params: any): void {
  for (const name of ['Id', 'HostedZoneId', 'DelegationSetId']) {
    if (typeof params[name] === 'string') params[name] = params[name].replace(/^\/?[a-z]+\//, '');
  }
}

// An error of S3 without a body, as a HEAD request has.
const s3Codes: Record<number, string> = {304: 'NotModified', 400: 'BadRequest', 403: 'Forbidden', 404: 'NotFound'};

function uuid(random: Uint8Array): string {
  random[6] = (random[6]! & 0x0f) | 0x40;
  random[8] = (random[8]! & 0x3f) | 0x80;
  const hex = Buffer.from(random).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

export class AwsApi {
  private readonly api: any;
  private readonly protocol: any;

  constructor(readonly name: string, private readonly tools: Tools) {
    const model = require(`aws/${name}`);
    this.api = new Api(model, {});
    if (model.xmlNoDefaultLists) util.property(this.api, 'xmlNoDefaultLists', true, false);
    this.protocol = protocols[this.api.protocol];
  }

  // An action of the model; throws when there is none of that name.
  private operation(action: string): any {
    const key = util.string.lowerFirst(action);
    const operation = hasOwn(this.api.operations, key) ? this.api.operations[key] : undefined;
    if (operation === undefined || operation.name !== action) {
      throw unknownName(`aws: ${this.name} action`, action, keys(this.api.operations).map(util.string.upperFirst));
    }
    const streams = (shape: any) => keys(shape.members).some((name) => shape.members[name].isEventStream);
    if (operation.hasEventOutput || streams(operation.input) || streams(operation.output)) {
      throw new Error(`aws: ${this.name} action '${action}' is a stream of events, which functions cannot have`);
    }
    return operation;
  }

  private params(operation: any, input: unknown): any {
    const params = toInput(operation.input, input ?? {}, this.tools, `aws ${this.name}.${operation.name}`);
    for (const name of operation.idempotentMembers) params[name] ??= uuid(this.tools.random(16));
    if (this.name === 's3') prepareS3(params);
    if (this.name === 'glacier') params.accountId ??= '-';
    if (this.name === 'route53') prepareRoute53(params);
    try {
      new core.ParamValidator({min: true}).validate(operation.input, params, 'input');
    } catch (error: any) {
      throw new TypeError(`aws ${this.name}.${operation.name}: ${error.message}`);
    }
    return params;
  }

  build(action: string, input: unknown): AwsRequest {
    const operation = this.operation(action);
    const params = this.params(operation, input);
    const httpRequest: any = {method: 'POST', path: '/', endpoint: {path: '/'}, headers: {}, body: ''};
    const service = {api: this.api, config: {hostPrefixEnabled: false}};
    this.protocol.buildRequest({httpRequest, service, operation: util.string.lowerFirst(action), params});
    const headers: Record<string, string> = {};
    for (const name of keys(httpRequest.headers)) headers[name] = String(httpRequest.headers[name]);
    const body = typeof httpRequest.body === 'string' ? Buffer.from(httpRequest.body) : httpRequest.body;
    const seen = ruleArguments(operation.input, params, this.tools) as object;
    return {method: httpRequest.method, path: httpRequest.path, headers, body: body ?? new Uint8Array(0), input: seen};
  }

  // The result; throws AwsFailure when the answer tells of an error.
  parse(action: string, answer: AwsResponse): unknown {
    const operation = this.operation(action);
    const {body: bytes, ...rest} = answer;
    const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const request = {service: {api: this.api, config: {}}, operation: util.string.lowerFirst(action)};
    const response: any = {request, httpResponse: {...rest, body}, data: null, error: null};
    // S3 tells of an error of its long actions after it has begun to answer.
    const late = this.name === 's3' && body.length < 65536 && /^(<\?xml[^>]*>)?\s*<Error>/.test(body.toString());
    if (answer.statusCode >= 300 || late) throw this.failure(response);
    if (this.name === 's3' && action === 'GetBucketLocation') {
      return {LocationConstraint: /<LocationConstraint[^>]*>([^<]*)</.exec(body.toString())?.[1] ?? ''};
    }
    try {
      this.protocol.extractData(response);
    } catch (error: any) {
      throw new Error(`aws ${this.name}.${action}: the answer is not what AWS answers: ${error.message}`);
    }
    return toOutput(operation.output, response.data, this.tools);
  }

  private failure(response: any): AwsFailure {
    const {headers, statusCode, statusMessage, body} = response.httpResponse;
    this.protocol.extractError(response);
    let code = String(response.error?.code ?? statusCode);
    // APIs that have come from the query protocol keep their codes.
    const oldCode = this.api.awsQueryCompatible ? headers['x-amzn-query-error'] : undefined;
    if (oldCode) code = oldCode.split(';')[0];
    if (this.name === 's3' && body.length === 0) code = s3Codes[statusCode] ?? code;
    const message = response.error?.message ?? (body.length === 0 ? statusMessage : '');
    const inBody = () => /<Request(?:Id|ID)>([^<]*)</.exec(body.toString())?.[1] ?? '';
    const requestId = headers['x-amz-request-id'] ?? headers['x-amzn-requestid'] ?? inBody();
    return new AwsFailure(code, String(message), statusCode, requestId);
  }
}

const opened = new Map<string, AwsApi>();

// The API of that name; throws when there is none.
export function openApi(name: string, tools: Tools): AwsApi {
  const wanted = name.toLowerCase().replace(/[-_.]/g, '');
  const found = hasOwn(known.aliases, wanted) ? known.aliases[wanted] : wanted;
  if (!known.names.includes(found)) throw unknownName('aws: API', name, known.names);
  let api = opened.get(found);
  if (api === undefined) opened.set(found, api = new AwsApi(found, tools));
  return api;
}
